/// The entries of a figure's legend and their places.
struct Legend {
    /// One named series.
    struct Entry {
        let series: Series
        let slot: Int
        let label: String
    }

    static let fontSize = 12.0
    static let lineHeight = 19.0
    static let swatchWidth = 30.0
    private static let gap = 7.0

    let entries: [Entry]
    let placement: Figure.LegendPlacement
    /// Width of one column including its swatch.
    let columnWidth: Double
    let columnCount: Int

    init(figure: Figure, width: Double) {
        var entries: [Entry] = []
        for (series, slot) in zip(figure.series, figure.slots) {
            guard series.takesSlot, let label = series.label, !label.isEmpty else { continue }
            entries.append(Entry(series: series, slot: slot, label: DisplayWidth.singleLine(label)))
        }
        let widest = entries.reduce(0) { max($0, TextMetrics.width($1.label, size: Self.fontSize)) }
        let natural = Self.swatchWidth + Self.gap + widest.rounded(.up)
        var placement = entries.isEmpty ? .none : figure.legend
        if placement == .automatic {
            let fits = natural <= width * 0.27 && Double(entries.count) * Self.lineHeight <= figure.height * 0.75
            placement = fits && entries.count > 1 ? .right : .below
        }
        self.placement = placement
        if placement == .right {
            columnWidth = min(natural, width * 0.45)
            columnCount = 1
        } else {
            columnWidth = min(natural, width)
            columnCount = min(max(1, Int((width + 18) / (columnWidth + 18))), max(entries.count, 1))
        }
        self.entries = placement == .none ? [] : entries
    }

    /// Room that the legend takes right of the plot.
    var rightMargin: Double { placement == .right ? columnWidth + 18 : 0 }

    /// Room that the legend takes below the plot.
    var belowMargin: Double {
        guard placement == .below else { return 0 }
        return Double((entries.count - 1) / columnCount + 1) * Self.lineHeight + 8
    }

    /// The middle of the left end of an entry's swatch, relative to the legend's corner.
    func position(of index: Int) -> Point {
        let row = index / columnCount
        let column = index % columnCount
        return Point(
            x: Double(column) * (columnWidth + 18), y: Double(row) * Self.lineHeight + Self.lineHeight / 2)
    }

    /// The label of an entry, shortened where even a line of its own is too narrow.
    func shownLabel(_ entry: Entry) -> String {
        TextMetrics.shorten(entry.label, size: Self.fontSize, width: columnWidth - Self.swatchWidth - Self.gap + 1)
    }

    /// Where the label begins, relative to the swatch.
    var labelOffset: Double { Self.swatchWidth + Self.gap }

    /// The width of all columns.
    var width: Double { Double(columnCount) * (columnWidth + 18) - 18 }
}
