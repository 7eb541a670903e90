/// The SVG elements that figures are made of, with their defaults in one place.
struct Canvas {
    static let ink = Color(0x222222)
    static let axis = Color(0x555555)
    static let grid = Color(0xE4E4E4)
    static let missing = Color(0xD0D0D0)
    static let fontFamily = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"

    /// The outline and filling of a shape.
    struct Paint {
        var fill: Color?
        /// The identifier of a pattern that fills instead of the colour.
        var pattern: String?
        var stroke: Color?
        var strokeWidth = 1.0
        var dash: [Double] = []
        var opacity = 1.0

        var attributes: [MarkupWriter.Attribute] {
            var result: [MarkupWriter.Attribute] = [("fill", pattern.map { "url(#\($0))" } ?? fill?.css ?? "none")]
            if fill != nil || pattern != nil, opacity < 1 { result.append(("fill-opacity", coordinate(opacity))) }
            if let stroke {
                result.append(("stroke", stroke.css))
                result.append(("stroke-width", coordinate(strokeWidth)))
                let dash = self.dash.filter { $0.isFinite && $0 >= 0 }
                if !dash.isEmpty {
                    result.append(("stroke-dasharray", dash.map(coordinate).joined(separator: " ")))
                }
            }
            return result
        }

        static func fill(_ color: Color, opacity: Double = 1) -> Paint { Paint(fill: color, opacity: opacity) }

        static func stroke(_ color: Color, width: Double = 1, dash: [Double] = []) -> Paint {
            Paint(stroke: color, strokeWidth: width, dash: dash)
        }
    }

    /// How a piece of text is set.
    struct TextStyle {
        var size = FigureLayout.tickSize
        var color = Canvas.ink
        var anchor = TextAnchor.start
        var isBold = false
        /// Degrees clockwise about the point.
        var rotation = 0.0
        /// Whether a white edge keeps the text readable on top of lines.
        var hasHalo = false
    }

    var writer = MarkupWriter()

    mutating func line(_ start: Point, _ end: Point, _ paint: Paint) {
        writer.empty(
            "line",
            [
                ("x1", coordinate(start.x)), ("y1", coordinate(start.y)), ("x2", coordinate(end.x)),
                ("y2", coordinate(end.y)),
            ] + paint.attributes)
        writer.newline()
    }

    mutating func rectangle(_ rectangle: Rectangle, _ paint: Paint) {
        writer.empty(
            "rect",
            [
                ("x", coordinate(rectangle.minX)), ("y", coordinate(rectangle.minY)),
                ("width", coordinate(max(rectangle.width, 0))), ("height", coordinate(max(rectangle.height, 0))),
            ] + paint.attributes)
        writer.newline()
    }

    /// Several polylines, or closed polygons, as one path.
    mutating func path(_ pieces: [[Point]], isClosed: Bool = false, _ paint: Paint) {
        var data = ""
        for piece in pieces where piece.count > 1 {
            for (index, point) in piece.enumerated() {
                data += index == 0 ? "M" : index == 1 ? "L" : " "
                data += coordinate(point.x) + "," + coordinate(point.y)
            }
            if isClosed { data += "Z" }
        }
        guard !data.isEmpty else { return }
        writer.empty("path", [("d", data)] + paint.attributes + [("stroke-linejoin", "round")])
        writer.newline()
    }

    /// Text whose baseline begins, is centred or ends at a point; superscript characters become raised digits.
    mutating func text(_ text: String, at point: Point, _ style: TextStyle = TextStyle()) {
        guard !text.isEmpty else { return }
        var attributes: [MarkupWriter.Attribute] = [
            ("x", coordinate(point.x)), ("y", coordinate(point.y)), ("font-size", coordinate(style.size)),
            ("fill", style.color.css),
        ]
        switch style.anchor {
        case .start: break
        case .middle: attributes.append(("text-anchor", "middle"))
        case .end: attributes.append(("text-anchor", "end"))
        }
        if style.isBold { attributes.append(("font-weight", "bold")) }
        if style.rotation != 0 {
            let center = "\(coordinate(point.x)) \(coordinate(point.y))"
            attributes.append(("transform", "rotate(\(coordinate(style.rotation)) \(center))"))
        }
        if style.hasHalo {
            attributes += [
                ("stroke", "#ffffff"), ("stroke-width", "3"), ("stroke-linejoin", "round"),
                ("paint-order", "stroke"),
            ]
        }
        writer.open("text", attributes)
        writeRuns(text, size: style.size)
        writer.close()
        writer.newline()
    }

