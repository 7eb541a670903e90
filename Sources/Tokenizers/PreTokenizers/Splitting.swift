/// What becomes of the delimiters at which a text is cut. For `-` in `the-final--countdown`:
enum SplitBehavior: String, Sendable {
    /// the, final, countdown
    case removed = "Removed"
    /// the, -, final, -, -, countdown
    case isolated = "Isolated"
    /// the-, final-, -, countdown
    case mergedWithPrevious = "MergedWithPrevious"
    /// the, -final, -, -countdown
    case mergedWithNext = "MergedWithNext"
    /// the, -, final, --, countdown
    case contiguous = "Contiguous"
}

/// Collects the pieces of one piece from its matches and what lies between them, in order.
private struct PieceCollector {
    let behavior: SplitBehavior
    private(set) var pieces: [Piece]
    /// Whether the last segment was a match; nil at the beginning of a piece.
    private var previous: Bool?

    init(_ behavior: SplitBehavior, capacity: Int) {
        self.behavior = behavior
        pieces = []
        pieces.reserveCapacity(capacity)
    }

    mutating func beginPiece() { previous = nil }

    @inline(__always)
    mutating func add(_ range: Range<Int>, isMatch: Bool) {
        defer { previous = isMatch }
        let joins: Bool
        switch behavior {
        case .removed:
            if isMatch { return }
            joins = false
        case .isolated: joins = false
        case .contiguous: joins = previous == isMatch
        case .mergedWithPrevious: joins = isMatch && previous == false
        case .mergedWithNext: joins = !isMatch && previous == true
        }
        if range.isEmpty { return }
        // An empty match leaves no piece that the next one could join.
        if joins, let last = pieces.last, last.end == range.lowerBound {
            pieces[pieces.count - 1].end = Int32(truncatingIfNeeded: range.upperBound)
        } else {
            pieces.append(Piece(range))
        }
    }
}

extension PieceList {
    /// Cuts every piece at the matches of a pattern, or between them if `inverts`.
    mutating func split(_ pattern: TextPattern, _ behavior: SplitBehavior, inverts: Bool) {
        var collector = PieceCollector(behavior, capacity: max(pieces.count, text.bytes.count / 5))
        text.bytes.withUnsafeBufferPointer { buffer in
            for piece in pieces {
                collector.beginPiece()
                pattern.forEachSegment(in: buffer, piece.range) { range, isMatch in
                    collector.add(range, isMatch: isMatch != inverts)
                }
            }
        }
        pieces = collector.pieces
    }

    /// Cuts every piece at the scalars of a class.
    mutating func splitWords(
        _ scalars: ScalarClass, _ behavior: SplitBehavior, _ isDelimiter: ((UInt32) -> Bool)? = nil
    ) {
        // The class of each ASCII character, so that the common case asks no closure.
        let ascii = (UInt32(0)..<128).map {
            isDelimiter?($0) ?? !ScalarClass(of: $0).isDisjoint(with: scalars)
        }
        let table = ScalarClassTable.shared
        var collector = PieceCollector(behavior, capacity: max(pieces.count, text.bytes.count / 5))
        text.bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            ascii.withUnsafeBufferPointer { ascii in
                for piece in pieces {
                    collector.beginPiece()
                    var previous = Int(piece.start)
                    var position = previous
                    while position < Int(piece.end) {
                        let (value, length) = pointer.scalar(at: position)
                        let isMatch =
                            value < 0x80 ? ascii[Int(value)] : !table.lookUp(value).isDisjoint(with: scalars)
                        if isMatch {
                            if previous < position { collector.add(previous..<position, isMatch: false) }
                            collector.add(position..<position + length, isMatch: true)
                            previous = position + length
                        }
                        position += length
                    }
                    if previous < position { collector.add(previous..<position, isMatch: false) }
                }
            }
        }
        pieces = collector.pieces
    }

    /// `\w+|[^\w\s]+`: runs of word characters and runs of marks; white space is dropped.
    mutating func splitWordsAndMarks() {
        let table = ScalarClassTable.shared
        var result: [Piece] = []
        text.bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            for piece in pieces {
                var start = Int(piece.start)
                // 0 white space, 1 word, 2 mark
                var current = 0
                var position = start
                while position < Int(piece.end) {
                    let (value, length) = pointer.scalar(at: position)
                    let properties = table.lookUp(value)
                    let kind = properties.contains(.word) ? 1 : properties.contains(.space) ? 0 : 2
                    if kind != current {
                        if current != 0 { result.append(Piece(start..<position)) }
                        start = position
                        current = kind
                    }
                    position += length
                }
                if current != 0 { result.append(Piece(start..<position)) }
            }
        }
        pieces = result
    }

    /// Cuts every piece after a number of scalars.
    mutating func splitEvery(_ count: Int) {
        var result: [Piece] = []
        text.bytes.withUnsafeBufferPointer { buffer in
            for piece in pieces {
                var start = Int(piece.start)
                while start < Int(piece.end) {
                    var end = start
                    var taken = 0
                    while taken < count, end < Int(piece.end) {
                        end += utf8Length(ofLead: buffer[end])
                        taken += 1
                    }
                    result.append(Piece(start..<end))
                    start = end
                }
            }
        }
        pieces = result
    }
}
