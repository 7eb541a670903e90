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

    /// The angles of positions `[batch, time]` as cosines and sines `[batch, 1, time, dimensions / 2]`.
    ///
    /// Computed for these positions only, so that a model with a context of 131072 needs no table of that length.
    func angles(at positions: Tensor<Int64>, dimensions: Int) -> RotaryAngles {
        let numbers = positions.array
        let length = Int(numbers.max() ?? 0) + 1
        var (frequencies, amplitude) = scaling.frequencies(positions: length, dimensions: dimensions, base: base)
        if let divisors { frequencies = zip(frequencies, divisors).map { $0 / $1 } }
        let shape: TensorShape = [positions.shape[0], 1, positions.shape[1], dimensions / 2]
        var cosines = Tensor<Float>(zeros: shape)
        var sines = cosines
        cosines.withUnsafeMutableBufferPointer { cosines in
            sines.withUnsafeMutableBufferPointer { sines in
                var place = 0
                for position in numbers {
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
}

/// The cosines and sines that turn queries and keys, `[batch, 1, time, headDimension / 2]`.
struct RotaryAngles: Sendable {
    var cosines: Tensor<Float>
    var sines: Tensor<Float>

    /// `[batch, heads, time, headDimension]`, turned.
    func callAsFunction(_ x: Variable<Float>) -> Variable<Float> { x.rotaryEmbedding(cosines: cosines, sines: sines) }
}
