/// Where the parts of a figure stand, computed from the widths of its labels.
struct FigureLayout {
    static let titleSize = 15.0
    static let axisTitleSize = 13.0
    static let tickSize = 12.0
    static let lineHeight = 1.25

    /// How the labels of a categorical horizontal axis are set.
    enum CategoryLabels {
        case upright([[String]])
        case slanted([String])
    }

    let figure: Figure
    let width: Double
    let height: Double
    let legend: Legend
    let heatMap: HeatMap?

    private(set) var plot: Rectangle
    private(set) var x: AxisMapping
    private(set) var y: AxisMapping
    private(set) var xTicks = Ticks(major: [])
    private(set) var yTicks = Ticks(major: [])
    private(set) var colorTicks = Ticks(major: [])
    private(set) var titleLines: [String] = []
    private(set) var xTitleLines: [String] = []
    private(set) var yTitleLines: [String] = []
    private(set) var colorTitleLines: [String] = []
    private(set) var categoryLabels = CategoryLabels.upright([])
    private(set) var yLabelWidth = 0.0
    private(set) var xLabelHeight = 0.0
    private(set) var colorLabelWidth = 0.0

    /// Width of the colour bar and its distance from the plot.
    static let colorBar = (width: 16.0, distance: 16.0)

    init(_ figure: Figure) {
        self.figure = figure
        width = min(max(figure.width.isFinite ? figure.width : 680, 200), 5000)
        let body = min(max(figure.height.isFinite ? figure.height : 420, 150), 5000)
        let legend = Legend(figure: figure, width: width - 32)
        self.legend = legend
        height = body + legend.belowMargin
        heatMap = figure.heatMap?.reduced(to: 200)

        let ranges = figure.ranges()
        plot = Rectangle(minX: 60, minY: 40, maxX: width - 20 - legend.rightMargin, maxY: body - 50)
        x = AxisMapping(axis: figure.x, range: ranges.x, start: plot.minX, end: plot.maxX)
        y = AxisMapping(axis: figure.y, range: ranges.y, start: plot.maxY, end: plot.minY)
        // The labels depend on the size of the plot and the margins on the labels; this settles in two rounds.
        for _ in 0..<3 {
            placeLabels(ranges)
            placePlot(body: body)
            x = AxisMapping(axis: figure.x, range: ranges.x, start: plot.minX, end: plot.maxX)
            y = AxisMapping(
                axis: figure.y, range: ranges.y, start: figure.runsDown ? plot.minY : plot.maxY,
                end: figure.runsDown ? plot.maxY : plot.minY)
        }
        placeLabels(ranges)
    }

    private mutating func placeLabels(
        _ ranges: (x: ClosedRange<Double>, y: ClosedRange<Double>, wholeX: Bool, wholeY: Bool)
    ) {
        let whole = (x: ranges.wholeX || heatMap != nil, y: ranges.wholeY || heatMap != nil)
        yTicks = verticalTicks(figure.y, range: ranges.y, whole: whole.y)
        xTicks = horizontalTicks(figure.x, range: ranges.x, whole: whole.x)
        xLabelHeight = 16
        if !figure.x.categories.isEmpty {
            (categoryLabels, xLabelHeight) = labels(of: figure.x.categories)
        }
        if figure.y.categories.isEmpty {
            yLabelWidth = yTicks.major.reduce(0) { max($0, TextMetrics.width($1.label, size: Self.tickSize)) }
        } else {
            let limit = width * 0.35
            yTicks.major = yTicks.major.map { tick in
                var tick = tick
                tick.label = TextMetrics.shorten(tick.label, size: Self.tickSize, width: limit)
                return tick
            }
            yLabelWidth = yTicks.major.reduce(0) { max($0, TextMetrics.width($1.label, size: Self.tickSize)) }
        }
        if let heatMap {
            colorTicks = .linear(in: heatMap.colorRange, atMost: max(2, Int(plot.height / 45)))
            colorLabelWidth = colorTicks.major.reduce(0) { max($0, TextMetrics.width($1.label, size: Self.tickSize)) }
            colorTitleLines = titleLines(heatMap.title, exponent: colorTicks.exponent, width: plot.height)
        }
        titleLines = TextMetrics.wrap(figure.title, size: Self.titleSize, width: width - 32, isBold: true)
        xTitleLines = titleLines(figure.x.title, exponent: xTicks.exponent, width: plot.width)
        yTitleLines = titleLines(figure.y.title, exponent: yTicks.exponent, width: plot.height)
    }

