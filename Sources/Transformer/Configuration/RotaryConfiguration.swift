import Autograd
import Glibc
import Tensor

/// How a model turns queries and keys by their positions (arXiv 2104.09864).
public struct RotaryConfiguration: Sendable, Hashable {
    /// The base of the frequencies, θ.
    public var base: Double
    /// How frequencies change for sequences longer than those of the first training.
    public var scaling: RotaryScaling
    /// What each pair's frequency is divided by, as GGUF files of Llama 3.1 say it; nil for nothing.
    public var divisors: [Double]?

    /// Describes a rotary embedding.
    public init(base: Double = 10_000, scaling: RotaryScaling = .none, divisors: [Double]? = nil) {
        self.base = base
        self.scaling = scaling
        self.divisors = divisors
    }

    /// Whether angles depend on how long a sequence is: dynamic NTK takes its base from the length that the sequence has in
    /// the pass, as transformers does for a sequence alone. Rows of a batch and documents of a row are sequences of their
    /// own, so their company changes nothing.
    var dependsOnLength: Bool {
        if case .dynamicNTK = scaling { return true }
        return false
    }

    /// The angles of positions `[batch, time]` as cosines and sines `[batch, 1, time, dimensions / 2]`.
    ///
    /// Computed for these positions only, so that a model with a context of 131072 needs no table of that length.
    ///
    /// - Parameter lengths: how long the sequence of each token is, `batch · time` numbers; asked only where the angles
    ///   depend on it.
    func angles(
        at positions: Tensor<Int64>, lengths: @autoclosure () -> [Int], dimensions: Int
    ) -> RotaryAngles {
        let numbers = positions.array
        let lengths = dependsOnLength ? lengths() : []
        var known: [Int: (frequencies: [Double], amplitude: Double)] = [:]
        let shape: TensorShape = [positions.shape[0], 1, positions.shape[1], dimensions / 2]
        var cosines = Tensor<Float>(zeros: shape)
        var sines = cosines
        cosines.withUnsafeMutableBufferPointer { cosines in
            sines.withUnsafeMutableBufferPointer { sines in
                var place = 0
                var (length, frequencies, amplitude) = (-1, [Double](), 1.0)
                for (token, position) in numbers.enumerated() {
                    let wanted = lengths.isEmpty ? 0 : lengths[token]
                    if wanted != length {
                        let found = known[wanted] ?? self.frequencies(length: wanted, dimensions: dimensions)
                        known[wanted] = found
                        (length, frequencies, amplitude) = (wanted, found.frequencies, found.amplitude)
                    }
                    for frequency in frequencies {
                        let angle = Double(position) * frequency
                        cosines[place] = Float(cos(angle) * amplitude)
                        sines[place] = Float(sin(angle) * amplitude)
                        place += 1
                    }
                }
            }
        }
        return RotaryAngles(cosines: cosines, sines: sines)
    }

    /// Radians per position in a sequence of a length, and what cosines and sines are multiplied by.
    private func frequencies(length: Int, dimensions: Int) -> (frequencies: [Double], amplitude: Double) {
        let (plain, amplitude) = scaling.frequencies(positions: length, dimensions: dimensions, base: base)
        guard let divisors else { return (plain, amplitude) }
        return (zip(plain, divisors).map { $0 / $1 }, amplitude)
    }
}

/// The cosines and sines that turn queries and keys, `[batch, 1, time, headDimension / 2]`.
struct RotaryAngles: Sendable {
    var cosines: Tensor<Float>
    var sines: Tensor<Float>

    /// `[batch, heads, time, headDimension]`, turned.
    func callAsFunction(_ x: Variable<Float>) -> Variable<Float> { x.rotaryEmbedding(cosines: cosines, sines: sines) }
}
