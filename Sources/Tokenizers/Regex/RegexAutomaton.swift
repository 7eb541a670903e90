/// A regular expression that is followed byte by byte through a text that is still being written.
///
/// The whole text must match. A state is a set of places in the expression and the beginning of a character; a byte after
/// which no text could match any more leads nowhere.
package struct RegexAutomaton: Sendable {
    /// Where a text stands in the expression.
    package struct State: Sendable, Hashable {
        /// The places that wait for a character, in order; the end of the expression is one.
        fileprivate var places: [Int]
        /// The bytes of a character that is not complete.
        fileprivate var partial: [UInt8] = []
    }

    private enum Step: Sendable {
        case set(Int, next: Int)
        case split(Int, Int)
        case match
    }

    /// Ranges of scalars that a set holds, in order.
    private typealias Ranges = [ClosedRange<UInt32>]

    private static let largestProgram = 100_000
    private var steps: [Step] = []
    private var sets: [Ranges] = []

    /// Parses an expression in the syntax that tokenizers use. There are no conditions on places (`^`, `\b`, look-around).
    ///
    /// - Throws: a text that says what is wrong and where.
    package init(_ pattern: String) throws(RegexAutomatonError) {
        let tree: RegexNode
        var parser = RegexParser(pattern)
        do { tree = try parser.parse() } catch {
            throw RegexAutomatonError(problem: "\(error.problem), at character \(error.position + 1)")
        }
        steps = [.match]
        first = 0
        first = try emit(tree, next: 0)
    }

    private var first: Int

    /// The state of the empty text.
    package var start: State { State(places: closure([first])) }

    /// Whether the text matches as it is.
    package func isAccepting(_ state: State) -> Bool {
        guard state.partial.isEmpty else { return false }
        return state.places.contains { if case .match = steps[$0] { true } else { false } }
    }

    /// The state after one more byte; nil if no text that goes on so can match.
    package func next(_ state: State, _ byte: UInt8) -> State? {
        let bytes = state.partial + [byte]
        guard let range = scalars(beginningWith: bytes) else { return nil }
        var reached: [Int] = []
        for place in state.places {
            guard case .set(let set, let next) = steps[place], overlaps(sets[set], range) else { continue }
            reached.append(next)
        }
        if reached.isEmpty { return nil }
        if range.count > 1 || bytes.count < utf8Length(ofLead: bytes[0]) {
            return State(places: state.places, partial: bytes)
        }
        return State(places: closure(reached))
    }

    /// The scalars whose UTF-8 begins with some bytes; nil if there are none.
    private func scalars(beginningWith bytes: [UInt8]) -> ClosedRange<UInt32>? {
        let lead = bytes[0]
        if lead < 0x80 { return bytes.count == 1 ? UInt32(lead)...UInt32(lead) : nil }
        guard lead >= 0xC2, lead <= 0xF4 else { return nil }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard bytes.count <= length else { return nil }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for byte in bytes.dropFirst() {
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let missing = UInt32(6 * (length - bytes.count))
        let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        let low = max(value << missing, smallest)
        let high = min((value + 1) << missing - 1, 0x10FFFF)
        return low <= high ? low...high : nil
    }

    private func overlaps(_ ranges: Ranges, _ range: ClosedRange<UInt32>) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= range.upperBound
    }

    /// The places that wait for a character or end the expression, reached without one.
    private func closure(_ seeds: [Int]) -> [Int] {
        var seen: Set<Int> = []
        var stack = seeds
        var places: [Int] = []
        while let place = stack.popLast() {
            guard seen.insert(place).inserted else { continue }
            if case .split(let a, let b) = steps[place] { stack += [a, b] } else { places.append(place) }
        }
        return places.sorted()
    }

    // MARK: Building

    /// Adds the steps of a tree in front of a step; the first of them.
    private mutating func emit(_ node: RegexNode, next: Int) throws(RegexAutomatonError) -> Int {
        switch node {
        case .empty: return next
        case .scalar(let value, let ignoringCase):
            return try append(
                .set(add(ignoringCase ? .ignoringCase(.range(value, value)) : .range(value, value)), next: next))
        case .set(let set): return try append(.set(add(set), next: next))
        case .sequence(let nodes):
            var place = next
            for node in nodes.reversed() { place = try emit(node, next: place) }
            return place
        case .alternatives(let nodes):
            var place = try emit(nodes[nodes.count - 1], next: next)
            for node in nodes.dropLast().reversed() { place = try append(.split(try emit(node, next: next), place)) }
            return place
        case .repeated(let node, let minimum, let maximum, _):
            var place = next
            if maximum == .max {
                let loop = try append(.split(next, next))
                steps[loop] = .split(try emit(node, next: loop), next)
                place = loop
            } else {
                for _ in minimum..<max(minimum, maximum) {
                    place = try append(.split(try emit(node, next: place), next))
                }
            }
            for _ in 0..<minimum { place = try emit(node, next: place) }
            return place
        case .atomic(let node): return try emit(node, next: next)
        case .assertion, .look:
            throw RegexAutomatonError(problem: "a condition on a place cannot be followed character by character")
        }
    }

    private mutating func append(_ step: Step) throws(RegexAutomatonError) -> Int {
        guard steps.count < RegexAutomaton.largestProgram else {
            throw RegexAutomatonError(problem: "the expression has more than \(RegexAutomaton.largestProgram) steps")
        }
        steps.append(step)
        return steps.count - 1
    }

    private mutating func add(_ set: RegexSet) -> Int {
        let ranges: Ranges
        if case .range(let low, let high) = set {
            ranges = [low...high]
        } else {
            ranges = RegexAutomaton.ranges(of: set)
        }
        if let known = sets.firstIndex(of: ranges) { return known }
        sets.append(ranges)
        return sets.count - 1
    }

    /// Asks for every scalar once, when the expression is compiled.
    private static func ranges(of set: RegexSet) -> Ranges {
        var ranges: Ranges = []
        var start: UInt32?
        for value in 0...UInt32(0x10FFFF) {
            let isIn = !(0xD800...0xDFFF).contains(value) && set.contains(value)
            if isIn, start == nil { start = value }
            if !isIn, let first = start {
                ranges.append(first...(value - 1))
                start = nil
            }
        }
        if let start { ranges.append(start...0x10FFFF) }
        return ranges
    }
}

/// Why an expression cannot be followed byte by byte.
package struct RegexAutomatonError: Error {
    /// What is wrong.
    package var problem: String
}
