/// Drawing of the data, from the back to the front.
extension FigureRenderer {
    static let bandOpacity = 0.2

    /// Draws all series: cells and bands behind, notes in front, otherwise in the order they were added.
    mutating func drawSeries() {
        let numbered = Array(zip(figure.series, figure.slots))
        drawCells()
        for (series, slot) in numbered { drawBand(series, color(series, slot)) }
        drawBars(numbered)
        for (series, slot) in numbered { drawLine(series, slot) }
        for (series, slot) in numbered { drawPoints(series, slot) }
        // A thin dashed line hides nothing, but would itself vanish behind many points.
        for (series, slot) in numbered { drawReference(series, color(series, slot)) }
        for (series, slot) in numbered { drawNote(series, color(series, slot)) }
    }

    /// The dash pattern of a line.
    func dash(_ style: SeriesStyle, _ slot: Int) -> [Double] {
        style.dash ?? Palette.dash(slot)
    }

    // MARK: Heat maps

    private mutating func drawCells() {
        guard let heatMap = layout.heatMap, heatMap.columnCount > 0 else { return }
        let plot = layout.plot
        let original = figure.heatMap ?? heatMap
        // A reduced heat map still covers the axes of the original.
        let rowScale = Double(original.rows.count) / Double(heatMap.rows.count)
        let columnScale = Double(original.columnCount) / Double(heatMap.columnCount)
        let range = heatMap.colorRange
        func edge(_ mapping: AxisMapping, _ index: Int, _ scale: Double, _ low: Double, _ high: Double) -> Double {
            min(max(mapping.pixel(Double(index) * scale - 0.5) ?? low, low), high)
        }
        let columns = (0...heatMap.columnCount).map { edge(layout.x, $0, columnScale, plot.minX, plot.maxX) }
        let rows = (0...heatMap.rows.count).map { edge(layout.y, $0, rowScale, plot.minY, plot.maxY) }
        canvas.writer.open("g", [("shape-rendering", "crispEdges")])
        for (row, values) in heatMap.rows.enumerated() {
            let colors = values.map { heatMap.color($0, in: range) ?? Canvas.missing }
            var start = 0
            while start < colors.count {
                var end = start + 1
                // Neighbours of one colour are one rectangle, which keeps large maps small.
                while end < colors.count, colors[end] == colors[start] { end += 1 }
                var cell = Rectangle(
                    minX: columns[start], minY: min(rows[row], rows[row + 1]), maxX: columns[end],
                    maxY: max(rows[row], rows[row + 1]))
                // Cells reach a little under the next ones, or thin white lines show between them.
                cell.maxX = min(cell.maxX + 0.6, plot.maxX)
                cell.maxY = min(cell.maxY + 0.6, plot.maxY)
                canvas.rectangle(cell, .fill(colors[start]))
                start = end
            }
        }
        canvas.writer.close()
        if let format = heatMap.cellFormat { drawCellTexts(heatMap, format, columns, rows) }
    }

    private mutating func drawCellTexts(
        _ heatMap: HeatMap, _ format: NumberFormat, _ columns: [Double], _ rows: [Double]
    ) {
        let range = heatMap.colorRange
        let texts = heatMap.rows.map { row in
            row.map { ($0.isFinite ? format.text($0) : "").replacing("-", with: "−") }
        }
        let widest = texts.joined().reduce(0) { max($0, TextMetrics.width($1, size: FigureLayout.tickSize)) }
        guard widest + 4 <= columns[1] - columns[0], abs(rows[1] - rows[0]) >= FigureLayout.tickSize * 1.2 else {
            return
        }
        for (row, line) in texts.enumerated() {
            for (column, text) in line.enumerated() {
                let color = heatMap.color(heatMap.rows[row][column], in: range) ?? Canvas.missing
                let point = Point(
                    x: (columns[column] + columns[column + 1]) / 2,
                    y: (rows[row] + rows[row + 1]) / 2 + FigureLayout.tickSize * 0.35)
                // Above this luminance black has the higher contrast (WCAG 2.1, equal ratios at 0.179).
                let ink = color.luminance > 0.179 ? Color(0x000000) : Color(0xFFFFFF)
                canvas.text(text, at: point, Canvas.TextStyle(color: ink, anchor: .middle))
            }
        }
    }

