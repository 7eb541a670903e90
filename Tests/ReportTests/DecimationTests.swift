import Testing

@testable import Report

@Suite("Decimation and clipping")
struct DecimationTests {
    private let area = Rectangle(minX: 0, minY: 0, maxX: 500, maxY: 300)

    @Test("of many points the extremes, the first and the last stay")
    func keepsExtremes() {
        var points = (0..<100_000).map { Point(x: Double($0) * 0.005, y: 150 + Double($0 % 7)) }
        points[31_234].y = 2
        points[77_777].y = 299
        let thin = Decimation.line(points, in: area)
        #expect(thin.count <= 2010)
        #expect(thin.first == points.first)
        #expect(thin.last == points.last)
        #expect(thin.contains(points[31_234]))
        #expect(thin.contains(points[77_777]))
        #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.x <= $1.x })
    }

    @Test("every pixel column keeps its lowest and highest point")
    func keepsColumns() {
        let points = (0..<20_000).map { Point(x: Double($0) * 0.025, y: Double(($0 &* 7919) % 300)) }
        let thin = Decimation.line(points, in: area)
        for column in 0..<500 {
            let all = points.filter { Int($0.x) == column }.map(\.y)
            let kept = thin.filter { Int($0.x) == column }.map(\.y)
            #expect(all.min() == kept.min())
            #expect(all.max() == kept.max())
        }
    }

    @Test("few points stay as they are")
    func keepsFew() {
        let points = (0..<2000).map { Point(x: Double($0), y: 0) }
        #expect(Decimation.line(points, in: area) == points)
    }

    @Test("a line that runs back and forth keeps its extremes too")
    func unsorted() {
        var points = (0..<50_000).map { Point(x: Double(($0 * 37) % 500), y: 100) }
        points[12_345].y = 1
        let thin = Decimation.line(points, in: area)
        #expect(thin.count <= 2100)
        #expect(thin.contains(points[12_345]))
    }

    @Test("points far outside the plot do not use up the budget")
    func outside() {
        let points = (0..<100_000).map { Point(x: Double($0) - 50_000, y: 1) }
        #expect(Decimation.line(points, in: area).count <= 2010)
    }

    @Test("a thinned band covers the widest part of every column")
    func band() {
        let lower = (0..<10_000).map { Point(x: Double($0) * 0.05, y: $0 == 4000 ? 290 : 200) }
        let upper = lower.map { Point(x: $0.x, y: 100) }
        let thin = Decimation.band(lower: lower, upper: upper, in: area)
        #expect(thin.lower.count == thin.upper.count)
        #expect(thin.lower.count <= 1010)
        #expect(thin.lower.map(\.y).max() == 290)
    }

    @Test("a million scatter points become a few thousand")
    func scatter() {
        let points = (0..<200_000).map { (index: Int) -> Point in
            let column: Int = (index &* 7919) % 500
            let row: Int = (index &* 104_729) % 300
            return Point(x: Double(column), y: Double(row))
        }
        #expect(Decimation.scatter(points).count < 10_000)
    }

    @Test("a segment is cut at the edges of the plot")
    func segment() throws {
        let cut = try #require(area.clip(from: Point(x: -100, y: 100), to: Point(x: 1000, y: 100)))
        #expect(cut.0 == Point(x: 0, y: 100))
        #expect(cut.1 == Point(x: 500, y: 100))
        #expect(area.clip(from: Point(x: -1, y: -5), to: Point(x: 600, y: -5)) == nil)
    }

    @Test("a polygon around the plot becomes the plot")
    func polygon() {
        let big = [(-10.0, -10.0), (900, -10), (900, 900), (-10, 900)].map { Point(x: $0.0, y: $0.1) }
        let cut = area.clip(polygon: big)
        #expect(Set(cut.map { "\($0.x) \($0.y)" }) == ["0.0 0.0", "500.0 0.0", "500.0 300.0", "0.0 300.0"])
    }
}
