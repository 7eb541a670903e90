/// JSON (RFC 8259), followed byte by byte. White space between parts is at most 20 characters at a time, so that a model
/// cannot fill a text with it.
struct JSONAutomaton: ByteAutomaton {
    let objectsOnly: Bool
    let maximumDepth: Int

    /// Where a text stands: what is open, and what may come next.
    struct State: Sendable, Hashable {
        /// The open objects and arrays, outermost first.
        var open: [Container] = []
        var place: Place
        var spaces: UInt8 = 0
    }

    enum Container: UInt8, Sendable, Hashable {
        case object, array
    }

    enum Place: Sendable, Hashable {
        /// A value must come; `mayClose` directly after `[`.
        case value(mayClose: Bool)
        /// A name must come; `mayClose` directly after `{`.
        case name(mayClose: Bool)
        case colon
        /// A value is complete.
        case end
        /// Inside `true`, `false` or `null`, so many bytes of it seen.
        case word(Word, UInt8)
        case number(Digits)
        case string(isName: Bool, Character)
    }

    enum Word: UInt8, Sendable, Hashable {
        case yes, no, nothing

        var bytes: [UInt8] {
            switch self {
            case .yes: Array("true".utf8)
            case .no: Array("false".utf8)
            case .nothing: Array("null".utf8)
            }
        }
    }

    /// The part of a number that was seen last.
    enum Digits: UInt8, Sendable, Hashable {
        case minus, zero, whole, point, fraction, exponent, sign, power

        var isComplete: Bool { [.zero, .whole, .fraction, .power].contains(self) }
    }

    /// What of a character in a string was seen.
    enum Character: Sendable, Hashable {
        case none
        case escape
        /// So many hexadecimal digits are missing.
        case code(UInt8)
        /// So many bytes are missing, the next of them in a range.
        case bytes(UInt8, low: UInt8, high: UInt8)
    }

    private static let mostSpaces: UInt8 = 20

    var start: State { State(place: .value(mayClose: false)) }

    func isAccepting(_ state: State) -> Bool {
        guard state.open.isEmpty else { return false }
        switch state.place {
        case .end: return true
        case .number(let digits): return digits.isComplete
        default: return false
        }
    }

    func next(_ state: State, _ byte: UInt8) -> State? {
        var next = state
        switch state.place {
        case .string(let isName, let character): return inString(state, isName, character, byte)
        case .word(let word, let seen):
            guard word.bytes[Int(seen)] == byte else { return nil }
            next.place = Int(seen) + 1 == word.bytes.count ? .end : .word(word, seen + 1)
            return next
        case .number(let digits):
            if let further = inNumber(digits, byte) {
                next.place = .number(further)
                return next
            }
            guard digits.isComplete else { return nil }
            next.place = .end
            return self.next(next, byte)
        default: break
        }
        if [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
            // The text is complete: nothing but its end may follow.
            if state.open.isEmpty, state.place == .end { return nil }
            next.spaces += 1
            return next.spaces <= JSONAutomaton.mostSpaces ? next : nil
        }
        next.spaces = 0
        switch (state.place, byte) {
        case (.value(let mayClose), _): return value(next, byte, mayClose: mayClose)
        case (.name, UInt8(ascii: "\"")):
            next.place = .string(isName: true, .none)
            return next
        case (.name(mayClose: true), UInt8(ascii: "}")): return closed(next, .object)
        case (.colon, UInt8(ascii: ":")):
            next.place = .value(mayClose: false)
            return next
        case (.end, UInt8(ascii: ",")):
            guard let container = state.open.last else { return nil }
            next.place = container == .object ? .name(mayClose: false) : .value(mayClose: false)
            return next
        case (.end, UInt8(ascii: "}")): return closed(next, .object)
        case (.end, UInt8(ascii: "]")): return closed(next, .array)
        default: return nil
        }
    }