    // MARK: Lines and bands

    private mutating func drawBand(_ series: Series, _ color: Color) {
        switch series.content {
        case .line(let x, _, let interval?, let isStep), .band(let x, let interval, let isStep):
            var pieces: [[Point]] = []
            for (lower, upper) in bandPieces(x, interval, isStep) {
                let thin = Decimation.band(lower: lower, upper: upper, in: layout.plot)
                pieces.append(layout.plot.clip(polygon: thin.upper + thin.lower.reversed()))
            }
            canvas.path(pieces, isClosed: true, .fill(color, opacity: Self.bandOpacity))
        default: break
        }
    }

    /// The two edges of a band in pixels, cut where a value is missing.
    private func bandPieces(
        _ x: [Double], _ interval: Series.Interval, _ isStep: Bool
    ) -> [(lower: [Point], upper: [Point])] {
        var pieces: [(lower: [Point], upper: [Point])] = []
        var lower: [Point] = []
        var upper: [Point] = []
        for index in x.indices {
            guard let px = layout.x.pixel(x[index]), let low = layout.y.pixel(interval.lower[index]),
                let high = layout.y.pixel(interval.upper[index])
            else {
                if lower.count > 1 { pieces.append((lower, upper)) }
                lower = []
                upper = []
                continue
            }
            if isStep, let lastLow = lower.last, let lastHigh = upper.last {
                lower.append(Point(x: px, y: lastLow.y))
                upper.append(Point(x: px, y: lastHigh.y))
            }
            lower.append(Point(x: px, y: low))
            upper.append(Point(x: px, y: high))
        }
        if lower.count > 1 { pieces.append((lower, upper)) }
        return pieces
    }

    private mutating func drawLine(_ series: Series, _ slot: Int) {
        guard case .line(let x, let y, _, let isStep) = series.content else { return }
        let color = color(series, slot)
        var pieces: [[Point]] = []
        var lonely: [Point] = []
        for run in runs(x, y) {
            if run.count == 1 { lonely += run.filter(layout.plot.contains) }
            var vertices = run
            if isStep {
                vertices = []
                for point in run {
                    if let last = vertices.last { vertices.append(Point(x: point.x, y: last.y)) }
                    vertices.append(point)
                }
            }
            pieces += layout.plot.clip(polyline: Decimation.line(vertices, in: layout.plot))
        }
        canvas.path(pieces, .stroke(color, width: series.style.lineWidth, dash: dash(series.style, slot)))
        if let marker = series.style.marker {
            let points = runs(x, y).joined().filter(layout.plot.contains)
            canvas.markers(marker, at: Decimation.scatter(points), color: color)
        } else {
            // A value between two gaps has no line, and without a mark it would vanish.
            canvas.markers(.circle, at: Decimation.scatter(lonely), color: color)
        }
    }

    /// Points in pixels, cut into runs where a value is missing.
    private func runs(_ x: [Double], _ y: [Double]) -> [[Point]] {
        var result: [[Point]] = []
        var run: [Point] = []
        for (x, y) in zip(x, y) {
            if let px = layout.x.pixel(x), let py = layout.y.pixel(y) {
                run.append(Point(x: px, y: py))
            } else if !run.isEmpty {
                result.append(run)
                run = []
            }
        }
        if !run.isEmpty { result.append(run) }
        return result
    }

    // MARK: Points

