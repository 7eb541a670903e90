/// A form that a text keeps, followed byte by byte.
protocol ByteAutomaton: Sendable {
    /// Where a text stands.
    associatedtype State: Sendable & Hashable

    /// The state of the empty text.
    var start: State { get }

    /// The state after one more byte; nil if no text that goes on so keeps the form.
    func next(_ state: State, _ byte: UInt8) -> State?

    /// Whether the text may end.
    func isAccepting(_ state: State) -> Bool
}
