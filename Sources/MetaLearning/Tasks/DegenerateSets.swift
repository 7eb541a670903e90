/// What is done about a fold or an episode with one class only, from which nothing can be learned.
public enum DegenerateSets: Sendable, Hashable {
    /// It is an error.
    case refuse
    /// It is left out and counted.
    case allowDegenerate
}