    private mutating func placePlot(body: Double) {
        let axisLine = Self.axisTitleSize * Self.lineHeight
        let titleHeight = Double(titleLines.count) * Self.titleSize * Self.lineHeight
        let yTitleWidth = yTitleLines.isEmpty ? 0 : Double(yTitleLines.count) * axisLine + 6
        let xTitleHeight = xTitleLines.isEmpty ? 0 : Double(xTitleLines.count) * axisLine + 6
        var right = max(16, legend.rightMargin > 0 ? legend.rightMargin + 10 : 16)
        if figure.x.categories.isEmpty, legend.rightMargin == 0, let last = xTicks.major.last,
            let pixel = x.pixel(last.value)
        {
            // Half of the last label may stand out over the end of the axis.
            let overhang = pixel + TextMetrics.width(last.label, size: Self.tickSize) / 2 - plot.maxX
            right = max(right, overhang + 8)
        }
        if heatMap != nil {
            right += Self.colorBar.distance + Self.colorBar.width + 10 + colorLabelWidth
            right += Double(colorTitleLines.count) * axisLine + (colorTitleLines.isEmpty ? 0 : 6)
        }
        let left = 10 + yTitleWidth + yLabelWidth + 10
        let top = titleLines.isEmpty ? 16 : 14 + titleHeight + 10
        let bottom = xLabelHeight + 8 + xTitleHeight + 10
        // Even with absurdly long labels some plot remains.
        let maxX = max(width - right, 60)
        let maxY = max(body - bottom, 50)
        plot = Rectangle(minX: min(left, maxX - 40), minY: min(top, maxY - 30), maxX: maxX, maxY: maxY)
    }

    private func titleLines(_ title: String, exponent: Int, width: Double) -> [String] {
        var text = title
        if exponent != 0 {
            let multiplier = "×10" + Superscript.text(exponent)
            text = title.isEmpty ? multiplier : "\(title) (\(multiplier))"
        }
        return TextMetrics.wrap(text, size: Self.axisTitleSize, width: max(width, 60))
    }

    private func verticalTicks(_ axis: Axis, range: ClosedRange<Double>, whole: Bool) -> Ticks {
        if !axis.categories.isEmpty {
            return categoryTicks(axis.categories, room: plot.height, needed: Self.tickSize * 1.15)
        }
        let count = max(3, Int(plot.height / 42))
        if axis.scale == .log10 { return .log10(in: range, atMost: count) }
        return .linear(in: range, atMost: count, wholeNumbersOnly: whole)
    }

    private func horizontalTicks(_ axis: Axis, range: ClosedRange<Double>, whole: Bool) -> Ticks {
        if !axis.categories.isEmpty {
            return categoryTicks(axis.categories, room: plot.width, needed: Self.tickSize * 1.15)
        }
        var count = max(2, Int(plot.width / 66))
        while true {
            let ticks: Ticks =
                axis.scale == .log10
                ? .log10(in: range, atMost: count) : .linear(in: range, atMost: count, wholeNumbersOnly: whole)
            let fitting = fitting(ticks, axis, range)
            if count <= 1 || fitting.count == ticks.major.count {
                var result = ticks
                result.major = fitting
                return result
            }
            count -= 1
        }
    }

    /// The ticks of the horizontal axis whose labels do not come too close to the one before.
    private func fitting(_ ticks: Ticks, _ axis: Axis, _ range: ClosedRange<Double>) -> [Tick] {
        let mapping = AxisMapping(axis: axis, range: range, start: plot.minX, end: plot.maxX)
        var previousEnd = -Double.infinity
        return ticks.major.filter { tick in
            guard let pixel = mapping.pixel(tick.value) else { return false }
            let half = TextMetrics.width(tick.label, size: Self.tickSize) / 2
            if pixel - half < previousEnd + 12 { return false }
            previousEnd = pixel + half
            return true
        }
    }

    /// A tick for every category, or for every second, third… where there are too many to label.
    private func categoryTicks(_ categories: [String], room: Double, needed: Double) -> Ticks {
        let stride = max(1, Int((Double(categories.count) * needed / max(room, 1)).rounded(.up)))
        let shown = Swift.stride(from: 0, to: categories.count, by: stride)
        return Ticks(major: shown.map { Tick(value: Double($0), label: DisplayWidth.singleLine(categories[$0])) })
    }

    /// The labels under a categorical axis, upright where every word fits into its place, and their height.
    private func labels(of categories: [String]) -> (CategoryLabels, Double) {
        let place = plot.width / Double(max(categories.count, 1)) - 8
        let texts = xTicks.major.map(\.label)
        let wrapped = texts.map { TextMetrics.wrap($0, size: Self.tickSize, width: max(place, 1)) }
        let isComplete = zip(wrapped, texts).allSatisfy { lines, text in
            lines.count <= 3 && lines.joined(separator: " ") == text.split(separator: " ").joined(separator: " ")
        }
        if isComplete && xTicks.major.count == categories.count {
            let lines = wrapped.reduce(1) { max($0, $1.count) }
            return (.upright(wrapped), Double(lines) * Self.tickSize * 1.2 + 2)
        }
        let short = texts.map { TextMetrics.shorten($0, size: Self.tickSize, width: 130) }
        let longest = short.reduce(0) { max($0, TextMetrics.width($1, size: Self.tickSize)) }
        // Slanted by 40 degrees.
        return (.slanted(short), longest * 0.643 + Self.tickSize)
    }
}
