import Glibc
import Tensor

/// How a rotary embedding's frequencies are changed for sequences longer than those the model was trained on.
public enum RotaryScaling: Sendable, Hashable {
    /// Not at all.
    case none
    /// All frequencies divided by a factor (arXiv 2306.15595).
    case linear(factor: Double)
    /// For tables longer than the original length, a larger base: θ ((f T / T₀) - (f - 1))^(d / (d - 2)).
    case dynamicNTK(factor: Double, originalLength: Int)
    /// Long waves divided by a factor, short ones kept, those between interpolated, as Llama 3.1 does.
    ///
    /// Waves are short below `originalLength / highFrequencyFactor` and long above `originalLength / lowFrequencyFactor`.
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalLength: Int)
    /// YaRN (arXiv 2309.00071): frequencies that turn more than `fastTurns` times over the original length kept, those
    /// below `slowTurns` divided by the factor, a ramp between; cosines and sines times 0.1 ln factor + 1.
    case yarn(factor: Double, originalLength: Int, fastTurns: Double = 32, slowTurns: Double = 1)
}

/// The cosines and sines of a rotary embedding's angles for positions 0, 1, ...
///
/// ```swift
/// let table = RotaryTable<Float>(positions: 2048, dimensions: 64)
/// let turned = queries.rotaryEmbedding(table)                     // [batch, heads, time, 64]
/// ```
public struct RotaryTable<Scalar: FloatingTensorScalar>: Sendable {
    /// `[positions, dimensions / 2]`.
    public let cosines: Tensor<Scalar>
    /// `[positions, dimensions / 2]`.
    public let sines: Tensor<Scalar>

    /// The number of positions.
    public var positions: Int { cosines.shape[0] }

    /// Computes a table in double precision: position p turns pair i by `p base^(-2i / dimensions)`, scaled.
    ///
    /// - Parameters:
    ///   - positions: how many positions from 0 on
    ///   - dimensions: the elements of a head that are turned, an even number
    ///   - base: the base of the frequencies, positive (θ)
    ///   - scaling: how frequencies change for sequences longer than in training
    public init(positions: Int, dimensions: Int, base: Double = 10_000, scaling: RotaryScaling = .none) {
        guard positions >= 0, dimensions >= 0, dimensions % 2 == 0, base > 0 else {
            trap(
                """
                RotaryTable: \(positions) positions, \(dimensions) dimensions and the base \(base) are impossible: \
                dimensions must be even and the base positive
                """)
        }
        let (frequencies, amplitude) = scaling.frequencies(positions: positions, dimensions: dimensions, base: base)
        var cosines: [Scalar] = []
        var sines: [Scalar] = []
        cosines.reserveCapacity(positions * frequencies.count)
        sines.reserveCapacity(positions * frequencies.count)
        for position in 0..<positions {
            for frequency in frequencies {
                let angle = Double(position) * frequency
                cosines.append(Scalar(cos(angle) * amplitude))
                sines.append(Scalar(sin(angle) * amplitude))
            }
        }
        let shape: TensorShape = [positions, frequencies.count]
        self.cosines = Tensor(cosines, shape: shape)
        self.sines = Tensor(sines, shape: shape)
    }

    /// The rows of given positions, `[batch, time]`, as cosines and sines `[batch, 1, time, dimensions / 2]` for all
    /// heads: for batches whose rows begin at different positions.
    public func rows(at positions: Tensor<Int64>) -> (cosines: Tensor<Scalar>, sines: Tensor<Scalar>) {
        (cosines.rows(positions).unsqueezed(1), sines.rows(positions).unsqueezed(1))
    }
}

extension RotaryScaling {
    /// Radians per position for every pair of elements, and what cosines and sines are multiplied by.
    package func frequencies(
        positions: Int, dimensions: Int, base: Double
    ) -> (frequencies: [Double], amplitude: Double) {
        let d = Double(dimensions)
        func plain(_ base: Double) -> [Double] { (0..<dimensions / 2).map { pow(base, -2 * Double($0) / d) } }
        switch self {
        case .none:
            return (plain(base), 1)
        case .linear(let factor):
            return (plain(base).map { $0 / factor }, 1)
        case .dynamicNTK(let factor, let originalLength):
            if positions <= originalLength { return (plain(base), 1) }
            let stretch = factor * Double(positions) / Double(originalLength) - (factor - 1)
            return (plain(base * pow(stretch, d / (d - 2))), 1)
        case .llama3(let factor, let low, let high, let originalLength):
            let length = Double(originalLength)
            let frequencies = plain(base).map { frequency in
                let wavelength = 2 * Double.pi / frequency
                if wavelength < length / high { return frequency }
                if wavelength > length / low { return frequency / factor }
                let share = (length / wavelength - low) / (high - low)
                return (1 - share) * frequency / factor + share * frequency
            }
            return (frequencies, 1)
        case .yarn(let factor, let originalLength, let fastTurns, let slowTurns):
            // The pair that turns so many times over the original length.
            func pair(turns: Double) -> Double {
                d * log(Double(originalLength) / (turns * 2 * Double.pi)) / (2 * log(base))
            }
            let first = max(pair(turns: fastTurns).rounded(.down), 0)
            let last = min(pair(turns: slowTurns).rounded(.up), d - 1)
            let width = last == first ? 0.001 : last - first
            let frequencies = plain(base).enumerated().map { index, frequency in
                let share = min(max((Double(index) - first) / width, 0), 1)
                return frequency / factor * share + frequency * (1 - share)
            }
            return (frequencies, 0.1 * log(factor) + 1)
        }
    }
}
