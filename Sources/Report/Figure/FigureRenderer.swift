/// Draws a laid out figure: the parts around the data, then the data, then the legend.
struct FigureRenderer {
    let figure: Figure
    let identifier: String
    let layout: FigureLayout
    var canvas = Canvas()

    init(figure: Figure, identifier: String) {
        self.figure = figure
        self.identifier = identifier
        layout = FigureLayout(figure)
    }

    /// The whole figure as one `svg` element.
    mutating func render() -> String {
        let (width, height) = (coordinate(layout.width), coordinate(layout.height))
        let name = figure.title.isEmpty ? figure.y.title : figure.title
        canvas.writer.open(
            "svg",
            [
                ("xmlns", "http://www.w3.org/2000/svg"), ("width", width), ("height", height),
                ("viewBox", "0 0 \(width) \(height)"), ("role", "img"),
                ("aria-label", name.isEmpty ? "Figure" : name), ("font-family", Canvas.fontFamily),
            ])
        canvas.writer.newline()
        drawPatterns()
        canvas.rectangle(Rectangle(minX: 0, minY: 0, maxX: layout.width, maxY: layout.height), .fill(Color(0xFFFFFF)))
        drawTitles()
        if layout.heatMap == nil { drawGrid() }
        drawSeries()
        drawAxes()
        drawColorBar()
        drawLegend()
        canvas.writer.close()
        return canvas.writer.output
    }

    /// The identifier of the hatching that tells bars of a place apart in greyscale; nil for the first, which is plain.
    func pattern(_ slot: Int) -> String? {
        slot % 4 == 0 ? nil : "\(identifier)-hatch-\(slot)"
    }

    /// Colour of a series.
    func color(_ series: Series, _ slot: Int) -> Color {
        if let color = series.style.color { return color }
        return series.takesSlot || series.style.slot != nil ? Palette.color(slot) : Color(0x666666)
    }

    private mutating func drawPatterns() {
        var drawn: Set<Int> = []
        for (series, slot) in zip(figure.series, figure.slots) {
            guard case .bars = series.content, let name = pattern(slot), drawn.insert(slot).inserted else { continue }
            let angle = ["0", "45", "-45", "90"][slot % 4]
            canvas.writer.open(
                "pattern",
                [
                    ("id", name), ("width", "6"), ("height", "6"), ("patternUnits", "userSpaceOnUse"),
                    ("patternTransform", "rotate(\(angle))"),
                ])
            canvas.rectangle(Rectangle(minX: 0, minY: 0, maxX: 6, maxY: 6), .fill(color(series, slot)))
            canvas.rectangle(Rectangle(minX: 0, minY: 0, maxX: 1.4, maxY: 6), .fill(Color(0xFFFFFF), opacity: 0.75))
            canvas.writer.close()
            canvas.writer.newline()
        }
    }

    private mutating func drawTitles() {
        let plot = layout.plot
        let axisLine = FigureLayout.axisTitleSize * FigureLayout.lineHeight
        for (index, line) in layout.titleLines.enumerated() {
            let y = 14 + (Double(index) + 0.8) * FigureLayout.titleSize * FigureLayout.lineHeight
            // Centred on the plot where it fits there, otherwise on the figure.
            let half = TextMetrics.width(line, size: FigureLayout.titleSize, isBold: true) / 2
            let fits = plot.center.x - half >= 8 && plot.center.x + half <= layout.width - 8
            canvas.text(
                line, at: Point(x: fits ? plot.center.x : layout.width / 2, y: y),
                Canvas.TextStyle(size: FigureLayout.titleSize, anchor: .middle, isBold: true))
        }
        for (index, line) in layout.xTitleLines.enumerated() {
            let y = plot.maxY + layout.xLabelHeight + 8 + (Double(index) + 0.9) * axisLine + 3
            canvas.text(
                line, at: Point(x: plot.center.x, y: y),
                Canvas.TextStyle(size: FigureLayout.axisTitleSize, anchor: .middle))
        }
        for (index, line) in layout.yTitleLines.enumerated() {
            canvas.text(
                line, at: Point(x: 10 + (Double(index) + 0.8) * axisLine, y: plot.center.y),
                Canvas.TextStyle(size: FigureLayout.axisTitleSize, anchor: .middle, rotation: -90))
        }
    }

