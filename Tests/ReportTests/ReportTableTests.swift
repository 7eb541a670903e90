import Testing

@testable import Report

@Suite("Tables and number formats")
struct ReportTableTests {
    @Test("numbers line up at the decimal point, words at the left")
    func alignment() {
        var table = ReportTable(columns: ["Model", "AUROC", "p"])
        table.add(row: ["MLP", "0.831", "<0.001"])
        table.add(row: ["Logistic", "12.5", "—"])
        table.add(row: ["決定木", "7", "0.04"])
        table.add(row: ["naïve", "-0.5", ""])
        #expect(
            table.text == """
                Model      AUROC       p
                ────────  ──────  ──────
                MLP        0.831  <0.001
                Logistic  12.5     —
                決定木     7       0.04
                naïve     -0.5

                """)
    }

    @Test("explicit alignments hold for any cells")
    func explicit() {
        var table = ReportTable(columns: [
            .init("left", alignment: .leading), .init("mid", alignment: .center), .init("right", alignment: .trailing),
        ])
        table.add(row: ["1", "x", "y"])
        table.add(row: ["100", "xxxxx", "yyyyyyy"])
        #expect(
            table.text.split(separator: "\n").map(String.init) == [
                "left   mid     right", "────  ─────  ───────", "1       x          y", "100   xxxxx  yyyyyyy",
            ])
    }

    static let widths: [(String, Int)] = [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("決定木", 6), ("👩‍👩‍👧", 2), ("ｆｕｌｌ", 8),
        ("\u{200B}", 0), ("한글", 4), ("−∞", 2),
    ]

    @Test("the width of text counts columns, not code points", arguments: widths)
    func displayWidth(_ text: String, _ width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test("control characters in a cell cannot reach the terminal")
    func controlCharacters() {
        var table = ReportTable(columns: ["a"])
        table.add(row: ["x\u{1B}[2J\ny\tz"])
        #expect(table.text.split(separator: "\n").last == "x [2J y z")
    }

    @Test("a table without rows or columns is still a table")
    func empty() {
        #expect(ReportTable(columns: ["a", "b"]).text == "a  b\n─  ─\n")
        #expect(ReportTable(columns: []).text == "\n\n")
    }

    @Test("in HTML numeric columns are marked and padded to one number of digits")
    func html() {
        var table = ReportTable(columns: ["m<1>", "v"])
        table.add(row: ["a & b", "0.25"])
        table.add(row: ["c", "12"])
        var writer = MarkupWriter()
        table.write(to: &writer, caption: "Caption <x>")
        let xml = XMLReading(writer.output)
        #expect(xml.failure == nil)
        #expect(xml.elements(named: "th").map(\.text) == ["m<1>", "v"])
        #expect(xml.elements(named: "td").map(\.text) == ["a & b", "0.25", "c", "12\u{2008}\u{2007}\u{2007}"])
        #expect(xml.elements(named: "td").map { $0.attributes["class"] } == [nil, "number", nil, "number"])
        #expect(xml.elements(named: "caption").map(\.text) == ["Caption <x>"])
    }

    struct Formatted: Sendable {
        var format: NumberFormat
        var value: Double
        var text: String
    }

    static let formatted: [Formatted] = [
        Formatted(format: .fixed(2), value: 1.005, text: "1.00"),
        Formatted(format: .fixed(0), value: 2.5, text: "2"),
        Formatted(format: .fixed(2), value: -0.001, text: "0.00"),
        Formatted(format: .significant(3), value: 0.00012345, text: "0.000123"),
        Formatted(format: .significant(3), value: 1.2345e-7, text: "1.23e-07"),
        Formatted(format: .percent(1), value: 0.1234, text: "12.3%"),
        Formatted(format: .pValue, value: 0.0004, text: "<0.001"),
        Formatted(format: .pValue, value: 0.0412, text: "0.041"),
        Formatted(format: .fixed(3), value: .nan, text: "NaN"),
        Formatted(format: .percent(0), value: -.infinity, text: "-inf"),
    ]

    @Test("number formats", arguments: formatted)
    func numbers(_ example: Formatted) {
        #expect(example.format.text(example.value) == example.text)
    }

    @Test("the largest numbers are written out in full")
    func largest() {
        #expect(NumberFormat.fixed(40).text(-.greatestFiniteMagnitude).count == 1 + 309 + 1 + 40)
    }
}
