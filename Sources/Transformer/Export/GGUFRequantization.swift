import Report
import Tensor

extension GGUFFile {
    /// Writes the file again with its tensors in other formats; all else stays as it is.
    ///
    /// Nothing is known of the architecture: any model can be written, also one that cannot be run here. A tensor that has
    /// its format already is copied.
    ///
    /// - Parameters:
    ///   - policy: which tensor gets which format.
    ///   - path: the new file, which may not be this one's path.
    ///   - events: hears of every tensor.
    public func write(
        _ policy: QuantizationPolicy, to path: String, events: some EventSink = SilentSink()
    ) throws(TensorFileError) {
        let replaced = Set(policy.metadata.map(\.key))
        let metadata = metadata.filter { !replaced.contains($0.key) } + policy.metadata
        let tensors = entries.map { entry in
            let format = policy.format(of: entry.name, shape: entry.shape)
            return GGUFTensor(name: entry.name, format: format, shape: entry.shape) { () throws(TensorFileError) in
                let tensor = try self.tensor(named: entry.name)
                return entry.format == format ? tensor : QuantizedTensor(quantizing: tensor.dequantized(), as: format)
            }
        }
        try GGUFFile.write(tensors, metadata: metadata, to: path, events: events)
    }

    /// Writes a file and tells of every tensor.
    static func write(
        _ tensors: [GGUFTensor], metadata: [(key: String, value: GGUFValue)], to path: String, events: some EventSink
    ) throws(TensorFileError) {
        let name = "quantising"
        events.receive(.started(name: name, total: tensors.count))
        let watched = tensors.enumerated().map { index, tensor in
            GGUFTensor(name: tensor.name, format: tensor.format, shape: tensor.shape) { () throws(TensorFileError) in
                let made = try tensor.make()
                events.receive(.step(name: name, completed: index + 1, total: tensors.count))
                return made
            }
        }
        do throws(TensorFileError) { try write(watched, metadata: metadata, to: path) } catch {
            events.receive(.finished(name: name, outcome: .failed))
            throw error
        }
        events.receive(.finished(name: name))
    }
}
