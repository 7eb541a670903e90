/// A figure that can be printed: axes, series, a legend; rendered as SVG text.
///
/// ```swift
/// var figure = Figure(title: "ROC", x: Axis("False positive rate", range: 0...1), y: Axis("True positive rate"))
/// figure.add(.line(x: fpr, y: tpr, label: "MLP (AUROC 0.83)"))
/// figure.add(.diagonal)
/// let text = figure.svg()
/// ```
///
/// The same figure always gives the same text. Any data can be drawn: values that are not finite leave gaps, and
/// very long series are thinned out to what the eye can tell apart.
public struct Figure: Sendable {
    /// Where the legend stands; it never covers data.
    public enum LegendPlacement: Sendable, Hashable {
        /// Right of the plot, or below it where that would leave the plot too narrow.
        case automatic
        /// Right of the plot.
        case right
        /// Below the plot, which adds to the height of the figure.
        case below
        /// No legend.
        case none
    }

    /// The heading of the figure; empty for none.
    public var title: String
    /// The horizontal axis.
    public var x: Axis
    /// The vertical axis.
    public var y: Axis
    /// The width in pixels, at least 200.
    public var width: Double
    /// The height in pixels without a legend below, at least 150.
    public var height: Double
    /// Where the legend stands.
    public var legend: LegendPlacement
    /// What is drawn; later series cover earlier ones of the same kind.
    public private(set) var series: [Series] = []

    /// A figure without series yet.
    public init(
        title: String = "", x: Axis = Axis(), y: Axis = Axis(), width: Double = 680, height: Double = 420,
        legend: LegendPlacement = .automatic
    ) {
        self.title = title
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.legend = legend
    }

    /// Adds a series.
    public mutating func add(_ series: Series) {
        self.series.append(series)
    }

    /// The figure as SVG text.
    ///
    /// - Parameter identifier: Prefix of the identifiers inside; figures on one page need different ones.
    public func svg(identifier: String = "figure") -> String {
        var renderer = FigureRenderer(figure: self, identifier: identifier)
        return renderer.render()
    }

    /// Writes the figure as an SVG file, whole or not at all.
    public func write(to path: String) throws(ReportError) {
        try AtomicFile.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg() + "\n", to: path)
    }

    /// The heat map, if there is one; only the last counts.
    var heatMap: HeatMap? {
        for case .heatMap(let heatMap) in series.reversed().map(\.content) { return heatMap }
        return nil
    }

    /// Whether bars lie rather than stand.
    var hasLyingBars: Bool { x.categories.isEmpty && !y.categories.isEmpty }

    /// Whether the vertical axis runs down.
    var runsDown: Bool { !y.categories.isEmpty || (heatMap != nil && y.range == nil) }

    /// For each series its place in the palette.
    var slots: [Int] {
        var next = 0
        return series.map { series in
            if let slot = series.style.slot { return slot }
            guard series.takesSlot, series.style.color == nil else { return 0 }
            next += 1
            return next - 1
        }
    }

    /// The ranges of both axes, and whether each shows whole numbers only.
    func ranges() -> (x: ClosedRange<Double>, y: ClosedRange<Double>, wholeX: Bool, wholeY: Bool) {
        var extents = (x: AxisExtent(), y: AxisExtent())
        for series in self.series {
            include(series, in: &extents)
        }
        let hasMarks = series.contains { series in
            switch series.content {
            case .scatter, .errorBars: true
            default: false
            }
        }
        let padding = (x: hasMarks || hasLyingBars ? 0.04 : 0, y: 0.04)
        let xRange = categoryRange(x) ?? extents.x.range(for: x, padding: usesCells ? 0 : padding.x)
        let yRange =
            categoryRange(y)
            ?? extents.y.range(for: y, padding: usesCells ? 0 : padding.y)
        return (xRange, yRange, extents.x.isWhole && !extents.x.isEmpty, extents.y.isWhole && !extents.y.isEmpty)
    }

    private var usesCells: Bool { heatMap != nil }

    private func categoryRange(_ axis: Axis) -> ClosedRange<Double>? {
        axis.categories.isEmpty ? nil : -0.5...Double(axis.categories.count) - 0.5
    }

    private func include(_ series: Series, in extents: inout (x: AxisExtent, y: AxisExtent)) {
        func include(xs: [Double]) {
            for value in xs { extents.x.include(value, on: x) }
        }
        func include(ys: [Double]) {
            for value in ys { extents.y.include(value, on: y) }
        }
        switch series.content {
        case .line(let xs, let ys, let interval, _):
            include(xs: xs)
            include(ys: ys)
            include(ys: interval?.lower ?? [])
            include(ys: interval?.upper ?? [])
        case .band(let xs, let interval, _):
            include(xs: xs)
            include(ys: interval.lower)
            include(ys: interval.upper)
        case .scatter(let xs, let ys):
            include(xs: xs)
            include(ys: ys)
        case .errorBars(let xs, let ys, let interval):
            include(xs: xs)
            include(ys: ys)
            include(ys: interval.lower)
            include(ys: interval.upper)
        case .bars(let values, let interval):
            let reach = values + [0] + (interval?.lower ?? []) + (interval?.upper ?? [])
            let places = [-0.5, Double(values.count) - 0.5]
            if hasLyingBars {
                include(xs: reach)
            } else {
                include(xs: places)
                include(ys: reach)
            }
        case .horizontal(let value): include(ys: [value])
        case .vertical(let value): include(xs: [value])
        case .text(_, let textX, let textY, _):
            include(xs: [textX])
            include(ys: [textY])
        case .heatMap(let heatMap):
            include(xs: [-0.5, Double(heatMap.columnCount) - 0.5])
            include(ys: [-0.5, Double(heatMap.rows.count) - 0.5])
        case .diagonal: break
        }
    }
}
