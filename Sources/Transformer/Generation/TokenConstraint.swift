/// Says which tokens may come next in a sequence, so that what is generated keeps a form.
///
/// Each sequence has a copy of its own.
public protocol TokenConstraint: Sendable {
    /// Whether the text so far is complete, so that the sequence may end.
    var mayEnd: Bool { get }

    /// The tokens that may come next; those that end a sequence do not count here.
    mutating func allowedTokens() -> TokenMask

    /// Takes note of a token that was chosen.
    mutating func accept(_ token: Int)
}
