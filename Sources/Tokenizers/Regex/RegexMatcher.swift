extension RegexProgram {
    /// Calls a function with the matches in a range and what lies between them, in order.
    ///
    /// The range is a text of its own: nothing looks beyond it. An empty match right behind a match does not count.
    func forEachSegment(in text: UTF8Buffer, _ range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void) {
        var matcher = RegexMatcher(
            program: self, text: text.baseAddress! + range.lowerBound, count: range.count)
        let base = range.lowerBound
        var previous = 0
        var position = 0
        var lastMatchEnd: Int?
        while position <= range.count {
            if let end = matcher.match(at: position), !(end == position && lastMatchEnd == end) {
                if previous < position { body(base + previous..<base + position, false) }
                body(base + position..<base + end, true)
                previous = end
                lastMatchEnd = end
                if end > position {
                    position = end
                    continue
                }
            }
            if position == range.count { break }
            position += utf8Length(ofLead: text[base + position])
        }
        if previous < range.count { body(base + previous..<range.upperBound, false) }
    }
}

/// One run of a program over a text.
private struct RegexMatcher {
    private enum Frame {
        case branch(instruction: Int, position: Int)
        /// A greedy repetition that may give back scalars down to a place.
        case shrink(instruction: Int, position: Int, lowest: Int)
        /// A lazy repetition that may take more scalars.
        case grow(instruction: Int, position: Int, set: Int, remaining: Int)
        case restore(register: Int, value: Int)
    }

    private static let maximumSteps = 10_000_000

    private let program: RegexProgram
    private let text: UnsafePointer<UInt8>
    private let count: Int
    private var stack: [Frame] = []
    private var registers: [Int]
    private var steps = 0
    /// What the matches of the whole text may take: a pattern that runs into the limit at every place of a long text would
    /// not come to an end.
    private var stepsLeft: Int

    init(program: RegexProgram, text: UnsafePointer<UInt8>, count: Int) {
        self.program = program
        self.text = text
        self.count = count
        registers = Array(repeating: -1, count: program.registerCount)
        stepsLeft = RegexMatcher.maximumSteps + 1000 * count
    }

    /// The end of the match that begins at a position, or nil.
    mutating func match(at position: Int) -> Int? {
        if stepsLeft < 0 { return nil }
        steps = 0
        defer { stepsLeft -= steps }
        stack.removeAll(keepingCapacity: true)
        return run(from: 0, at: position)
    }

    private mutating func run(from start: Int, at origin: Int) -> Int? {
        let floor = stack.count
        var instruction = start
        var position = origin
        while true {
            steps += 1
            if steps > RegexMatcher.maximumSteps {
                stack.removeLast(stack.count - floor)
                return nil
            }
            if let next = step(&instruction, position) {
                position = next
                if next < 0 {
                    // The program's end: -1 minus the position.
                    stack.removeLast(stack.count - floor)
                    return -1 - next
                }
            } else {
                guard backtrack(to: floor, &instruction, &position) else { return nil }
            }
        }
    }

    private mutating func backtrack(to floor: Int, _ instruction: inout Int, _ position: inout Int) -> Bool {
        while stack.count > floor {
            switch stack.removeLast() {
            case .branch(let target, let place):
                (instruction, position) = (target, place)
                return true
            case .shrink(let target, let place, let lowest):
                let shorter = text.scalarStart(before: place)
                if shorter > lowest { stack.append(.shrink(instruction: target, position: shorter, lowest: lowest)) }
                (instruction, position) = (target, shorter)
                return true
            case .grow(let target, let place, let set, let remaining):
                guard place < count, case let (value, length) = text.scalar(at: place), program.contains(set, value)
                else { continue }
                if remaining > 1 {
                    stack.append(
                        .grow(instruction: target, position: place + length, set: set, remaining: remaining - 1))
                }
                (instruction, position) = (target, place + length)
                return true
            case .restore(let register, let value): registers[register] = value
            }
        }
        return false
    }