    private mutating func drawGrid() {
        let plot = layout.plot
        if figure.x.categories.isEmpty {
            for tick in layout.xTicks.major {
                guard let x = layout.x.pixel(tick.value) else { continue }
                canvas.line(Point(x: x, y: plot.minY), Point(x: x, y: plot.maxY), .stroke(Canvas.grid))
            }
        }
        if figure.y.categories.isEmpty {
            for tick in layout.yTicks.major {
                guard let y = layout.y.pixel(tick.value) else { continue }
                canvas.line(Point(x: plot.minX, y: y), Point(x: plot.maxX, y: y), .stroke(Canvas.grid))
            }
        }
    }

    private mutating func drawAxes() {
        let plot = layout.plot
        let paint = Canvas.Paint.stroke(Canvas.axis)
        canvas.line(Point(x: plot.minX, y: plot.maxY), Point(x: plot.maxX, y: plot.maxY), paint)
        canvas.line(Point(x: plot.minX, y: plot.minY), Point(x: plot.minX, y: plot.maxY), paint)
        for tick in layout.yTicks.major {
            guard let y = layout.y.pixel(tick.value) else { continue }
            canvas.line(Point(x: plot.minX - 4, y: y), Point(x: plot.minX, y: y), paint)
            canvas.text(
                tick.label, at: Point(x: plot.minX - 8, y: y + FigureLayout.tickSize * 0.35),
                Canvas.TextStyle(anchor: .end))
        }
        for value in layout.yTicks.minor {
            guard let y = layout.y.pixel(value) else { continue }
            canvas.line(Point(x: plot.minX - 2.5, y: y), Point(x: plot.minX, y: y), paint)
        }
        for value in layout.xTicks.minor {
            guard let x = layout.x.pixel(value) else { continue }
            canvas.line(Point(x: x, y: plot.maxY), Point(x: x, y: plot.maxY + 2.5), paint)
        }
        for (index, tick) in layout.xTicks.major.enumerated() {
            guard let x = layout.x.pixel(tick.value) else { continue }
            canvas.line(Point(x: x, y: plot.maxY), Point(x: x, y: plot.maxY + 4), paint)
            drawHorizontalLabel(tick, index: index, x: x)
        }
    }

    private mutating func drawHorizontalLabel(_ tick: Tick, index: Int, x: Double) {
        let top = layout.plot.maxY + 6
        guard !figure.x.categories.isEmpty else {
            let y = top + FigureLayout.tickSize * 0.95
            return canvas.text(tick.label, at: Point(x: x, y: y), Canvas.TextStyle(anchor: .middle))
        }
        switch layout.categoryLabels {
        case .upright(let lines):
            for (row, line) in lines[index].enumerated() {
                let y = top + FigureLayout.tickSize * (0.95 + 1.2 * Double(row))
                canvas.text(line, at: Point(x: x, y: y), Canvas.TextStyle(anchor: .middle))
            }
        case .slanted(let labels):
            canvas.text(
                labels[index], at: Point(x: x + 4, y: top + FigureLayout.tickSize * 0.6),
                Canvas.TextStyle(anchor: .end, rotation: -40))
        }
    }

