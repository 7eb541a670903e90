/// Why a file of tensors could not be read or written.
///
/// ```swift
/// do {
///     let file = try SafetensorsFile(contentsOf: "model.safetensors")
/// } catch {
///     print(error)   // model.safetensors: the header length 99999 exceeds the file's 1024 bytes (at byte 0) ...
/// }
/// ```
public struct TensorFileError: Error, Hashable, Sendable {
    /// The file, or a name for bytes that came from elsewhere.
    public var path: String

    /// What is wrong, in one sentence without a full stop.
    public var problem: String

    /// Where in the file, in bytes from its start, if a place is to blame.
    public var byteOffset: Int?

    /// The field of the format that is wrong, such as a tensor's name or `shape`.
    public var field: String?

    /// What a good file has there.
    public var expected: String?

    /// Describes a problem.
    public init(
        path: String, problem: String, byteOffset: Int? = nil, field: String? = nil, expected: String? = nil
    ) {
        self.path = path
        self.problem = problem
        self.byteOffset = byteOffset
        self.field = field
        self.expected = expected
    }
}

extension TensorFileError: CustomStringConvertible {
    /// The whole story in one line.
    public var description: String {
        var text = "\(path): \(problem)"
        if let field { text += ", in \(field)" }
        if let byteOffset { text += ", at byte \(byteOffset)" }
        if let expected { text += "; expected \(expected)" }
        return text
    }
}
