/// Estimates how wide text will be, so that margins and legends can be laid out without a font library.
///
/// The widths are those of Helvetica, which Arial and Liberation Sans share, plus some room for other fallbacks.
enum TextMetrics {
    private static let safety = 1.04

    /// Advance widths of U+0020 to U+007E in thousandths of the font size (Adobe Font Metrics of Helvetica).
    private static let helvetica: [Double] = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
        556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
        1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
        667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
        333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
        556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ]

    /// The estimated width of `text` in pixels at a font size in pixels.
    static func width(_ text: String, size: Double, isBold: Bool = false) -> Double {
        var thousandths = 0.0
        for character in text {
            thousandths += advance(character)
        }
        return thousandths / 1000 * size * (isBold ? 1.07 : 1) * safety
    }

    private static func advance(_ character: Character) -> Double {
        if Superscript.plain(character) != nil { return 556 * Superscript.size }
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.value >= 32 && scalar.value < 127 { return helvetica[Int(scalar.value) - 32] }
        switch DisplayWidth.of(character) {
        case 0: return 0
        case 2: return 1000
        default: return 600
        }
    }

    /// Breaks text at spaces into lines no wider than `width`; a single word that is too wide is shortened.
    static func wrap(_ text: String, size: Double, width: Double, isBold: Bool = false) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(whereSeparator: \.isNewline) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                let longer = line.isEmpty ? String(word) : line + " " + word
                if line.isEmpty || Self.width(longer, size: size, isBold: isBold) <= width {
                    line = longer
                } else {
                    lines.append(line)
                    line = String(word)
                }
            }
            if !line.isEmpty { lines.append(line) }
        }
        return lines.map { shorten($0, size: size, width: width, isBold: isBold) }
    }

    /// Text cut off with an ellipsis where it would be wider than `width`.
    static func shorten(_ text: String, size: Double, width: Double, isBold: Bool = false) -> String {
        if Self.width(text, size: size, isBold: isBold) <= width { return text }
        var characters = Array(text)
        while characters.count > 1 {
            characters.removeLast()
            let candidate = String(characters) + "…"
            if Self.width(candidate, size: size, isBold: isBold) <= width { return candidate }
        }
        return "…"
    }
}

/// Superscript digits, which figures draw as raised digits because few fonts have all of them in one style.
enum Superscript {
    /// Size of a raised digit relative to the text around it.
    static let size = 0.72

    private static let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]

    /// The ordinary character for a superscript one, or nil if it is none.
    static func plain(_ character: Character) -> String? {
        if character == "⁻" { return "−" }
        return digits.firstIndex(of: character).map(String.init)
    }

    /// An integer written in superscript characters.
    static func text(_ value: Int) -> String {
        var result = value < 0 ? "⁻" : ""
        for digit in String(value.magnitude) {
            result.append(digits[digit.wholeNumberValue ?? 0])
        }
        return result
    }
}
