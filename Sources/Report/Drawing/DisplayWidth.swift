/// How many columns of a terminal a character takes.
enum DisplayWidth {
    /// The number of terminal columns that `text` takes.
    static func of(_ text: String) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    /// 0 for a lone combining or invisible character, 2 for wide East Asian characters and emoji, otherwise 1.
    static func of(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        let properties = first.properties
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if character.unicodeScalars.contains("\u{FE0F}") { return 2 }
        return properties.isEmojiPresentation || isWide(first.value) ? 2 : 1
    }

    /// The blocks that Unicode Standard Annex 11 calls wide or fullwidth.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F200...0x1F2FF, 0x20000...0x3FFFD:
            return true
        default:
            return false
        }
    }

    /// Text for one line of a terminal: control characters, which could move the cursor, become spaces.
    static func singleLine(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let category = scalar.properties.generalCategory
            let breaksLine = category == .control || category == .lineSeparator || category == .paragraphSeparator
            result.append(breaksLine ? " " : scalar)
        }
        return String(result)
    }
}
