/// Why a chat template could not be read or rendered.
///
/// ```swift
/// do {
///     _ = try ChatTemplate("{% if x %}")
/// } catch {
///     print(error)   // the tag "if" is not closed, at line 1, column 1
/// }
/// ```
public struct ChatTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in one sentence without a full stop; for `raise_exception` the template's own words.
    public var problem: String

    /// The line of the template, from 1.
    public var line: Int

    /// The column in that line, from 1, in Unicode scalars.
    public var column: Int

    /// Whether the template itself refused its input by `raise_exception`, for instance because roles do not alternate.
    public var isRaisedByTemplate: Bool

    /// Describes a problem.
    public init(problem: String, line: Int, column: Int, isRaisedByTemplate: Bool = false) {
        self.problem = problem
        self.line = line
        self.column = column
        self.isRaisedByTemplate = isRaisedByTemplate
    }

    init(_ problem: String, _ place: TemplatePlace) {
        self.init(problem: problem, line: place.line, column: place.column)
    }

    /// The problem and its place.
    public var description: String { "\(problem), at line \(line), column \(column)" }
}

/// A place in a template.
struct TemplatePlace: Sendable, Hashable {
    var line: Int
    var column: Int
}
