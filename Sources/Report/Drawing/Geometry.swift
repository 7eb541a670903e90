/// A position on the drawing, in pixels from the upper left corner.
struct Point: Equatable, Sendable {
    var x: Double
    var y: Double
}

/// An axis-parallel rectangle on the drawing, in pixels.
struct Rectangle: Equatable, Sendable {
    var minX: Double
    var minY: Double
    var maxX: Double
    var maxY: Double

    var width: Double { maxX - minX }
    var height: Double { maxY - minY }
    var center: Point { Point(x: (minX + maxX) / 2, y: (minY + maxY) / 2) }

    func contains(_ point: Point) -> Bool {
        point.x >= minX && point.x <= maxX && point.y >= minY && point.y <= maxY
    }

    /// The part of a segment inside the rectangle (Liang and Barsky 1984), or nil if it misses it.
    ///
    /// Clipping is done here and not by the renderer so that no coordinate in the file is far outside the page,
    /// which some viewers draw wrongly.
    func clip(from start: Point, to end: Point) -> (Point, Point)? {
        let dx = end.x - start.x
        let dy = end.y - start.y
        var entry = 0.0
        var exit = 1.0
        let sides: [(direction: Double, distance: Double)] = [
            (-dx, start.x - minX), (dx, maxX - start.x), (-dy, start.y - minY), (dy, maxY - start.y),
        ]
        for side in sides {
            if side.direction == 0 {
                if side.distance < 0 { return nil }
            } else {
                let position = side.distance / side.direction
                if side.direction < 0 {
                    entry = max(entry, position)
                } else {
                    exit = min(exit, position)
                }
            }
        }
        guard entry <= exit else { return nil }
        return (
            Point(x: start.x + entry * dx, y: start.y + entry * dy),
            Point(x: start.x + exit * dx, y: start.y + exit * dy)
        )
    }

    /// The pieces of a polyline inside the rectangle, each a list of at least two points.
    func clip(polyline points: [Point]) -> [[Point]] {
        var pieces: [[Point]] = []
        var current: [Point] = []
        for index in points.indices.dropFirst() {
            guard let (start, end) = clip(from: points[index - 1], to: points[index]) else {
                if current.count > 1 { pieces.append(current) }
                current = []
                continue
            }
            if current.last != start {
                if current.count > 1 { pieces.append(current) }
                current = [start]
            }
            current.append(end)
        }
        if current.count > 1 { pieces.append(current) }
        return pieces
    }

    /// The part of a closed polygon inside the rectangle (Sutherland and Hodgman 1974).
    func clip(polygon points: [Point]) -> [Point] {
        var result = points
        result = Self.cut(result, inside: { $0.x >= minX }, cross: { Self.crossing($0, $1, x: minX) })
        result = Self.cut(result, inside: { $0.x <= maxX }, cross: { Self.crossing($0, $1, x: maxX) })
        result = Self.cut(result, inside: { $0.y >= minY }, cross: { Self.crossing($0, $1, y: minY) })
        result = Self.cut(result, inside: { $0.y <= maxY }, cross: { Self.crossing($0, $1, y: maxY) })
        return result
    }

    private static func cut(
        _ points: [Point], inside: (Point) -> Bool, cross: (Point, Point) -> Point
    ) -> [Point] {
        guard var previous = points.last else { return [] }
        var result: [Point] = []
        for point in points {
            if inside(point) != inside(previous) { result.append(cross(previous, point)) }
            if inside(point) { result.append(point) }
            previous = point
        }
        return result
    }

    private static func crossing(_ a: Point, _ b: Point, x: Double) -> Point {
        Point(x: x, y: a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x))
    }

    private static func crossing(_ a: Point, _ b: Point, y: Double) -> Point {
        Point(x: a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y), y: y)
    }
}
