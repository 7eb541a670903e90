/// Why a tokenizer could not be loaded, trained or applied.
///
/// ```swift
/// do {
///     let tokenizer = try Tokenizer(contentsOf: "tokenizer.json")
/// } catch {
///     print(error)   // tokenizer.json: the pre-tokeniser "Fancy" is not known, in pre_tokenizer.type; expected ...
/// }
/// ```
public struct TokenizerError: Error, Hashable, Sendable {
    /// The file, or a name for what came from elsewhere.
    public var path: String

    /// What is wrong, in one sentence without a full stop.
    public var problem: String

    /// Where in the file, in bytes from its start, if a place is to blame.
    public var byteOffset: Int?

    /// The member that is wrong, such as `model.merges[3]`.
    public var field: String?

    /// What a good value is.
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

extension TokenizerError: CustomStringConvertible {
    /// The whole story in one line.
    public var description: String {
        var text = "\(path): \(problem)"
        if let field { text += ", in \(field)" }
        if let byteOffset { text += ", at byte \(byteOffset)" }
        if let expected { text += "; expected \(expected)" }
        return text
    }
}
