import Testing

@testable import Report

@Suite("Figures")
struct FigureTests {
    /// A figure with every kind of mark over the same, possibly broken, data.
    static func everyMark(_ x: [Double], _ y: [Double], scale: Axis.Scale = .linear) -> Figure {
        var figure = Figure(title: "All <marks> & \"more\"", x: Axis("x", scale: scale), y: Axis("y", scale: scale))
        let interval = Series.Interval(around: y, halfWidth: y.map { abs($0) * 0.1 })
        figure.add(.line(x: x, y: y, interval: interval, label: "line"))
        figure.add(.steps(x: x, y: y, interval: interval, label: "steps"))
        figure.add(.band(x: x, lower: interval.lower, upper: interval.upper, isStep: true, label: "band"))
        figure.add(.scatter(x: x, y: y, label: "scatter"))
        figure.add(.bars(y, interval: interval, label: "bars"))
        figure.add(.errorBars(x: x, y: y, interval: interval, label: "errors"))
        figure.add(.horizontal(at: y.first ?? .nan, label: "horizontal"))
        figure.add(.vertical(at: x.first ?? .nan, label: "vertical"))
        figure.add(.diagonal)
        figure.add(.text("note", x: x.first ?? .nan, y: y.first ?? .nan, anchor: .middle))
        return figure
    }

    struct DataSet: Sendable, CustomTestStringConvertible {
        var name: String
        var x: [Double]
        var y: [Double]
        var testDescription: String { name }
    }

    static let dataSets: [DataSet] = [
        DataSet(name: "empty", x: [], y: []),
        DataSet(name: "one point", x: [3], y: [7]),
        DataSet(name: "one NaN", x: [.nan], y: [.nan]),
        DataSet(name: "constant", x: [1, 2, 3], y: [5, 5, 5]),
        DataSet(name: "all zero", x: [0, 0], y: [0, 0]),
        DataSet(name: "gaps", x: [0, 1, 2, .infinity, 4, 5], y: [1, .nan, 3, 4, -.infinity, 6]),
        DataSet(name: "huge", x: [-1e308, 0, 1e308], y: [1e308, -1e308, 0]),
        DataSet(
            name: "tiny", x: [0, .leastNonzeroMagnitude, 1e-300],
            y: [.leastNormalMagnitude, 0, -.leastNonzeroMagnitude]),
        DataSet(name: "far apart", x: [1e-200, 1, 1e200], y: [1e200, 1, 1e-200]),
        DataSet(name: "almost equal", x: [1e15, 1e15 + 0.125], y: [1, 1 + 1e-15]),
        DataSet(name: "not sorted", x: [3, 1, 2], y: [1, 2, 3]),
    ]