    /// Executes one instruction: the new position, nil if it fails, -1 minus the position at the end of a program.
    private mutating func step(_ instruction: inout Int, _ position: Int) -> Int? {
        switch program.instructions[instruction] {
        case .scalar(let wanted):
            guard position < count, case let (value, length) = text.scalar(at: position), value == wanted else {
                return nil
            }
            instruction += 1
            return position + length
        case .foldedScalar(let wanted):
            guard position < count, case let (value, length) = text.scalar(at: position),
                RegexSet.fold(value) == wanted
            else { return nil }
            instruction += 1
            return position + length
        case .set(let set):
            guard position < count, case let (value, length) = text.scalar(at: position),
                program.contains(set, value)
            else { return nil }
            instruction += 1
            return position + length
        case .repeatSet(let set, let minimum, let maximum, let quantifier):
            instruction += 1
            return repeatSet(set, minimum, maximum, quantifier, position, then: instruction)
        case .split(let first, let second):
            stack.append(.branch(instruction: second, position: position))
            instruction = first
            return position
        case .jump(let target):
            instruction = target
            return position
        case .assertion(let assertion):
            instruction += 1
            return holds(assertion, position) ? position : nil
        case .look(let end, let isNegative):
            let found = run(from: instruction + 1, at: position) != nil
            instruction = end
            return found != isNegative ? position : nil
        case .lookBehind(let end, let isNegative):
            let found = matchesBehind(instruction + 1, position)
            instruction = end
            return found != isNegative ? position : nil
        case .atomic(let end):
            guard let next = run(from: instruction + 1, at: position) else { return nil }
            instruction = end
            return next
        case .mark(let register):
            stack.append(.restore(register: register, value: registers[register]))
            registers[register] = position
            instruction += 1
            return position
        case .progress(let register):
            if registers[register] == position { return nil }
            instruction += 1
            return position
        case .match: return -1 - position
        }
    }

    private mutating func repeatSet(
        _ set: Int, _ minimum: Int, _ maximum: Int, _ quantifier: RegexQuantifier, _ start: Int, then next: Int
    ) -> Int? {
        var position = start
        var taken = 0
        let goal = quantifier == .lazy ? minimum : maximum
        var lowest = start
        while taken < goal, position < count, case let (value, length) = text.scalar(at: position),
            program.contains(set, value)
        {
            position += length
            taken += 1
            if taken == minimum { lowest = position }
        }
        if taken < minimum { return nil }
        steps += taken
        switch quantifier {
        case .greedy:
            if position > lowest { stack.append(.shrink(instruction: next, position: position, lowest: lowest)) }
        case .lazy:
            if maximum > minimum {
                stack.append(
                    .grow(instruction: next, position: position, set: set, remaining: maximum - minimum))
            }
        case .possessive: break
        }
        return position
    }

    /// Whether some text that ends at a position matches. Only a few scalars are tried: real patterns look one back.
    private mutating func matchesBehind(_ start: Int, _ position: Int) -> Bool {
        var origin = position
        for _ in 0...16 {
            if run(from: start, at: origin) == position { return true }
            if origin == 0 { return false }
            origin = text.scalarStart(before: origin)
        }
        return false
    }

    private func holds(_ assertion: RegexAssertion, _ position: Int) -> Bool {
        func isWord(before place: Int) -> Bool {
            place > 0
                && ScalarClass(of: text.scalar(at: text.scalarStart(before: place)).value).contains(.onigurumaWord)
        }
        func isWord(at place: Int) -> Bool {
            place < count && ScalarClass(of: text.scalar(at: place).value).contains(.onigurumaWord)
        }
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == count
        case .lineStart: return position == 0 || text[position - 1] == 0x0A
        case .lineEnd: return position == count || text[position] == 0x0A
        case .lastLineEnd: return position == count || (position == count - 1 && text[position] == 0x0A)
        case .wordBorder: return isWord(before: position) != isWord(at: position)
        case .noWordBorder: return isWord(before: position) == isWord(at: position)
        }
    }
}
