/// What tokenizers ask about a scalar, as bits.
///
/// The answers for the Basic Multilingual Plane stand in a table that is filled from the standard library's properties
/// when it is first used (about a millisecond); asking the library for every scalar of a text would dominate the scan.
struct ScalarClass: OptionSet {
    let rawValue: UInt32

    /// Category L.
    static let letter = ScalarClass(rawValue: 1 << 0)
    /// Category N: digits, and numerals such as Ⅷ and ½.
    static let number = ScalarClass(rawValue: 1 << 1)
    /// The property White_Space.
    static let space = ScalarClass(rawValue: 1 << 2)
    /// Category P.
    static let punctuation = ScalarClass(rawValue: 1 << 3)
    /// Category Mn.
    static let nonspacingMark = ScalarClass(rawValue: 1 << 4)
    /// Category M.
    static let mark = ScalarClass(rawValue: 1 << 5)
    /// Category C: controls, formats, private use, unassigned.
    static let other = ScalarClass(rawValue: 1 << 6)
    /// `\w` of UTS 18: Alphabetic, M, Nd, Pc, Join_Control.
    static let word = ScalarClass(rawValue: 1 << 7)
    /// Category S.
    static let symbol = ScalarClass(rawValue: 1 << 8)
    /// Category Lu.
    static let uppercase = ScalarClass(rawValue: 1 << 9)
    /// Category Ll.
    static let lowercase = ScalarClass(rawValue: 1 << 10)
    /// Category Nd.
    static let decimal = ScalarClass(rawValue: 1 << 11)

    /// The property Alphabetic.
    static let alphabetic = ScalarClass(rawValue: 1 << 12)
    /// `\w` of Oniguruma: Alphabetic, M, Nd, Pc and, an old table's oddity, ² ³ ¹ ¼ ½ ¾.
    static let onigurumaWord = ScalarClass(rawValue: 1 << 13)

    /// What BERT's cleaning drops, in Unicode 8, which the `tokenizers` package uses here: controls, formats, private use.
    static let bertControl = ScalarClass(rawValue: 1 << 14)
    /// Category Mn of Unicode 8.
    static let bertMark = ScalarClass(rawValue: 1 << 15)
    /// Category P of Unicode 8.
    static let bertPunctuation = ScalarClass(rawValue: 1 << 16)

    /// Category M of Unicode 9, which the package uses for `StripAccents`.
    static let combiningMark = ScalarClass(rawValue: 1 << 17)

    /// Asks the standard library.
    init(computing scalar: Unicode.Scalar) {
        let properties = scalar.properties
        var result: ScalarClass = []
        switch properties.generalCategory {
        case .uppercaseLetter: result = [.letter, .uppercase]
        case .lowercaseLetter: result = [.letter, .lowercase]
        case .titlecaseLetter, .modifierLetter, .otherLetter: result = .letter
        case .nonspacingMark: result = [.mark, .nonspacingMark, .word]
        case .spacingMark, .enclosingMark: result = [.mark, .word]
        case .decimalNumber: result = [.number, .decimal, .word]
        case .letterNumber, .otherNumber: result = .number
        case .connectorPunctuation: result = [.punctuation, .word]
        case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            result = .punctuation
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: result = .symbol
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: result = []
        case .control, .format, .surrogate, .privateUse, .unassigned: result = .other
        @unknown default: result = .other
        }
        if properties.isWhitespace { result.insert(.space) }
        if properties.isAlphabetic { result.formUnion([.word, .alphabetic]) }
        if result.contains(.word) { result.insert(.onigurumaWord) }
        switch scalar.value {
        case 0xB2, 0xB3, 0xB9, 0xBC...0xBE: result.insert(.onigurumaWord)
        default: break
        }
        if properties.isJoinControl { result.insert(.word) }
        result.formUnion(ScalarClass.unicode8(scalar))
        switch scalar.value {
        // Characters that have changed their category since.
        case 0x1CF2, 0x1CF3: result.insert(.combiningMark)
        case 0x111C9: break
        default:
            if result.contains(.mark), let age = properties.age, age.major <= 9 { result.insert(.combiningMark) }
        }
        self = result
    }

    /// The classes that BERT's steps look at: newer characters have none of them, which changes ids.
    private static func unicode8(_ scalar: Unicode.Scalar) -> ScalarClass {
        switch scalar.value {
        // Characters that have changed their category since.
        case 0x1734, 0x1171E: return .bertMark
        case 0x1885, 0x1886, 0xA9BD: return []
        case 0x166D, 0x111C9: return .bertPunctuation
        default: break
        }
        guard let age = scalar.properties.age, age.major <= 8 else { return [] }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse: return .bertControl
        case .nonspacingMark: return .bertMark
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return .bertPunctuation
        default: return []
        }
    }

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The class of a scalar value.
    @inline(__always)
    init(of value: UInt32) { self = ScalarClassTable.shared.lookUp(value) }
}

/// The classes of the Basic Multilingual Plane.
///
/// `@unchecked Sendable`: written once, before anyone sees it.
final class ScalarClassTable: @unchecked Sendable {
    static let shared = ScalarClassTable()

    private let classes: UnsafeMutablePointer<ScalarClass>

    private init() {
        classes = .allocate(capacity: 0x10000)
        for value in 0..<UInt32(0x10000) {
            // Surrogates do not occur in valid text.
            (classes + Int(value)).initialize(
                to: Unicode.Scalar(value).map { ScalarClass(computing: $0) } ?? .other)
        }
    }

    deinit { classes.deallocate() }

    @inline(__always)
    func lookUp(_ value: UInt32) -> ScalarClass {
        value < 0x10000 ? classes[Int(value)] : lookUpSlowly(value)
    }

    @inline(never)
    private func lookUpSlowly(_ value: UInt32) -> ScalarClass {
        Unicode.Scalar(value).map { ScalarClass(computing: $0) } ?? .other
    }
}
