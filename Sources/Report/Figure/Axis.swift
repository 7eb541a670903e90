/// One axis of a figure: what it shows, over which range, on which scale.
public struct Axis: Sendable, Equatable {
    /// How values are spread over the axis.
    public enum Scale: Sendable, Hashable {
        /// Equal differences have equal lengths.
        case linear
        /// Equal ratios have equal lengths; values that are not positive are left out.
        case log10
    }

    /// What the axis shows, with its unit.
    public var title: String
    /// The ends of the axis, or nil to take them from the data. Ends that the scale cannot show count as nil.
    public var range: ClosedRange<Double>?
    /// How values are spread over the axis.
    public var scale: Scale
    /// Names of the positions 0, 1, 2… of a categorical axis; empty for numbers.
    ///
    /// Categories run from left to right, or from top to bottom.
    public var categories: [String]

    /// An axis of numbers.
    public init(_ title: String = "", range: ClosedRange<Double>? = nil, scale: Scale = .linear) {
        self.title = title
        self.range = range
        self.scale = scale
        categories = []
    }

    /// An axis of named positions.
    public init(_ title: String = "", categories: [String]) {
        self.title = title
        range = nil
        scale = .linear
        self.categories = categories
    }

    /// The value as a figure can draw it, or nil for a gap: not finite, or not positive on a logarithmic axis.
    func drawable(_ value: Double) -> Double? {
        // Beyond these bounds the difference of two values or a tick's power of ten would overflow.
        guard value.isFinite, abs(value) < 1e290 else { return nil }
        if scale == .log10 { return value > 1e-290 ? value : nil }
        return abs(value) < 1e-290 ? 0 : value
    }
}

/// The range of an axis, found from the data.
struct AxisExtent {
    private(set) var lower = Double.infinity
    private(set) var upper = -Double.infinity
    private(set) var isWhole = true

    var isEmpty: Bool { lower > upper }

    /// Widens the extent to a value, if the axis can draw it.
    mutating func include(_ value: Double, on axis: Axis) {
        guard let value = axis.drawable(value) else { return }
        lower = min(lower, value)
        upper = max(upper, value)
        if isWhole && value.rounded() != value { isWhole = false }
    }

    /// The ends of the axis: the given range, or the data with `padding` (a share of the span) on both sides.
    ///
    /// Data that stays on one side of zero is not padded across it. A single value gets some room around it.
    func range(for axis: Axis, padding: Double) -> ClosedRange<Double> {
        if let range = axis.range, axis.drawable(range.lowerBound) != nil, axis.drawable(range.upperBound) != nil {
            return Self.widened(range, axis.scale)
        }
        if isEmpty { return axis.scale == .log10 ? 1...10 : 0...1 }
        let data = Self.widened(lower...upper, axis.scale)
        if axis.scale == .log10 {
            let margin = power(data.upperBound / data.lowerBound, padding)
            guard margin.isFinite else { return data }
            return data.lowerBound / margin...data.upperBound * margin
        }
        // Nothing but zeros has room on both sides.
        if lower == 0 && upper == 0 { return data }
        let margin = (data.upperBound - data.lowerBound) * padding
        let paddedLower = data.lowerBound - margin
        let paddedUpper = data.upperBound + margin
        return (lower >= 0 && paddedLower < 0 ? 0 : paddedLower)...(upper <= 0 && paddedUpper > 0 ? 0 : paddedUpper)
    }

    /// A range wide enough that its ends and ticks are distinct numbers.
    private static func widened(_ range: ClosedRange<Double>, _ scale: Axis.Scale) -> ClosedRange<Double> {
        let (lower, upper) = (range.lowerBound, range.upperBound)
        let magnitude = max(abs(lower), abs(upper))
        if upper - lower > magnitude * 1e-10 { return range }
        if scale == .log10 { return lower / 2...upper * 2 }
        if magnitude == 0 { return -0.5...0.5 }
        return lower - magnitude * 0.1...upper + magnitude * 0.1
    }
}

/// Maps values of one axis to pixels.
struct AxisMapping {
    let axis: Axis
    let range: ClosedRange<Double>
    /// The pixel of the lower end of the range and that of the upper end.
    let start: Double
    let end: Double

    private let lower: Double
    private let span: Double

    init(axis: Axis, range: ClosedRange<Double>, start: Double, end: Double) {
        self.axis = axis
        self.range = range
        self.start = start
        self.end = end
        let isLogarithmic = axis.scale == .log10
        lower = isLogarithmic ? logarithm10(range.lowerBound) : range.lowerBound
        span = (isLogarithmic ? logarithm10(range.upperBound) : range.upperBound) - lower
    }

    /// The pixel of a value, or nil where the axis cannot draw it.
    func pixel(_ value: Double) -> Double? {
        guard let value = axis.drawable(value) else { return nil }
        let position = ((axis.scale == .log10 ? logarithm10(value) : value) - lower) / span
        // Far outside the page the exact place no longer matters, but overflow would.
        return start + min(max(position, -1e6), 1e6) * (end - start)
    }

    /// Whether a value lies between the ends of the axis.
    func contains(_ value: Double) -> Bool {
        range.contains(value)
    }

    /// The value at a fraction of the axis, from 0 at its lower end to 1 at its upper end.
    func value(atFraction fraction: Double) -> Double {
        let position = lower + fraction * span
        return axis.scale == .log10 ? power(10, position) : position
    }
}