    private func value(_ state: State, _ byte: UInt8, mayClose: Bool) -> State? {
        var next = state
        let mustBeObject = objectsOnly && state.open.isEmpty
        switch byte {
        case UInt8(ascii: "{"):
            guard state.open.count < maximumDepth else { return nil }
            next.open.append(.object)
            next.place = .name(mayClose: true)
            return next
        case _ where mustBeObject: return nil
        case UInt8(ascii: "["):
            guard state.open.count < maximumDepth else { return nil }
            next.open.append(.array)
            next.place = .value(mayClose: true)
        case UInt8(ascii: "]"): return mayClose ? closed(next, .array) : nil
        case UInt8(ascii: "\""): next.place = .string(isName: false, .none)
        case UInt8(ascii: "t"): next.place = .word(.yes, 1)
        case UInt8(ascii: "f"): next.place = .word(.no, 1)
        case UInt8(ascii: "n"): next.place = .word(.nothing, 1)
        case UInt8(ascii: "-"): next.place = .number(.minus)
        case UInt8(ascii: "0"): next.place = .number(.zero)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): next.place = .number(.whole)
        default: return nil
        }
        return next
    }

    private func closed(_ state: State, _ container: Container) -> State? {
        guard state.open.last == container else { return nil }
        var next = state
        next.open.removeLast()
        next.place = .end
        return next
    }

    private func inNumber(_ digits: Digits, _ byte: UInt8) -> Digits? {
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        let isExponent = byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
        switch digits {
        case .minus: return byte == UInt8(ascii: "0") ? .zero : isDigit ? .whole : nil
        case .zero: return byte == UInt8(ascii: ".") ? .point : isExponent ? .exponent : nil
        case .whole: return isDigit ? .whole : byte == UInt8(ascii: ".") ? .point : isExponent ? .exponent : nil
        case .point: return isDigit ? .fraction : nil
        case .fraction: return isDigit ? .fraction : isExponent ? .exponent : nil
        case .exponent:
            return isDigit ? .power : byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") ? .sign : nil
        case .sign, .power: return isDigit ? .power : nil
        }
    }

    private func inString(_ state: State, _ isName: Bool, _ character: Character, _ byte: UInt8) -> State? {
        var next = state
        func go(_ character: Character) -> State {
            next.place = .string(isName: isName, character)
            return next
        }
        switch character {
        case .none:
            switch byte {
            case UInt8(ascii: "\""):
                next.place = isName ? .colon : .end
                return next
            case UInt8(ascii: "\\"): return go(.escape)
            case 0x20..<0x80: return go(.none)
            // The ranges of well-formed UTF-8 (Unicode 15, table 3-7).
            case 0xC2...0xDF: return go(.bytes(1, low: 0x80, high: 0xBF))
            case 0xE0: return go(.bytes(2, low: 0xA0, high: 0xBF))
            case 0xED: return go(.bytes(2, low: 0x80, high: 0x9F))
            case 0xE1...0xEF: return go(.bytes(2, low: 0x80, high: 0xBF))
            case 0xF0: return go(.bytes(3, low: 0x90, high: 0xBF))
            case 0xF1...0xF3: return go(.bytes(3, low: 0x80, high: 0xBF))
            case 0xF4: return go(.bytes(3, low: 0x80, high: 0x8F))
            default: return nil
            }
        case .escape:
            if byte == UInt8(ascii: "u") { return go(.code(4)) }
            return "\"\\/bfnrt".utf8.contains(byte) ? go(.none) : nil
        case .code(let missing):
            let isHexadecimal = "0123456789abcdefABCDEF".utf8.contains(byte)
            return isHexadecimal ? go(missing == 1 ? .none : .code(missing - 1)) : nil
        case .bytes(let missing, let low, let high):
            guard (low...high).contains(byte) else { return nil }
            return go(missing == 1 ? .none : .bytes(missing - 1, low: 0x80, high: 0xBF))
        }
    }
}
