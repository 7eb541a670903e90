import Glibc
import Tensor

/// Drawn letters of made-up alphabets, 20 × 20 grey values: few-shot image classes without files.
///
/// A class is three to five cubic strokes with control points in 0.1...0.9; a sample moves the points a little, turns,
/// stretches and shifts the letter and draws it with a pen of another width. Everything is a function of seed, class and
/// sample. Classes are divided: 40 to train, 8 to choose settings, 16 to test.
public struct Glyphs: Sendable, Hashable {
    /// Where classes and samples come from.
    public let key: RandomKey

    /// The numbers of the classes for training, validation and tests.
    public enum Part: Sendable, Hashable {
        /// Classes 0..<40.
        case training
        /// Classes 40..<48.
        case validation
        /// Classes 48..<64.
        case test

        var classes: Range<Int> {
            switch self {
            case .training: 0..<40
            case .validation: 40..<48
            case .test: 48..<64
            }
        }
    }

    /// The letters of a seed.
    public init(key: RandomKey) { self.key = key }

    /// The width and height of an image.
    public static let size: Int = 20

    /// One image, row by row, 0 for paper to 1 for ink.
    public func image(ofClass index: Int, sample: Int) -> [Float] {
        var letter = RandomGenerator(key: key.folded(index))
        let strokes = 3 + letter.integer(below: 3)
        var points = (0..<4 * strokes).map { _ in
            (x: 0.1 + 0.8 * letter.uniform(), y: 0.1 + 0.8 * letter.uniform())
        }
        var hand = RandomGenerator(key: key.folded(index).folded(sample))
        let angle = (hand.uniform() * 24 - 12) * .pi / 180
        let scale = 0.9 + 0.2 * hand.uniform()
        let shift = (x: hand.uniform() * 0.12 - 0.06, y: hand.uniform() * 0.12 - 0.06)
        let width = 0.04 + 0.02 * hand.uniform()
        for place in points.indices {
            let x = points[place].x + 0.02 * hand.normal() - 0.5
            let y = points[place].y + 0.02 * hand.normal() - 0.5
            points[place] = (
                x: 0.5 + shift.x + scale * (cos(angle) * x - sin(angle) * y),
                y: 0.5 + shift.y + scale * (sin(angle) * x + cos(angle) * y)
            )
        }
        var image = [Float](repeating: 0, count: Self.size * Self.size)
        for stroke in 0..<strokes { draw(Array(points[4 * stroke..<4 * stroke + 4]), width, on: &image) }
        return image
    }

    /// Adds the ink of a curve, cut into 32 segments.
    private func draw(_ p: [(x: Double, y: Double)], _ width: Double, on image: inout [Float]) {
        let curve = (0...32).map { step in
            let t = Double(step) / 32
            let (a, b, c, d) = (
                (1 - t) * (1 - t) * (1 - t), 3 * t * (1 - t) * (1 - t), 3 * t * t * (1 - t), t * t * t
            )
            return (
                x: a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                y: a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y
            )
        }
        for row in 0..<Self.size {
            for column in 0..<Self.size {
                let x = (Double(column) + 0.5) / Double(Self.size)
                let y = (Double(row) + 0.5) / Double(Self.size)
                var nearest = Double.infinity
                for step in 0..<32 { nearest = min(nearest, distance(x, y, curve[step], curve[step + 1])) }
                let ink = Float(min(1, max(0, 1.5 - nearest / width)))
                image[row * Self.size + column] = max(image[row * Self.size + column], ink)
            }
        }
    }

    private func distance(
        _ x: Double, _ y: Double, _ a: (x: Double, y: Double), _ b: (x: Double, y: Double)
    ) -> Double {
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let length = dx * dx + dy * dy
        let t = length > 0 ? min(1, max(0, ((x - a.x) * dx + (y - a.y) * dy) / length)) : 0
        let (ex, ey) = (x - a.x - t * dx, y - a.y - t * dy)
        return (ex * ex + ey * ey).squareRoot()
    }

    /// Samples of all classes of a part: images `[n, 1, 20, 20]` and their classes.
    public func samples(_ part: Part, each count: Int) -> (inputs: Tensor<Float>, labels: Tensor<Int64>) {
        let classes = Array(part.classes)
        var images = [[Float]](repeating: [], count: classes.count * count)
        images.withUnsafeMutableBufferPointer { images in
            nonisolated(unsafe) let images = images
            Parallelism.forEachPiece(of: classes.count * count, grain: 8) { piece in
                for place in piece { images[place] = image(ofClass: classes[place / count], sample: place % count) }
            }
        }
        let inputs = Tensor<Float>(images.flatMap { $0 }, shape: [classes.count * count, 1, Self.size, Self.size])
        return (inputs, Tensor(classes.flatMap { [Int64](repeating: Int64($0), count: count) }))
    }

    /// Episodes of a part.
    ///
    /// - Parameter each: Samples of each class to draw from.
    /// - Throws: ``MetaLearningError`` for more ways than classes, or more shots and queries than samples.
    public func episodes(
        _ part: Part, each count: Int = 20, ways: Int, shots: Int, queries: Int, key: RandomKey
    ) throws(MetaLearningError) -> EpisodeSampler<Float> {
        let (inputs, labels) = samples(part, each: count)
        return try EpisodeSampler(
            inputs: inputs, labels: labels, ways: ways, shots: shots, queries: queries, key: key)
    }
}
