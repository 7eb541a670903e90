/// Builds well-formed XML text: every attribute and every piece of text passes through the same escaping.
struct MarkupWriter {
    private(set) var output = ""
    private var openTags: [String] = []

    /// One attribute of an element.
    typealias Attribute = (name: String, value: String)

    /// Opens an element; `close` ends it.
    mutating func open(_ tag: String, _ attributes: [Attribute] = []) {
        output += "<" + tag
        append(attributes)
        output += ">"
        openTags.append(tag)
    }

    /// Closes the element opened last.
    mutating func close() {
        guard let tag = openTags.popLast() else { fatalError("MarkupWriter.close() without an open element") }
        output += "</" + tag + ">"
    }

    /// An element without content.
    mutating func empty(_ tag: String, _ attributes: [Attribute] = []) {
        output += "<" + tag
        append(attributes)
        output += "/>"
    }

    /// An element that holds only text.
    mutating func element(_ tag: String, _ attributes: [Attribute] = [], text: String) {
        open(tag, attributes)
        self.text(text)
        close()
    }

    /// Text, escaped.
    mutating func text(_ text: String) {
        output += Self.escape(text)
    }

    /// Markup that is well formed already.
    mutating func markup(_ markup: String) {
        output += markup
    }

    /// A line break in the source, for people who read it.
    mutating func newline() {
        output += "\n"
    }

    private mutating func append(_ attributes: [Attribute]) {
        for attribute in attributes {
            output += " " + attribute.name + "=\"" + Self.escape(attribute.value) + "\""
        }
    }

    /// Text safe inside an element or an attribute; characters that XML 1.0 forbids become U+FFFD.
    static func escape(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\t", "\n", "\r": result.append(scalar)
            case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
