/// A compiled regular expression: a backtracking matcher over the scalars of UTF-8.
///
/// Written for the few patterns of tokenizer.json files that have no scanner of their own. Repetitions of one set, which
/// these patterns consist of, take one entry of the backtracking stack whatever their length. A match that takes more
/// than ten million steps counts as none, as in Oniguruma; so do the matches behind those that took ten million steps and a
/// thousand for each byte of the text together.
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        case scalar(UInt32)
        case foldedScalar(UInt32)
        case set(Int)
        case repeatSet(Int, minimum: Int, maximum: Int, RegexQuantifier)
        /// Tries the first place, later the second.
        case split(Int, Int)
        case jump(Int)
        case assertion(RegexAssertion)
        /// The instructions up to `end` must match here, or not.
        case look(end: Int, isNegative: Bool)
        /// The instructions up to `end` must match some text that ends here, or not.
        case lookBehind(end: Int, isNegative: Bool)
        case atomic(end: Int)
        /// Remembers a place, and fails if the place is still the same: ends loops over nothing.
        case mark(Int)
        case progress(Int)
        case match
    }

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [(ascii: (UInt64, UInt64), set: RegexSet)] = []
    private(set) var registerCount = 0
    /// Repetitions copy what they repeat, which may be empty: the parts that are written count, not the instructions.
    private var emittedParts = 0

    /// Compiles a pattern.
    init(_ pattern: String) throws(RegexError) {
        var parser = RegexParser(pattern)
        try emit(try parser.parse())
        instructions.append(.match)
    }

    private mutating func add(_ set: RegexSet) -> Int {
        var ascii: (UInt64, UInt64) = (0, 0)
        for value in UInt32(0)..<64 where set.contains(value) { ascii.0 |= 1 << UInt64(value) }
        for value in UInt32(64)..<128 where set.contains(value) { ascii.1 |= 1 << UInt64(value - 64) }
        sets.append((ascii, set))
        return sets.count - 1
    }

    @inline(__always)
    func contains(_ set: Int, _ value: UInt32) -> Bool {
        let (ascii, tree) = sets[set]
        if value < 64 { return ascii.0 >> UInt64(value) & 1 == 1 }
        if value < 128 { return ascii.1 >> UInt64(value - 64) & 1 == 1 }
        return tree.contains(value)
    }

    private mutating func emit(_ node: RegexNode) throws(RegexError) {
        emittedParts += 1
        if emittedParts > 20_000 { throw RegexError(problem: "the pattern is too large", position: 0) }
        switch node {
        case .empty: break
        case .scalar(let value, let ignoringCase):
            instructions.append(ignoringCase ? .foldedScalar(RegexSet.fold(value)) : .scalar(value))
        case .set(let set): instructions.append(.set(add(set)))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .alternatives(let nodes):
            var jumps: [Int] = []
            for node in nodes.dropLast() {
                let split = reserve()
                try emit(node)
                jumps.append(reserve())
                instructions[split] = .split(split + 1, instructions.count)
            }
            try emit(nodes.last!)
            for jump in jumps { instructions[jump] = .jump(instructions.count) }
        case .repeated(let node, let minimum, let maximum, let quantifier):
            try emitRepetition(node, minimum, maximum, quantifier)
        case .assertion(let assertion): instructions.append(.assertion(assertion))
        case .look(let node, let isBehind, let isNegative):
            let place = reserve()
            try emit(node)
            instructions.append(.match)
            let end = instructions.count
            instructions[place] =
                isBehind ? .lookBehind(end: end, isNegative: isNegative) : .look(end: end, isNegative: isNegative)
        case .atomic(let node):
            let place = reserve()
            try emit(node)
            instructions.append(.match)
            instructions[place] = .atomic(end: instructions.count)
        }
    }

    private mutating func reserve() -> Int {
        instructions.append(.match)
        return instructions.count - 1
    }

    private mutating func emitRepetition(
        _ node: RegexNode, _ minimum: Int, _ maximum: Int, _ quantifier: RegexQuantifier
    ) throws(RegexError) {
        let set: RegexSet? =
            switch node {
            case .set(let set): set
            case .scalar(let value, let ignoringCase):
                ignoringCase ? .ignoringCase(.range(value, value)) : .range(value, value)
            default: nil
            }
        if let set {
            instructions.append(.repeatSet(add(set), minimum: minimum, maximum: maximum, quantifier))
            return
        }
        if quantifier == .possessive {
            return try emit(.atomic(.repeated(node, minimum: minimum, maximum: maximum, .greedy)))
        }
        for _ in 0..<minimum { try emit(node) }
        func split(_ into: Int, _ past: Int) -> Instruction {
            quantifier == .greedy ? .split(into, past) : .split(past, into)
        }
        if maximum == .max {
            let register = registerCount
            registerCount += 1
            let start = reserve()
            instructions.append(.mark(register))
            try emit(node)
            instructions.append(.progress(register))
            instructions.append(.jump(start))
            instructions[start] = split(start + 1, instructions.count)
        } else {
            var splits: [Int] = []
            for _ in minimum..<maximum {
                splits.append(reserve())
                try emit(node)
            }
            for place in splits { instructions[place] = split(place + 1, instructions.count) }
        }
    }
}
