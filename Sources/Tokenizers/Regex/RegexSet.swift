/// A set of scalars in a regular expression.
indirect enum RegexSet: Sendable {
    case range(UInt32, UInt32)
    case scalarClass(ScalarClassBits)
    /// General categories, as bits in the order of ``RegexSet/categoryNames``.
    case categories(UInt32)
    case not(RegexSet)
    case union([RegexSet])
    case intersection(RegexSet, RegexSet)
    /// Members in any case.
    case ignoringCase(RegexSet)

    /// The bits of a ``ScalarClass``.
    typealias ScalarClassBits = UInt32

    func contains(_ value: UInt32) -> Bool {
        switch self {
        case .range(let low, let high): return low <= value && value <= high
        case .scalarClass(let bits): return ScalarClass(of: value).rawValue & bits != 0
        case .categories(let bits): return RegexSet.categoryBit(of: value) & bits != 0
        case .not(let set): return !set.contains(value)
        case .union(let sets): return sets.contains { $0.contains(value) }
        case .intersection(let a, let b): return a.contains(value) && b.contains(value)
        case .ignoringCase(let set):
            if set.contains(value) { return true }
            let folded = RegexSet.fold(value)
            if folded != value, set.contains(folded) { return true }
            let upper = RegexSet.single(Unicode.Scalar(value)?.properties.uppercaseMapping) ?? value
            return upper != value && set.contains(upper)
        }
    }

    /// The scalar in lower case if that is one scalar; ſ is an s.
    static func fold(_ value: UInt32) -> UInt32 {
        if value < 0x80 { return value &- 0x41 < 26 ? value | 0x20 : value }
        if value == 0x17F { return 0x73 }
        return single(Unicode.Scalar(value)?.properties.lowercaseMapping) ?? value
    }

    private static func single(_ text: String?) -> UInt32? {
        guard let scalars = text?.unicodeScalars, scalars.count == 1 else { return nil }
        return scalars.first!.value
    }

    /// The short names of the general categories.
    static let categoryNames = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "Sm",
        "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
    ]

    private static func categoryBit(of value: UInt32) -> UInt32 {
        guard let scalar = Unicode.Scalar(value) else { return 1 << 27 }
        let position: UInt32
        switch scalar.properties.generalCategory {
        case .uppercaseLetter: position = 0
        case .lowercaseLetter: position = 1
        case .titlecaseLetter: position = 2
        case .modifierLetter: position = 3
        case .otherLetter: position = 4
        case .nonspacingMark: position = 5
        case .spacingMark: position = 6
        case .enclosingMark: position = 7
        case .decimalNumber: position = 8
        case .letterNumber: position = 9
        case .otherNumber: position = 10
        case .connectorPunctuation: position = 11
        case .dashPunctuation: position = 12
        case .openPunctuation: position = 13
        case .closePunctuation: position = 14
        case .initialPunctuation: position = 15
        case .finalPunctuation: position = 16
        case .otherPunctuation: position = 17
        case .mathSymbol: position = 18
        case .currencySymbol: position = 19
        case .modifierSymbol: position = 20
        case .otherSymbol: position = 21
        case .spaceSeparator: position = 22
        case .lineSeparator: position = 23
        case .paragraphSeparator: position = 24
        case .control: position = 25
        case .format: position = 26
        case .surrogate: position = 27
        case .privateUse: position = 28
        case .unassigned: position = 29
        @unknown default: position = 29
        }
        return 1 << position
    }

    /// The set of a property's name in `\p{...}`, or nil.
    static func property(_ name: String) -> RegexSet? {
        switch name {
        case "L", "Letter": return .scalarClass(ScalarClass.letter.rawValue)
        case "N", "Number": return .scalarClass(ScalarClass.number.rawValue)
        case "P", "Punctuation", "Punct": return .scalarClass(ScalarClass.punctuation.rawValue)
        case "M", "Mark": return .scalarClass(ScalarClass.mark.rawValue)
        case "S", "Symbol": return .scalarClass(ScalarClass.symbol.rawValue)
        case "C", "Other": return .scalarClass(ScalarClass.other.rawValue)
        case "Lu", "Uppercase_Letter": return .scalarClass(ScalarClass.uppercase.rawValue)
        case "Ll", "Lowercase_Letter": return .scalarClass(ScalarClass.lowercase.rawValue)
        case "Nd", "Decimal_Number": return .scalarClass(ScalarClass.decimal.rawValue)
        case "Mn", "Nonspacing_Mark": return .scalarClass(ScalarClass.nonspacingMark.rawValue)
        case "White_Space", "Space": return .scalarClass(ScalarClass.space.rawValue)
        case "Z", "Separator": return .categories(1 << 22 | 1 << 23 | 1 << 24)
        case "Han", "Script=Han": return ranges(han)
        case "Hiragana", "Script=Hiragana": return ranges(hiragana)
        case "Katakana", "Script=Katakana": return ranges(katakana)
        default: return categoryNames.firstIndex(of: name).map { .categories(1 << UInt32($0)) }
        }
    }

    private static func ranges(_ bounds: [(UInt32, UInt32)]) -> RegexSet {
        .union(bounds.map { .range($0.0, $0.1) })
    }

    // Scripts.txt of Unicode 16; the standard library does not tell a scalar's script.
    private static let han: [(UInt32, UInt32)] = [
        (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029),
        (0x3038, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3),
        (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1),
        (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF),
    ]
    private static let hiragana: [(UInt32, UInt32)] = [
        (0x3041, 0x3096), (0x309D, 0x309F), (0x1B001, 0x1B11F), (0x1B132, 0x1B132), (0x1B150, 0x1B152),
        (0x1F200, 0x1F200),
    ]
    private static let katakana: [(UInt32, UInt32)] = [
        (0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF), (0x32D0, 0x32FE), (0x3300, 0x3357), (0xFF66, 0xFF6F),
        (0xFF71, 0xFF9D), (0x1AFF0, 0x1AFF3), (0x1AFF5, 0x1AFFB), (0x1AFFD, 0x1AFFE), (0x1B000, 0x1B000),
        (0x1B120, 0x1B122), (0x1B155, 0x1B155), (0x1B164, 0x1B167),
    ]
}
