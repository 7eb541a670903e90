import Autograd
import Glibc
import Tensor

/// Shapley values by weighted regression on coalitions (KernelSHAP, Lundberg and Lee, arXiv 1705.07874, theorem 2).
///
/// The value of a coalition is the mean output over the background with the coalition's features taken from the row. The
/// values sum to f(x) less the base by construction. With all coalitions they are exact; otherwise the smallest and
/// largest coalitions are taken whole as far as they go, and the others are drawn in pairs with their complements.
///
/// ```swift
/// let explainer = try KernelSHAP(background: background, key: RandomKey(seed: 1))
/// let (values, base) = try explainer.attributions(of: x) { model(Variable($0)).value.squeezed(1) }
/// ```
public struct KernelSHAP<Scalar: FloatingTensorScalar>: Sendable {
    /// How many coalitions are evaluated.
    public enum Samples: Sendable, Hashable {
        /// 2 d + 2048, or all if there are no more.
        case automatic
        /// So many, at least 2 d, or all if there are no more.
        case count(Int)
        /// All 2ᵈ - 2.
        case all
    }

    /// `[m, d]`: where the features outside a coalition come from.
    public let background: Tensor<Scalar>
    /// How many coalitions are evaluated.
    public let samples: Samples
    /// Draws coalitions.
    public let key: RandomKey

    /// The most coalitions that are evaluated one by one.
    private static var mostCoalitions: Int { 1 << 24 }

    /// Describes an explainer.
    ///
    /// - Throws: ``AttributionError`` for a background without rows, or all coalitions of more than 24 features.
    public init(
        background: Tensor<Scalar>, samples: Samples = .automatic, key: RandomKey = RandomKey(seed: 0)
    ) throws(AttributionError) {
        guard background.rank == 2, background.shape[0] > 0, background.shape[1] > 0 else {
            throw .emptyBackground(shape: background.shape)
        }
        if samples == .all, background.shape[1] > 24 { throw .tooManyCoalitions(features: background.shape[1]) }
        self.background = background
        self.samples = samples
        self.key = key
    }

    /// The weight of a coalition of `size` among `features`: (d − 1) / (C(d, s) s (d − s)).
    public static func weight(size: Int, features: Int) -> Double {
        let (d, s) = (Double(features), Double(size))
        return exp(log(d - 1) - logChoose(features, size) - log(s) - log(d - s))
    }

    private static func logChoose(_ n: Int, _ k: Int) -> Double {
        lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
    }

    /// The values of each row, and the mean output of the background.
    ///
    /// - Parameters:
    ///   - x: `[n, d]`.
    ///   - model: `[k, d]` to `[k]`, each row on its own.
    /// - Throws: ``AttributionError`` if `x` has other features than the background or the model gives no finite number.
    public func attributions(
        of x: Tensor<Scalar>, model: (Tensor<Scalar>) -> Tensor<Scalar>
    ) throws(AttributionError) -> (values: Tensor<Scalar>, base: Double) {
        let d = background.shape[1]
        guard x.rank == 2, x.shape[1] == d else { throw .differentFeatures(x: x.shape, background: background.shape) }
        let base = Double(model(background).mean().scalar)
        let outputs = model(x).array.map { Double($0) }
        guard base.isFinite, outputs.allSatisfy(\.isFinite) else { throw .notFinite }
        if d == 1 { return (Tensor(outputs.map { Scalar($0 - base) }, shape: x.shape), base) }
        let (coalitions, weights) = chosenCoalitions(d)
        var result: [Scalar] = []
        for row in 0..<x.shape[0] {
            let values = coalitionValues(coalitions, x.narrowed(axis: 0, from: row, count: 1), model)
            guard values.allSatisfy(\.isFinite) else { throw .notFinite }
            result += solution(coalitions, weights, values.map { $0 - base }, total: outputs[row] - base)
                .map { Scalar($0) }
        }
        return (Tensor(result, shape: x.shape), base)
    }