    private mutating func drawPoints(_ series: Series, _ slot: Int) {
        let color = color(series, slot)
        let marker = series.style.marker ?? Palette.marker(slot)
        switch series.content {
        case .scatter(let x, let y):
            let points = runs(x, y).joined().filter(layout.plot.contains)
            let opacity = points.count > 300 ? 0.45 : 0.8
            let radius = points.count > 300 ? 2.4 : 3.2
            canvas.markers(
                marker, at: Decimation.scatter(points), color: color, radius: radius, opacity: opacity)
        case .errorBars(let x, let y, let interval):
            var points: [Point] = []
            for index in x.indices {
                guard let px = layout.x.pixel(x[index]), px >= layout.plot.minX, px <= layout.plot.maxX else {
                    continue
                }
                drawWhisker(across: px, from: interval.lower[index], to: interval.upper[index], isLying: false, color)
                if let py = layout.y.pixel(y[index]), layout.y.contains(y[index]) {
                    points.append(Point(x: px, y: py))
                }
            }
            canvas.markers(marker, at: points, color: color)
        default: break
        }
    }

    /// One interval with its caps, cut off at the ends of the axis.
    private mutating func drawWhisker(
        across position: Double, from lower: Double, to upper: Double, isLying: Bool, _ color: Color
    ) {
        let mapping = isLying ? layout.x : layout.y
        guard let start = mapping.pixel(lower), let end = mapping.pixel(upper) else { return }
        let low = min(mapping.start, mapping.end)
        let high = max(mapping.start, mapping.end)
        guard max(start, end) >= low, min(start, end) <= high else { return }
        func point(_ along: Double, _ across: Double) -> Point {
            isLying ? Point(x: along, y: position + across) : Point(x: position + across, y: along)
        }
        let paint = Canvas.Paint.stroke(color, width: 1.4)
        canvas.line(point(min(max(start, low), high), 0), point(min(max(end, low), high), 0), paint)
        for cap in [start, end] where cap >= low && cap <= high {
            canvas.line(point(cap, -4), point(cap, 4), paint)
        }
    }

    // MARK: Bars

    private mutating func drawBars(_ numbered: [(Series, Int)]) {
        let groups = numbered.filter { series, _ in
            if case .bars = series.content { true } else { false }
        }
        for (place, (series, slot)) in groups.enumerated() {
            guard case .bars(let values, let interval) = series.content else { continue }
            drawBars(values, interval, series, slot, place: place, of: groups.count)
        }
    }

    private mutating func drawBars(
        _ values: [Double], _ interval: Series.Interval?, _ series: Series, _ slot: Int, place: Int, of count: Int
    ) {
        let isLying = figure.hasLyingBars
        let along = isLying ? layout.x : layout.y
        let across = isLying ? layout.y : layout.x
        let base = along.pixel(0) ?? along.start
        let low = min(along.start, along.end)
        let high = max(along.start, along.end)
        let width = 0.76 / Double(count)
        let color = color(series, slot)
        for (index, value) in values.enumerated() {
            let left = Double(index) - 0.38 + width * Double(place)
            guard across.contains(left), let tip = along.pixel(value), let first = across.pixel(left + width * 0.03),
                let second = across.pixel(left + width * 0.97)
            else { continue }
            let from = min(max(min(base, tip), low), high)
            let to = min(max(max(base, tip), low), high)
            let bar =
                isLying
                ? Rectangle(minX: from, minY: min(first, second), maxX: to, maxY: max(first, second))
                : Rectangle(minX: min(first, second), minY: from, maxX: max(first, second), maxY: to)
            canvas.rectangle(bar, Canvas.Paint(fill: color, pattern: pattern(slot)))
        }
        guard let interval else { return }
        for index in values.indices {
            let middle = Double(index) - 0.38 + width * (Double(place) + 0.5)
            guard across.contains(middle), let position = across.pixel(middle) else { continue }
            drawWhisker(
                across: position, from: interval.lower[index], to: interval.upper[index], isLying: isLying, Canvas.ink)
        }
        // Bars on both sides of zero need the line they stand on.
        if base > low && base < high {
            let plot = layout.plot
            let start = isLying ? Point(x: base, y: plot.minY) : Point(x: plot.minX, y: base)
            let end = isLying ? Point(x: base, y: plot.maxY) : Point(x: plot.maxX, y: base)
            canvas.line(start, end, .stroke(Canvas.axis))
        }
    }

