/// Everything in a model's configuration that is missing, wrong or not supported.
///
/// ```swift
/// do {
///     let configuration = try TransformerConfiguration(contentsOf: "config.json")
/// } catch {
///     print(error)   // config.json does not describe a model: hidden_size is "big"; expected a positive whole number ...
/// }
/// ```
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One thing that does not fit.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The field, such as `rope_scaling.rope_type`.
        public var field: String
        /// What is wrong with it.
        public var problem: String
        /// What a good value is.
        public var expected: String?

        /// Describes a problem.
        public init(field: String, problem: String, expected: String? = nil) {
            self.field = field
            self.problem = problem
            self.expected = expected
        }

        /// The problem in one line.
        public var description: String { "\(field) \(problem)" + (expected.map { "; expected \($0)" } ?? "") }
    }

    /// The file, or a name for what came from elsewhere.
    public var path: String
    /// The problems in the order of the fields.
    public var problems: [Problem]

    /// Describes what does not fit.
    public init(path: String, problems: [Problem]) {
        self.path = path
        self.problems = problems
    }

    /// The problems, one a line.
    public var description: String {
        (["\(path) does not describe a model that can be read:"] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}
