import Tensor

/// Which stream of tasks a run takes from, and in what portions: with the iteration, its position in the stream.
public struct TaskStream: Sendable, Hashable {
    /// The kind of sampler.
    public let sampler: String
    /// The sampler's key.
    public let key: RandomKey
    /// The number of tasks of an iteration.
    public let tasksPerBatch: Int

    /// Names a sampler's stream.
    init<Sampler: TaskSampler>(_ tasks: Sampler, tasksPerBatch: Int) {
        sampler = "\(Sampler.self)"
        key = tasks.key
        self.tasksPerBatch = tasksPerBatch
    }

    /// Reads what ``metadata`` wrote; nil if anything is not there.
    init?(_ text: (String) -> String?) {
        guard let sampler = text("sampler"), let bits = text("samplerKey").flatMap({ UInt64($0) }),
            let count = text("tasksPerBatch").flatMap({ Int($0) })
        else { return nil }
        self.sampler = sampler
        key = RandomKey(seed: bits)
        tasksPerBatch = count
    }

    /// The stream as a checkpoint's metadata.
    var metadata: [String: String] {
        ["sampler": sampler, "samplerKey": "\(key.bits)", "tasksPerBatch": "\(tasksPerBatch)"]
    }

    /// The first of the entries in which another stream differs, as a sentence; nil if none does.
    func problem(for other: TaskStream) -> String? {
        let (own, their) = (metadata, other.metadata)
        return ["sampler", "samplerKey", "tasksPerBatch"].first { own[$0] != their[$0] }
            .map { "its \($0) is \(own[$0] ?? ""), not \(their[$0] ?? "")" }
    }
}