    // MARK: Reference lines and notes

    private mutating func drawReference(_ series: Series, _ color: Color) {
        let plot = layout.plot
        let paint = Canvas.Paint.stroke(
            color, width: min(series.style.lineWidth, 1.3), dash: series.style.dash ?? [5, 4])
        switch series.content {
        case .horizontal(let value):
            guard layout.y.contains(value), let y = layout.y.pixel(value) else { return }
            canvas.line(Point(x: plot.minX, y: y), Point(x: plot.maxX, y: y), paint)
        case .vertical(let value):
            guard layout.x.contains(value), let x = layout.x.pixel(value) else { return }
            canvas.line(Point(x: x, y: plot.minY), Point(x: x, y: plot.maxY), paint)
        case .diagonal:
            // Sampled evenly in pixels, so that it is right on any pair of scales.
            let points = (0...64).compactMap { step -> Point? in
                let value = layout.x.value(atFraction: Double(step) / 64)
                guard let x = layout.x.pixel(value), let y = layout.y.pixel(value) else { return nil }
                return Point(x: x, y: y)
            }
            let isStraight = figure.x.scale == figure.y.scale
            let line = isStraight ? [points.first, points.last].compactMap { $0 } : points
            canvas.path(plot.clip(polyline: line), paint)
        default: break
        }
    }

    private mutating func drawNote(_ series: Series, _ color: Color) {
        let plot = layout.plot
        switch series.content {
        case .text(let text, let x, let y, let anchor):
            guard let px = layout.x.pixel(x), let py = layout.y.pixel(y), plot.contains(Point(x: px, y: py)) else {
                return
            }
            let ink = series.style.color ?? series.style.slot.map(Palette.color) ?? Canvas.ink
            drawNote(text, at: Point(x: px, y: py + FigureLayout.tickSize * 0.35), anchor, ink)
        case .horizontal(let value):
            guard let label = series.label, layout.y.contains(value), let y = layout.y.pixel(value) else { return }
            // Above the line, but below it where it would leave the plot.
            let isHigh = y - plot.minY < FigureLayout.tickSize * 1.4
            let baseline = isHigh ? y + FigureLayout.tickSize * 1.15 : y - 5
            drawNote(label, at: Point(x: plot.maxX - 4, y: baseline), .end, color)
        case .vertical(let value):
            guard let label = series.label, layout.x.contains(value), let x = layout.x.pixel(value) else { return }
            let width = TextMetrics.width(label, size: FigureLayout.tickSize)
            let isFarRight = x + 6 + width > plot.maxX
            let point = Point(x: isFarRight ? x - 6 : x + 6, y: plot.minY + FigureLayout.tickSize)
            drawNote(label, at: point, isFarRight ? .end : .start, color)
        default: break
        }
    }

    /// A note with a white edge, moved so far that it stays inside the figure.
    private mutating func drawNote(_ text: String, at point: Point, _ anchor: TextAnchor, _ color: Color) {
        let text = TextMetrics.shorten(
            DisplayWidth.singleLine(text), size: FigureLayout.tickSize, width: max(layout.plot.width - 8, 20))
        let width = TextMetrics.width(text, size: FigureLayout.tickSize)
        let offset = anchor == .start ? 0 : anchor == .middle ? width / 2 : width
        let left = min(
            max(point.x - offset, layout.plot.minX + 4), max(layout.plot.maxX - 4 - width, layout.plot.minX + 4))
        let moved = Point(x: left + offset, y: point.y)
        canvas.text(text, at: moved, Canvas.TextStyle(color: color, anchor: anchor, hasHalo: true))
    }
}
