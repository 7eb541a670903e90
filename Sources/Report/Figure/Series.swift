/// One thing drawn in a figure: data, or a line or note that helps to read them.
///
/// ```swift
/// figure.add(.line(x: epochs, y: loss, label: "validation"))
/// figure.add(.horizontal(at: 0.5, label: "chance"))
/// ```
///
/// Values that are not finite, or not positive on a logarithmic axis, leave a gap. Lists of one call that belong
/// together must have equal counts; anything else traps.
public struct Series: Sendable {
    /// The name in the legend, or nil to stay out of it.
    public var label: String?
    /// How the series looks.
    public var style: SeriesStyle

    let content: Content

    enum Content: Sendable {
        case line(x: [Double], y: [Double], interval: Interval?, isStep: Bool)
        case band(x: [Double], interval: Interval, isStep: Bool)
        case scatter(x: [Double], y: [Double])
        case bars(values: [Double], interval: Interval?)
        case errorBars(x: [Double], y: [Double], interval: Interval)
        case horizontal(Double)
        case vertical(Double)
        case diagonal
        case text(String, x: Double, y: Double, anchor: TextAnchor)
        case heatMap(HeatMap)
    }

    /// The lower and upper ends of intervals around the values of a series.
    public struct Interval: Sendable, Equatable {
        /// The lower ends.
        public var lower: [Double]
        /// The upper ends.
        public var upper: [Double]

        /// Intervals from their ends.
        public init(lower: [Double], upper: [Double]) {
            self.lower = lower
            self.upper = upper
        }

        /// Intervals of a half width around each value.
        public init(around values: [Double], halfWidth: [Double]) {
            requireEqualCounts("Series.Interval(around:halfWidth:)", [values.count, halfWidth.count])
            lower = zip(values, halfWidth).map { $0 - $1 }
            upper = zip(values, halfWidth).map { $0 + $1 }
        }
    }

    /// A line through points, with an optional band for its uncertainty.
    public static func line(
        x: [Double], y: [Double], interval: Interval? = nil, label: String? = nil, style: SeriesStyle = SeriesStyle()
    ) -> Series {
        requireEqualCounts("Series.line(x:y:)", [x.count, y.count] + counts(interval))
        return Series(label: label, style: style, content: .line(x: x, y: y, interval: interval, isStep: false))
    }

    /// A line that keeps each value until the next x, as a survival curve does, with an optional band.
    public static func steps(
        x: [Double], y: [Double], interval: Interval? = nil, label: String? = nil, style: SeriesStyle = SeriesStyle()
    ) -> Series {
        requireEqualCounts("Series.steps(x:y:)", [x.count, y.count] + counts(interval))
        return Series(label: label, style: style, content: .line(x: x, y: y, interval: interval, isStep: true))
    }

    /// A filled area between two lines, or two step lines.
    public static func band(
        x: [Double], lower: [Double], upper: [Double], isStep: Bool = false, label: String? = nil,
        style: SeriesStyle = SeriesStyle()
    ) -> Series {
        requireEqualCounts("Series.band(x:lower:upper:)", [x.count, lower.count, upper.count])
        let interval = Interval(lower: lower, upper: upper)
        return Series(label: label, style: style, content: .band(x: x, interval: interval, isStep: isStep))
    }

    /// Points without a line.
    public static func scatter(
        x: [Double], y: [Double], label: String? = nil, style: SeriesStyle = SeriesStyle()
    ) -> Series {
        requireEqualCounts("Series.scatter(x:y:)", [x.count, y.count])
        return Series(label: label, style: style, content: .scatter(x: x, y: y))
    }

    /// One bar for each category of the categorical axis; several such series stand side by side.
    ///
    /// Bars lie when the categories are on the y axis. Without categories they stand at x = 0, 1, 2…
    public static func bars(
        _ values: [Double], interval: Interval? = nil, label: String? = nil, style: SeriesStyle = SeriesStyle()
    ) -> Series {
        requireEqualCounts("Series.bars(_:interval:)", [values.count] + counts(interval))
        return Series(label: label, style: style, content: .bars(values: values, interval: interval))
    }

    /// Points with vertical intervals.
    public static func errorBars(
        x: [Double], y: [Double], interval: Interval, label: String? = nil, style: SeriesStyle = SeriesStyle()
    ) -> Series {
        requireEqualCounts("Series.errorBars(x:y:interval:)", [x.count, y.count] + counts(interval))
        return Series(label: label, style: style, content: .errorBars(x: x, y: y, interval: interval))
    }

    /// A horizontal reference line; its label stands at its right end.
    public static func horizontal(at y: Double, label: String? = nil, style: SeriesStyle = SeriesStyle()) -> Series {
        Series(label: label, style: style, content: .horizontal(y))
    }

    /// A vertical reference line; its label stands at its upper end.
    public static func vertical(at x: Double, label: String? = nil, style: SeriesStyle = SeriesStyle()) -> Series {
        Series(label: label, style: style, content: .vertical(x))
    }

    /// The reference line y = x.
    public static let diagonal = Series(label: nil, style: SeriesStyle(), content: .diagonal)

    /// A note at a point of the plot.
    public static func text(
        _ text: String, x: Double, y: Double, anchor: TextAnchor = .start, style: SeriesStyle = SeriesStyle()
    ) -> Series {
        Series(label: nil, style: style, content: .text(text, x: x, y: y, anchor: anchor))
    }

    /// A grid of coloured cells with a colour bar.
    public static func heatMap(_ heatMap: HeatMap) -> Series {
        Series(label: nil, style: SeriesStyle(), content: .heatMap(heatMap))
    }

    /// Whether the series takes a colour of its own.
    var takesSlot: Bool {
        switch content {
        case .line, .band, .scatter, .bars, .errorBars: true
        case .horizontal, .vertical, .diagonal, .text, .heatMap: false
        }
    }

    private static func counts(_ interval: Interval?) -> [Int] {
        interval.map { [$0.lower.count, $0.upper.count] } ?? []
    }
}

/// How a series looks; what is nil is chosen by its place in the figure.
public struct SeriesStyle: Sendable, Equatable {
    /// The place in the palette, from 0; series that belong together can share one.
    public var slot: Int?
    /// A colour instead of that of the place.
    public var color: Color?
    /// Lengths of strokes and gaps in pixels instead of the pattern of the place; empty for a solid line.
    public var dash: [Double]?
    /// The marker of points instead of that of the place; on a line, markers are drawn only where one is given.
    public var marker: Marker?
    /// The width of lines in pixels.
    public var lineWidth: Double

    /// A style with the given choices.
    public init(
        slot: Int? = nil, color: Color? = nil, dash: [Double]? = nil, marker: Marker? = nil, lineWidth: Double = 2
    ) {
        self.slot = slot.map { max($0, 0) }
        self.color = color
        self.dash = dash
        self.marker = marker
        self.lineWidth = lineWidth.isFinite ? min(max(lineWidth, 0.1), 20) : 2
    }
}

/// Which part of a note stands at its point.
public enum TextAnchor: Sendable, Hashable {
    /// The note begins at the point.
    case start
    /// The note is centred on the point.
    case middle
    /// The note ends at the point.
    case end
}

/// Traps unless all counts are equal: the caller paired lists that do not belong together.
func requireEqualCounts(_ call: String, _ counts: [Int]) {
    guard let first = counts.first, counts.allSatisfy({ $0 == first }) else {
        fatalError("\(call): the lists have \(counts) elements; all must have the same count.")
    }
}