    private mutating func drawColorBar() {
        guard let heatMap = layout.heatMap else { return }
        let plot = layout.plot
        let left = plot.maxX + FigureLayout.colorBar.distance
        let right = left + FigureLayout.colorBar.width
        let range = heatMap.colorRange
        let steps = 64
        for step in 0..<steps {
            let bottom = plot.maxY - plot.height * Double(step) / Double(steps)
            // Each step reaches a little under the next, or thin white lines show between them.
            let top = max(plot.maxY - plot.height * (Double(step) + 1.3) / Double(steps), plot.minY)
            let color = heatMap.colors.color(at: (Double(step) + 0.5) / Double(steps))
            canvas.rectangle(Rectangle(minX: left, minY: top, maxX: right, maxY: bottom), .fill(color))
        }
        canvas.rectangle(
            Rectangle(minX: left, minY: plot.minY, maxX: right, maxY: plot.maxY), .stroke(Canvas.axis, width: 0.8))
        let mapping = AxisMapping(axis: Axis(), range: range, start: plot.maxY, end: plot.minY)
        for tick in layout.colorTicks.major {
            guard let y = mapping.pixel(tick.value) else { continue }
            canvas.line(Point(x: right, y: y), Point(x: right + 4, y: y), .stroke(Canvas.axis))
            canvas.text(tick.label, at: Point(x: right + 8, y: y + FigureLayout.tickSize * 0.35))
        }
        for (index, line) in layout.colorTitleLines.enumerated() {
            let axisLine = FigureLayout.axisTitleSize * FigureLayout.lineHeight
            let x = right + 8 + layout.colorLabelWidth + 4 + (Double(index) + 0.8) * axisLine
            canvas.text(
                line, at: Point(x: x, y: plot.center.y),
                Canvas.TextStyle(size: FigureLayout.axisTitleSize, anchor: .middle, rotation: -90))
        }
    }

    private mutating func drawLegend() {
        let legend = layout.legend
        guard !legend.entries.isEmpty else { return }
        var corner = Point(x: layout.width - 8 - legend.columnWidth, y: layout.plot.minY)
        if legend.placement == .below {
            // Under the plot, but never out of the figure.
            let centered = layout.plot.center.x - legend.width / 2
            let left = min(max(centered, 16), max(16, layout.width - 16 - legend.width))
            corner = Point(x: left, y: layout.height - legend.belowMargin - 2)
        } else if layout.heatMap == nil {
            corner.x = layout.plot.maxX + 20
        }
        for (index, entry) in legend.entries.enumerated() {
            let offset = legend.position(of: index)
            let place = Point(x: corner.x + offset.x, y: corner.y + offset.y)
            drawSwatch(entry, at: place)
            let label = Point(x: place.x + legend.labelOffset, y: place.y + Legend.fontSize * 0.35)
            canvas.text(legend.shownLabel(entry), at: label, Canvas.TextStyle(size: Legend.fontSize))
        }
    }

    private mutating func drawSwatch(_ entry: Legend.Entry, at place: Point) {
        let color = color(entry.series, entry.slot)
        let right = place.x + Legend.swatchWidth
        let middle = Point(x: (place.x + right) / 2, y: place.y)
        let box = Rectangle(minX: place.x, minY: place.y - 5.5, maxX: right, maxY: place.y + 5.5)
        let style = entry.series.style
        switch entry.series.content {
        case .line(_, _, let interval, _):
            if interval != nil { canvas.rectangle(box, .fill(color, opacity: FigureRenderer.bandOpacity)) }
            let stroke = Canvas.Paint.stroke(color, width: style.lineWidth, dash: dash(style, entry.slot))
            canvas.line(place, Point(x: right, y: place.y), stroke)
            if let marker = style.marker { canvas.markers(marker, at: [middle], color: color) }
        case .band:
            canvas.rectangle(box, .fill(color, opacity: FigureRenderer.bandOpacity))
        case .bars:
            canvas.rectangle(box, Canvas.Paint(fill: color, pattern: pattern(entry.slot)))
        case .scatter:
            canvas.markers(style.marker ?? Palette.marker(entry.slot), at: [middle], color: color, radius: 3.8)
        case .errorBars:
            canvas.line(
                Point(x: middle.x, y: box.minY - 1.5), Point(x: middle.x, y: box.maxY + 1.5), .stroke(color, width: 1.5)
            )
            canvas.markers(style.marker ?? Palette.marker(entry.slot), at: [middle], color: color)
        case .horizontal, .vertical, .diagonal, .text, .heatMap:
            break
        }
    }
}
