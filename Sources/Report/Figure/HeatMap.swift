/// A table of numbers shown as coloured cells.
///
/// Row 0 is drawn on top, as in a printed matrix. Name rows and columns through the categories of the figure's axes.
public struct HeatMap: Sendable {
    /// The numbers, row by row; a number that is not finite is drawn in grey.
    public private(set) var rows: [[Double]]
    /// What the colours show, with its unit.
    public var title: String
    /// The colours.
    public var colors: ColorScale
    /// The numbers at the two ends of the colours, or nil to take them from the data.
    ///
    /// For diverging colours the range found is centred on zero.
    public var range: ClosedRange<Double>?
    /// How numbers are written into the cells, or nil to leave them blank; cells too small for it stay blank.
    public var cellFormat: NumberFormat?

    /// A heat map; all rows must have equal counts, anything else traps.
    public init(
        _ rows: [[Double]], title: String = "", colors: ColorScale = .viridis, range: ClosedRange<Double>? = nil,
        cellFormat: NumberFormat? = nil
    ) {
        if !rows.isEmpty { requireEqualCounts("HeatMap(_:)", rows.map(\.count)) }
        self.rows = rows
        self.title = title
        self.colors = colors
        self.range = range
        self.cellFormat = cellFormat
    }

    /// The number of columns.
    public var columnCount: Int { rows.first?.count ?? 0 }

    /// The axis of the colour bar, whose range is never empty.
    var colorRange: ClosedRange<Double> {
        let axis = Axis(range: range)
        var extent = AxisExtent()
        for row in rows {
            for value in row { extent.include(value, on: axis) }
        }
        if range == nil && colors == .diverging && !extent.isEmpty {
            let largest = max(abs(extent.lower), abs(extent.upper))
            extent.include(largest, on: axis)
            extent.include(-largest, on: axis)
        }
        return extent.range(for: axis, padding: 0)
    }

    /// The colour of a value, or nil where there is none.
    func color(_ value: Double, in range: ClosedRange<Double>) -> Color? {
        guard let value = Axis().drawable(value) else { return nil }
        return colors.color(at: (value - range.lowerBound) / (range.upperBound - range.lowerBound))
    }

    /// The heat map with at most `limit` rows and columns: blocks of cells become their mean.
    func reduced(to limit: Int) -> HeatMap {
        let height = (rows.count - 1) / limit + 1
        let width = (columnCount - 1) / limit + 1
        guard height > 1 || width > 1 else { return self }
        var result = self
        result.cellFormat = nil
        result.rows = stride(from: 0, to: rows.count, by: height).map { top in
            stride(from: 0, to: columnCount, by: width).map { left in
                var sum = 0.0
                var count = 0.0
                for row in rows[top..<min(top + height, rows.count)] {
                    for value in row[left..<min(left + width, columnCount)] {
                        guard let value = Axis().drawable(value) else { continue }
                        sum += value
                        count += 1
                    }
                }
                return count > 0 ? sum / count : .nan
            }
        }
        return result
    }
}
