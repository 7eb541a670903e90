/// A report as one HTML file that needs nothing else: no scripts, no fonts, no network.
///
/// ```swift
/// var page = ReportPage(title: "Lung cancer")
/// page.addParagraph("Five-fold cross-validation.")
/// page.add(figure, caption: "Receiver operating characteristic.")
/// try page.write(to: "report.html")
/// ```
///
/// It reads well in light and dark, on a phone and on paper. Figures and tables are numbered in the order they are
/// added. The same content always gives the same text.
public struct ReportPage: Sendable {
    /// The title of the page.
    public var title: String
    /// A line under the title; empty for none.
    public var subtitle: String
    private var blocks: [Block] = []

    private enum Block {
        case heading(String, level: Int)
        case paragraph(String)
        case table(ReportTable, caption: String)
        case figure(Figure, caption: String)
        case facts([(name: String, value: String)])
        case code(String)
    }

    /// A page without content yet.
    public init(title: String, subtitle: String = "") {
        self.title = title
        self.subtitle = subtitle
    }

    /// Adds a heading; level 2 stands directly under the title, levels to 4 under that.
    public mutating func addHeading(_ text: String, level: Int = 2) {
        blocks.append(.heading(text, level: min(max(level, 2), 4)))
    }

    /// Adds a paragraph; an empty line inside begins a new one.
    public mutating func addParagraph(_ text: String) {
        blocks.append(.paragraph(text))
    }

    /// Adds a table.
    public mutating func add(_ table: ReportTable, caption: String = "") {
        blocks.append(.table(table, caption: caption))
    }

    /// Adds a figure.
    public mutating func add(_ figure: Figure, caption: String = "") {
        blocks.append(.figure(figure, caption: caption))
    }

    /// Adds names with their values, such as the settings of a run.
    public mutating func addFacts(_ facts: KeyValuePairs<String, String>) {
        blocks.append(.facts(facts.map { (name: $0.key, value: $0.value) }))
    }

    /// Adds names with their values that are made at run time.
    public mutating func addFacts(_ facts: [(name: String, value: String)]) {
        blocks.append(.facts(facts))
    }

    /// Adds text in a fixed-width font with its line breaks.
    public mutating func addCode(_ text: String) {
        blocks.append(.code(text))
    }

    /// The page as HTML text, which is well-formed XML too.
    public var html: String {
        var writer = MarkupWriter()
        writer.markup("<!DOCTYPE html>\n")
        writer.open("html", [("lang", "en"), ("xmlns", "http://www.w3.org/1999/xhtml")])
        writer.newline()
        writer.open("head")
        writer.empty("meta", [("charset", "utf-8")])
        writer.empty("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
        writer.element("title", text: title)
        writer.open("style")
        writer.markup(ReportStyle.css)
        writer.close()
        writer.close()
        writer.newline()
        writer.open("body")
        writer.open("main")
        writer.newline()
        writer.element("h1", text: title)
        writer.newline()
        if !subtitle.isEmpty { writer.element("p", [("class", "subtitle")], text: subtitle) }
        writeContents(to: &writer)
        writeBlocks(to: &writer)
        writer.close()
        writer.close()
        writer.close()
        writer.newline()
        return writer.output
    }

    /// Writes the page as a file, whole or not at all.
    public func write(to path: String) throws(ReportError) {
        try AtomicFile.write(html, to: path)
    }

    /// A list of the sections, once there are enough of them to get lost.
    private func writeContents(to writer: inout MarkupWriter) {
        let headings = blocks.compactMap { block -> String? in
            if case .heading(let text, level: 2) = block { text } else { nil }
        }
        guard headings.count > 3 else { return }
        writer.open("nav", [("aria-label", "Contents")])
        writer.open("ul")
        for (index, heading) in headings.enumerated() {
            writer.open("li")
            writer.element("a", [("href", "#section-\(index + 1)")], text: heading)
            writer.close()
        }
        writer.close()
        writer.close()
        writer.newline()
    }

    private func writeBlocks(to writer: inout MarkupWriter) {
        var sections = 0
        var figures = 0
        var tables = 0
        for block in blocks {
            switch block {
            case .heading(let text, let level):
                var attributes: [MarkupWriter.Attribute] = []
                if level == 2 {
                    sections += 1
                    attributes.append(("id", "section-\(sections)"))
                }
                writer.element("h\(level)", attributes, text: text)
            case .paragraph(let text):
                for paragraph in Self.paragraphs(of: text) { writer.element("p", text: paragraph) }
            case .table(let table, let caption):
                tables += 1
                writer.open("div", [("class", "scroll")])
                table.write(to: &writer, caption: Self.numbered("Table", tables, caption))
                writer.close()
            case .figure(let figure, let caption):
                figures += 1
                writer.open("figure")
                writer.markup(figure.svg(identifier: "figure-\(figures)"))
                writer.element("figcaption", text: Self.numbered("Figure", figures, caption))
                writer.close()
            case .facts(let facts):
                writer.open("dl")
                for fact in facts {
                    writer.element("dt", text: fact.name)
                    writer.element("dd", text: fact.value)
                }
                writer.close()
            case .code(let text):
                writer.open("pre")
                writer.element("code", text: text)
                writer.close()
            }
            writer.newline()
        }
    }

    private static func numbered(_ kind: String, _ number: Int, _ caption: String) -> String {
        caption.isEmpty ? "\(kind) \(number)" : "\(kind) \(number). \(caption)"
    }

    private static func paragraphs(of text: String) -> [String] {
        var result: [String] = []
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                if !lines.isEmpty { result.append(lines.joined(separator: "\n")) }
                lines = []
            } else {
                lines.append(line)
            }
        }
        if !lines.isEmpty { result.append(lines.joined(separator: "\n")) }
        return result
    }
}
