import Tensor

/// Why a checkpoint could not be written, read or used.
public enum CheckpointError: Error, Sendable, CustomStringConvertible {
    /// A folder has no checkpoint in it.
    case noCheckpoint(folder: String)
    /// The files differ from what was written: truncated, changed or not there.
    case corrupted(path: String, problem: String)
    /// The tensors are not those of the model or optimiser; lists everything that differs.
    case mismatch(TensorMismatch)
    /// The checkpoint is sound but was written by another kind of run.
    case incompatible(path: String, problem: String)
    /// A file could not be read or written.
    case file(TensorFileError)
    /// A folder could not be made, renamed or listed.
    case system(path: String, operation: String, reason: String)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .noCheckpoint(let folder): "There is no checkpoint in \(folder)."
        case .corrupted(let path, let problem): "The checkpoint file \(path) is damaged: \(problem)."
        case .mismatch(let mismatch): mismatch.description
        case .incompatible(let path, let problem): "The checkpoint \(path) does not fit this run: \(problem)."
        case .file(let error): "\(error)"
        case .system(let path, let operation, let reason): "Cannot \(operation) \(path): \(reason)."
        }
    }
}

/// Everything in which a file's tensors differ from a model's.
public struct TensorMismatch: Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public var path: String
    /// Tensors of the model that the file lacks.
    public var missing: [String] = []
    /// Tensors of the file that the model lacks.
    public var unexpected: [String] = []
    /// Tensors whose shape differs.
    public var misshaped: [Misshaped] = []

    /// A tensor whose shape differs.
    public struct Misshaped: Sendable, Hashable {
        /// The tensor's name.
        public var name: String
        /// The shape in the model.
        public var expected: TensorShape
        /// The shape in the file.
        public var found: TensorShape

        /// Describes a tensor whose shape differs.
        public init(name: String, expected: TensorShape, found: TensorShape) {
            self.name = name
            self.expected = expected
            self.found = found
        }
    }

    /// Describes no difference yet.
    public init(path: String) { self.path = path }

    /// Whether nothing differs.
    public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshaped.isEmpty }

    /// The differences, one a line.
    public var description: String {
        var lines = ["The tensors of \(path) are not those of the model:"]
        lines += missing.map { "  missing: \($0)" }
        lines += unexpected.map { "  unexpected: \($0)" }
        lines += misshaped.map { "  wrong shape: \($0.name) is \($0.found), expected \($0.expected)" }
        return lines.joined(separator: "\n")
    }
}
