import Testing

@testable import Report

@Suite("Ticks")
struct TicksTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var range: ClosedRange<Double>
        var count: Int
        var labels: [String]
        var exponent = 0
        var testDescription: String { "\(range) at most \(count)" }
    }

    @Test(
        "linear ticks are round numbers without float noise",
        arguments: [
            Case(range: 0...1, count: 5, labels: ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            Case(range: 0...1, count: 10, labels: (0...10).map { $0 == 10 ? "1.0" : "0.\($0)" }),
            Case(range: 0...10, count: 4, labels: ["0", "5", "10"]),
            Case(range: -1...1, count: 4, labels: ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
            Case(range: 0.3...0.9, count: 6, labels: ["0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"]),
            Case(range: 1990...2010, count: 4, labels: ["1990", "1995", "2000", "2005", "2010"]),
            Case(range: 0...20_000, count: 4, labels: ["0", "5,000", "10,000", "15,000", "20,000"]),
            Case(range: 0...4e6, count: 4, labels: ["0", "1", "2", "3", "4"], exponent: 6),
            Case(range: 0...4e-7, count: 4, labels: ["0", "100", "200", "300", "400"], exponent: -9),
            Case(
                range: 1e9...1e9 + 4, count: 4,
                labels: [
                    "1,000,000,000", "1,000,000,001", "1,000,000,002", "1,000,000,003", "1,000,000,004",
                ]),
            // Two ticks would fall short of three, so the step is halved.
            Case(range: 0.99...2.01, count: 1, labels: ["1.0", "1.5", "2.0"]),
        ])
    func linear(_ expected: Case) {
        let ticks = Ticks.linear(in: expected.range, atMost: expected.count)
        #expect(ticks.major.map(\.label) == expected.labels)
        #expect(ticks.exponent == expected.exponent)
        for tick in ticks.major { #expect(expected.range.contains(tick.value)) }
    }

    @Test("tick values are the doubles nearest to their decimal labels")
    func exactValues() {
        let ticks = Ticks.linear(in: 0...0.7, atMost: 7)
        #expect(ticks.major.map(\.value) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    }

    @Test("an axis of whole numbers has no ticks between them")
    func wholeNumbers() {
        #expect(Ticks.linear(in: 1...4, atMost: 10, wholeNumbersOnly: true).major.map(\.label) == ["1", "2", "3", "4"])
        #expect(Ticks.linear(in: 0...100, atMost: 5, wholeNumbersOnly: true).major.count == 6)
        #expect(Ticks.linear(in: 1...2, atMost: 5, wholeNumbersOnly: true).major.map(\.label) == ["1", "2"])
        #expect(Ticks.linear(in: -870...0, atMost: 3, wholeNumbersOnly: true).major.count > 2)
        #expect(Ticks.linear(in: 6.3...7.7, atMost: 3, wholeNumbersOnly: true).major.count > 2)
    }

    @Test(
        "logarithmic ticks stand at decades, and at 1, 2 and 5 in short ranges",
        arguments: [
            Case(range: 1...1000, count: 6, labels: ["1", "10", "100", "1000"]),
            Case(range: 0.01...1, count: 6, labels: ["0.01", "0.1", "1"]),
            Case(range: 1e-8...1e-5, count: 6, labels: ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"]),
            Case(range: 1e-6...1e6, count: 4, labels: ["10⁻⁴", "10⁰", "10⁴"]),
            Case(range: 2...30, count: 6, labels: ["2", "5", "10", "20"]),
            Case(range: 2.2...2.8, count: 3, labels: ["2.2", "2.4", "2.6", "2.8"]),
        ])
    func logarithmic(_ expected: Case) {
        #expect(Ticks.log10(in: expected.range, atMost: expected.count).major.map(\.label) == expected.labels)
    }

    @Test("decades have small marks between them while there is room")
    func minorTicks() {
        #expect(Ticks.log10(in: 1...100, atMost: 5).minor.count == 16)
        #expect(Ticks.log10(in: 1e-20...1e20, atMost: 5).minor.allSatisfy { $0 >= 1e-20 && $0 <= 1e20 * 1.0001 })
    }

    @Test("ranges at the edge of the number format give few, finite ticks")
    func extremeRanges() {
        for range in [-1e290...1e290, 0...1e-289, 1e15...1e15 * 1.0000001, -3e-280...5e-281] {
            let ticks = Ticks.linear(in: range, atMost: 6)
            #expect(ticks.major.count <= 12)
            #expect(ticks.major.allSatisfy { $0.value.isFinite })
        }
        #expect(Ticks.log10(in: 1e-290...1e290, atMost: 6).major.count <= 8)
    }
}