    @Test("any data gives well-formed SVG without NaN", arguments: dataSets, [Axis.Scale.linear, .log10])
    func anyData(_ data: DataSet, _ scale: Axis.Scale) throws {
        let svg = Self.everyMark(data.x, data.y, scale: scale).svg()
        let xml = XMLReading(svg)
        #expect(xml.failure == nil)
        let numeric: Set<String> = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "d", "r"]
        for element in xml.elements {
            for (name, value) in element.attributes where numeric.contains(name) {
                #expect(!value.contains { $0.isLetter && !"MLZ".contains($0) }, "\(element.name) \(name)=\(value)")
            }
        }
    }

    @Test("no drawn coordinate lies outside the figure")
    func insideTheFigure() throws {
        var figure = Figure(x: Axis(range: 0...1), y: Axis(range: 0...1))
        let x = (0...100).map { Double($0) - 50 }
        figure.add(.line(x: x, y: x.map { $0 * $0 * $0 }, interval: .init(lower: x, upper: x.map { $0 + 40 })))
        figure.add(.scatter(x: x, y: x))
        figure.add(.diagonal)
        for path in XMLReading(figure.svg()).elements(named: "path") {
            for pair in try #require(path.attributes["d"]).split(whereSeparator: { "MLZ ".contains($0) }) {
                let numbers = pair.split(separator: ",").compactMap { Double($0) }
                try #require(numbers.count == 2)
                #expect(numbers[0] >= 0 && numbers[0] <= figure.width)
                #expect(numbers[1] >= 0 && numbers[1] <= figure.height)
            }
        }
    }

    @Test("titles, labels and notes are escaped and come back from a parser unchanged")
    func escaping() {
        let nasty = "a<b> & \"c\" 'd' ]]> é 決"
        var figure = Figure(title: nasty, x: Axis(nasty), y: Axis(nasty))
        figure.add(.line(x: [0, 1], y: [0, 1], label: nasty))
        figure.add(.text(nasty, x: 0.2, y: 0.5))
        let texts = XMLReading(figure.svg(identifier: "<\"&")).texts
        #expect(texts.filter { $0 == nasty }.count == 5)
        let control = MarkupWriter.escape("a\u{0}b\u{1B}[2Jc\u{FFFE}")
        #expect(control == "a\u{FFFD}b\u{FFFD}[2Jc\u{FFFD}")
        #expect(XMLReading("<a>\(control)</a>").failure == nil)
    }

    @Test("a missing value cuts the line in two")
    func gap() throws {
        var figure = Figure()
        figure.add(.line(x: [0, 1, 2, 3, 4], y: [0, 1, .nan, 3, 4]))
        let lines = XMLReading(figure.svg()).elements(named: "path").compactMap { $0.attributes["d"] }
        #expect(lines.count == 1)
        #expect(try #require(lines.first).filter { $0 == "M" }.count == 2)
    }

    @Test("a value between two gaps is marked by a dot")
    func lonelyValue() {
        var figure = Figure()
        figure.add(.line(x: [0, 1, 2, 3, 4], y: [0, .nan, 2, .nan, 4]))
        #expect(XMLReading(figure.svg()).elements(named: "circle").count == 3)
    }

    @Test("the same figure gives the same text")
    func deterministic() {
        let figure = Self.everyMark([1, 2, 3], [3, 1, 2])
        #expect(figure.svg() == figure.svg())
    }

    @Test("bars stand side by side in their category and end at their values")
    func bars() throws {
        var figure = Figure(x: Axis(categories: ["a", "b"]), y: Axis(range: 0...10))
        figure.add(.bars([10, 5], label: "one"))
        figure.add(.bars([2.5, .nan], label: "two"))
        let layout = FigureLayout(figure)
        let svg = XMLReading(figure.svg())
        let bars = svg.elements(named: "rect").filter { $0.attributes["y"].flatMap(Double.init) ?? 0 > 0 }
            .filter { Double($0.attributes["height"] ?? "") ?? 0 > 20 }
        let heights = bars.compactMap { $0.attributes["height"].flatMap(Double.init) }
        let plot = layout.plot.height
        #expect(heights.count == 3)
        for (height, share) in zip(heights, [1, 0.5, 0.25]) { #expect(abs(height - plot * share) < 0.02) }
        let edges = bars.compactMap { bar -> (Double, Double)? in
            guard let x = bar.attributes["x"].flatMap(Double.init),
                let width = bar.attributes["width"].flatMap(Double.init)
            else { return nil }
            return (x, x + width)
        }
        // The first group: series one ends before series two begins.
        #expect(edges[0].1 < edges[2].0)
        #expect(edges[2].1 < layout.plot.center.x)
    }

    @Test("bars lie when the categories are on the vertical axis, the first on top")
    func lyingBars() {
        var figure = Figure(y: Axis(categories: ["first", "second"]))
        figure.add(.bars([1, 2]))
        let layout = FigureLayout(figure)
        let first = layout.y.pixel(0) ?? 0
        let second = layout.y.pixel(1) ?? 0
        #expect(first < second)
        #expect(layout.x.range.contains(0) && layout.x.range.contains(2))
    }

    @Test(
        "the legend never overlaps the plot",
        arguments: [1, 2, 9, 40], ["a", "a rather long label of a series with its AUROC 0.83 (0.79 to 0.87)"])
    func legendPlacement(_ count: Int, _ label: String) {
        var figure = Figure(title: "T", x: Axis("x"), y: Axis("y"))
        for index in 0..<count { figure.add(.line(x: [0, 1], y: [0, 1], label: "\(label) \(index)")) }
        let layout = FigureLayout(figure)
        let xml = XMLReading(figure.svg())
        let legend = xml.elements(named: "text").filter { $0.text.hasPrefix("a ") }
        #expect(legend.count == count)
        for entry in legend {
            let x = Double(entry.attributes["x"] ?? "") ?? 0
            let y = Double(entry.attributes["y"] ?? "") ?? 0
            #expect(x > layout.plot.maxX || y > layout.plot.maxY)
            #expect(x + TextMetrics.width(entry.text, size: Legend.fontSize) <= layout.width)
            #expect(y <= layout.height)
        }
        #expect(layout.plot.width > 200 && layout.plot.height > 200)
    }

    @Test("labels of the axes stay inside the figure")
    func margins() {
        let long = (0..<8).map { "a category with a long name \($0)" }
        var figure = Figure(title: String(repeating: "long title ", count: 20), x: Axis("x", categories: long))
        figure.add(.bars((0..<8).map { Double($0) * 123_456 }))
        let layout = FigureLayout(figure)
        #expect(layout.plot.minX > layout.yLabelWidth)
        #expect(layout.plot.maxY + layout.xLabelHeight < layout.height)
        #expect(layout.titleLines.count > 1)
        #expect(layout.plot.height > 50)
    }

    @Test("labels of the horizontal axis never overlap", arguments: [200.0, 260, 400, 680, 2000])
    func tickLabels(_ width: Double) throws {
        for end in [1.0, 7, 1e5 + 0.1, 123_456_789, 1e9 + 4] {
            var figure = Figure(x: Axis("x", range: end - min(end, 4)...end), width: width)
            figure.add(.line(x: [end], y: [123_456]))
            let layout = FigureLayout(figure)
            var previous = -Double.infinity
            for tick in layout.xTicks.major {
                let middle = try #require(layout.x.pixel(tick.value))
                let half = TextMetrics.width(tick.label, size: FigureLayout.tickSize) / 2
                #expect(middle - half > previous + 6)
                #expect(middle + half <= layout.width)
                previous = middle + half
            }
            #expect(!layout.xTicks.major.isEmpty)
        }
    }

    @Test("a heat map shows each cell in the colour of its value, and grey where there is none")
    func heatMap() {
        var figure = Figure(x: Axis(categories: ["a", "b"]), y: Axis(categories: ["c", "d"]))
        figure.add(.heatMap(HeatMap([[0, 1], [.nan, 0.5]], cellFormat: .fixed(1))))
        let xml = XMLReading(figure.svg())
        let fills = xml.elements(named: "rect").compactMap { $0.attributes["fill"] }
        #expect(fills[1...4] == ["#440154", "#fde725", Canvas.missing.css, "#21918c"])
        #expect(xml.texts.filter { ["0.0", "1.0", "0.5"].contains($0) }.count >= 3)
        #expect(XMLReading(figure.svg()).failure == nil)
    }

    @Test("heat maps without rows, without columns and with very many cells can be drawn")
    func heatMapSizes() {
        for rows in [[], [[]], [[.nan]], [[1]], (0..<500).map { row in (0..<450).map { Double(row * $0) } }] {
            var figure = Figure()
            figure.add(.heatMap(HeatMap(rows)))
            let svg = figure.svg()
            #expect(XMLReading(svg).failure == nil)
            #expect(!svg.contains("nan"))
            #expect(svg.utf8.count < 5_000_000)
        }
        #expect(HeatMap([[1, 3, .nan], [1, 3, 7]]).reduced(to: 1).rows == [[3]])
        #expect(HeatMap([[1, 3, 5, 9]]).reduced(to: 2).rows == [[2, 7]])
    }

    @Test("diverging colours are centred on zero")
    func divergingRange() {
        #expect(HeatMap([[-0.2, 0.6]], colors: .diverging).colorRange == -0.6...0.6)
    }

    @Test("superscript characters become raised digits")
    func superscripts() {
        var figure = Figure(title: "10⁻³ mm² per s")
        figure.add(.line(x: [0, 1], y: [0, 1]))
        let xml = XMLReading(figure.svg())
        #expect(xml.texts.contains("10−3 mm2 per s"))
        #expect(xml.elements(named: "tspan").map(\.text) == ["−3", " mm", "2", " per s"])
    }

    @Test("two identifiers share no name inside")
    func identifiers() {
        var figure = Figure()
        for _ in 0..<3 { figure.add(.bars([1])) }
        let names = { (id: String) in
            Set(XMLReading(figure.svg(identifier: id)).elements(named: "pattern").compactMap { $0.attributes["id"] })
        }
        #expect(names("a").count == 2)
        #expect(names("a").isDisjoint(with: names("b")))
    }
}
