/// The tokens of one piece as a model finds them: ids, and where each ends in the piece.
///
/// Tokens cover a piece from left to right; what a model drops, because it has no token for unknown text, falls to the
/// token behind it.
struct TokenBuffer {
    var ids: [Int32] = []
    var ends: [Int32] = []

    @inline(__always)
    mutating func append(_ id: Int32, end: Int) {
        ids.append(id)
        ends.append(Int32(truncatingIfNeeded: end))
    }

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}