    /// The coalitions as rows of zeros and ones, and their weights.
    private func chosenCoalitions(_ d: Int) -> (rows: [[Bool]], weights: [Double]) {
        let most = d <= 24 ? (1 << d) - 2 : Int.max
        let wanted: Int
        switch samples {
        case .automatic: wanted = min(most, 2 * d + 2048)
        case .count(let count): wanted = min(most, max(count, 2 * d))
        case .all: wanted = most
        }
        var rows: [[Bool]] = []
        var weights: [Double] = []
        if wanted == most {
            for coalition in 1...most {
                rows.append((0..<d).map { coalition >> $0 & 1 == 1 })
                weights.append(Self.weight(size: coalition.nonzeroBitCount, features: d))
            }
            return (rows, weights)
        }
        // Whole sizes from both ends while they fit; their weights are exact.
        var whole = 0
        while whole + 1 <= (d - 1) / 2, let count = Self.choose(d, whole + 1), rows.count + 2 * count <= wanted {
            whole += 1
            let weight = Self.weight(size: whole, features: d)
            for members in Self.combinations(d, whole) {
                var row = [Bool](repeating: false, count: d)
                for member in members { row[member] = true }
                rows.append(row)
                rows.append(row.map { !$0 })
                weights += [weight, weight]
            }
        }
        // The rest share the weight of the sizes between, drawn by size in pairs.
        let sizes = Array(whole + 1...max(whole + 1, d - whole - 1))
        let masses = sizes.map { Double(d - 1) / (Double($0) * Double(d - $0)) }
        let mass = masses.reduce(0, +)
        var generator = RandomGenerator(key: key)
        let pairs = (wanted - rows.count) / 2
        for _ in 0..<pairs {
            var place = generator.uniform() * mass
            var size = sizes[sizes.count - 1]
            for (candidate, own) in zip(sizes, masses) {
                if place < own {
                    size = candidate
                    break
                }
                place -= own
            }
            var row = [Bool](repeating: false, count: d)
            for member in generator.permutation(d).prefix(size) { row[member] = true }
            rows.append(row)
            rows.append(row.map { !$0 })
            weights += [mass / Double(2 * pairs), mass / Double(2 * pairs)]
        }
        return (rows, weights)
    }

    private static func choose(_ n: Int, _ k: Int) -> Int? {
        let value = exp(logChoose(n, k))
        return value < 1e7 ? Int(value.rounded()) : nil
    }

    private static func combinations(_ n: Int, _ k: Int) -> [[Int]] {
        var result: [[Int]] = []
        var members = Array(0..<k)
        while true {
            result.append(members)
            guard let place = members.indices.last(where: { members[$0] < n - k + $0 }) else { return result }
            members[place] += 1
            for next in place + 1..<max(k, place + 1) { members[next] = members[next - 1] + 1 }
        }
    }

    /// The mean output of each coalition, many coalitions and the whole background in one matrix of at most 64 MB.
    private func coalitionValues(
        _ coalitions: [[Bool]], _ x: Tensor<Scalar>, _ model: (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> [Double] {
        let (m, d) = (background.shape[0], background.shape[1])
        let chunk = max(1, (64 << 20) / (m * d * MemoryLayout<Scalar>.stride))
        var values: [Double] = []
        var start = 0
        while start < coalitions.count {
            let own = coalitions[start..<min(start + chunk, coalitions.count)]
            // Chosen, not computed: b + (x - b) is not x for numbers of few digits, and a model may have steps.
            let mask = Tensor<Bool>(own.flatMap { $0 }, shape: [own.count, 1, d])
            let inputs = mask.select(x, background)
            let outputs = model(inputs.reshaped([own.count * m, d])).reshaped([own.count, m])
            values += outputs.mean(axes: [1]).array.map { Double($0) }
            start += own.count
        }
        return values
    }

    /// The weighted regression with the sum fixed: the last feature is what the others leave.
    private func solution(
        _ coalitions: [[Bool]], _ weights: [Double], _ values: [Double], total: Double
    ) -> [Double] {
        let d = background.shape[1]
        var design: [Double] = []
        design.reserveCapacity(coalitions.count * (d - 1))
        var targets: [Double] = []
        for (row, value) in zip(coalitions, values) {
            let last = row[d - 1] ? 1.0 : 0
            for feature in 0..<d - 1 { design.append((row[feature] ? 1 : 0) - last) }
            targets.append(value - last * total)
        }
        let z = Tensor<Double>(design, shape: [coalitions.count, d - 1])
        let w = Tensor<Double>(weights, shape: [coalitions.count, 1])
        let y = Tensor<Double>(targets, shape: [coalitions.count, 1])
        let scaled = z * w
        let normal = scaled.transposed().matmul(z)
        let ridge = 1e-12 * (1 + normal.maximum().scalar)
        let right = scaled.transposed().matmul(y)
        let root = w.sqrt()
        let found =
            (try? (normal + Tensor<Double>.eye(d - 1) * ridge).cholesky().choleskySolve(right))
            ?? (try? (z * root).lstsq(y * root).solution)
        let values = found?.array ?? [Double](repeating: .nan, count: d - 1)
        return values + [total - values.reduce(0, +)]
    }
}

/// Why an attribution is not possible.
public enum AttributionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The background has no rows or no features.
    case emptyBackground(shape: TensorShape)
    /// All coalitions of so many features are too many.
    case tooManyCoalitions(features: Int)
    /// The rows have other features than the background.
    case differentFeatures(x: TensorShape, background: TensorShape)
    /// The model's output is NaN or infinite.
    case notFinite

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .emptyBackground(let shape): "The background has shape \(shape); it needs rows and features."
        case .tooManyCoalitions(let features):
            "\(features) features have more coalitions than can be evaluated; draw some of them instead."
        case .differentFeatures(let x, let background):
            "Rows of shape \(x) do not fit a background of shape \(background)."
        case .notFinite: "The model's output is not a finite number."
        }
    }
}
