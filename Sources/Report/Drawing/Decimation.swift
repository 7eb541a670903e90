/// Thins out points that the eye cannot tell apart at the size of the drawing.
enum Decimation {
    /// Lines with at most this many points are drawn as they are.
    static let lineLimit = 2000

    /// A polyline that looks the same in `area`: of every pixel column the first, lowest, highest and last point.
    ///
    /// A line whose x does not increase has no columns; it is cut into equal runs instead, each keeping the same four.
    static func line(_ points: [Point], in area: Rectangle) -> [Point] {
        guard points.count > lineLimit else { return points }
        let group = grouping(of: points, in: area)
        var result: [Point] = []
        var start = 0
        while start < points.count {
            var end = start + 1
            while end < points.count, group(end) == group(start) { end += 1 }
            var lowest = start
            var highest = start
            for index in start..<end {
                if points[index].y < points[lowest].y { lowest = index }
                if points[index].y > points[highest].y { highest = index }
            }
            var last = -1
            for index in [start, min(lowest, highest), max(lowest, highest), end - 1] where index > last {
                result.append(points[index])
                last = index
            }
            start = end
        }
        return result
    }

    /// A band that covers the same pixels: of every pixel column the lowest lower and the highest upper edge.
    ///
    /// `lower` and `upper` hold the two edges at the same x; the result is two edges of equal length again.
    static func band(lower: [Point], upper: [Point], in area: Rectangle) -> (lower: [Point], upper: [Point]) {
        guard lower.count > lineLimit else { return (lower, upper) }
        let group = grouping(of: lower, in: area)
        var thinLower: [Point] = []
        var thinUpper: [Point] = []
        var start = 0
        while start < lower.count {
            var end = start + 1
            while end < lower.count, group(end) == group(start) { end += 1 }
            // The pixel axis points down, so the lower edge of the band has the largest y.
            let bottom = lower[start..<end].reduce(-Double.infinity) { max($0, $1.y) }
            let top = upper[start..<end].reduce(Double.infinity) { min($0, $1.y) }
            for index in start == end - 1 ? [start] : [start, end - 1] {
                thinLower.append(Point(x: lower[index].x, y: bottom))
                thinUpper.append(Point(x: lower[index].x, y: top))
            }
            start = end
        }
        return (thinLower, thinUpper)
    }

    /// Points of a scatter plot with those hidden behind another one left out once there are very many.
    static func scatter(_ points: [Point], limit: Int = 6000) -> [Point] {
        guard points.count > limit else { return points }
        var result = points
        // Markers are six pixels wide: a grid of four pixels still leaves no visible hole.
        for cell in [1.0, 2, 3, 4] where result.count > limit {
            var seen: Set<Cell> = []
            result = result.filter { point in
                seen.insert(Cell(column: Int(point.x / cell), row: Int(point.y / cell))).inserted
            }
        }
        return result
    }

    private struct Cell: Hashable {
        let column: Int
        let row: Int
    }

    private static func grouping(of points: [Point], in area: Rectangle) -> (Int) -> Int {
        let isSorted = zip(points, points.dropFirst()).allSatisfy { $0.x <= $1.x }
        if isSorted {
            return { index in
                let column = min(max(points[index].x, area.minX - 1), area.maxX + 1)
                return Int(column.rounded(.down))
            }
        }
        let run = max(1, points.count / (lineLimit / 4))
        return { index in index / run }
    }
}