    private mutating func writeRuns(_ text: String, size: Double) {
        let shift = size * 0.36
        var raised = ""
        var plain = ""
        var isShifted = false
        for character in text {
            if let digit = Superscript.plain(character) {
                writer.text(isShifted ? "" : plain)
                if isShifted, !plain.isEmpty { lowered(plain, by: shift, isShifted: &isShifted) }
                plain = ""
                raised += digit
            } else {
                if !raised.isEmpty {
                    raise(raised, by: shift, size: size, isShifted: &isShifted)
                    raised = ""
                }
                plain.append(character)
            }
        }
        if !raised.isEmpty { raise(raised, by: shift, size: size, isShifted: &isShifted) }
        if isShifted, !plain.isEmpty {
            lowered(plain, by: shift, isShifted: &isShifted)
        } else {
            writer.text(plain)
        }
    }

    private mutating func raise(_ digits: String, by shift: Double, size: Double, isShifted: inout Bool) {
        writer.element(
            "tspan", [("dy", coordinate(-shift)), ("font-size", coordinate(size * Superscript.size))], text: digits)
        isShifted = true
    }

    private mutating func lowered(_ text: String, by shift: Double, isShifted: inout Bool) {
        writer.element("tspan", [("dy", coordinate(shift))], text: text)
        isShifted = false
    }

    /// Markers centred on points; what they have in common is said once for all of them.
    mutating func markers(_ marker: Marker, at points: [Point], color: Color, radius: Double = 3.2, opacity: Double = 1)
    {
        guard !points.isEmpty else { return }
        writer.open("g", Self.paint(marker, color, opacity).attributes)
        writer.newline()
        for point in points { outline(marker, at: point, radius: radius) }
        writer.close()
        writer.newline()
    }

    private static func paint(_ marker: Marker, _ color: Color, _ opacity: Double) -> Paint {
        switch marker {
        case .circle, .square, .triangle, .diamond: .fill(color, opacity: opacity)
        case .cross, .plus, .tick: .stroke(color, width: 1.7)
        }
    }

    private mutating func outline(_ marker: Marker, at point: Point, radius: Double) {
        switch marker {
        case .circle:
            writer.empty(
                "circle", [("cx", coordinate(point.x)), ("cy", coordinate(point.y)), ("r", coordinate(radius))])
        case .square: outline([[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]], "Z", point, radius)
        case .triangle: outline([[(0, -1.2), (1.1, 0.8), (-1.1, 0.8)]], "Z", point, radius)
        case .diamond: outline([[(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)]], "Z", point, radius)
        case .cross: outline([[(-0.9, -0.9), (0.9, 0.9)], [(-0.9, 0.9), (0.9, -0.9)]], "", point, radius)
        case .plus: outline([[(-1.1, 0), (1.1, 0)], [(0, -1.1), (0, 1.1)]], "", point, radius)
        case .tick: outline([[(0, -1.4), (0, 1.4)]], "", point, radius)
        }
        writer.newline()
    }

    /// A path through corners given in radii from the centre.
    private mutating func outline(_ pieces: [[(Double, Double)]], _ end: String, _ center: Point, _ radius: Double) {
        var data = ""
        for piece in pieces {
            for (index, corner) in piece.enumerated() {
                data += index == 0 ? "M" : index == 1 ? "L" : " "
                data += coordinate(center.x + corner.0 * radius) + "," + coordinate(center.y + corner.1 * radius)
            }
            data += end
        }
        writer.empty("path", [("d", data)])
    }
}
