import Glibc
import Tabular
import Tensor

/// A way to make further rows from a standardised source cohort (Hadizadeh Moghaddam et al., arXiv 2408.09635, name
/// augmentation but not its formula; these are the usual ones for expression tables). Never applied to the target.
public enum SourceAugmentation: Sendable, Hashable {
    /// x plus normal noise of a deviation given in standard deviations of the gene.
    case noise(deviation: Double = 0.1)
    /// λ x + (1 − λ) x′ of two rows of one class, λ ~ Beta(a, a) (Zhang et al., arXiv 1710.09412).
    case mixup(concentration: Double = 0.4)
    /// x + u (x′ − x) to one of the nearest rows of the class (SMOTE, Chawla et al. 2002).
    case nearestMix(neighbors: Int = 5)
    /// Some genes set to 0, their mean.
    case geneDropout(rate: Double = 0.1)
    /// One affine change of every gene for all new rows, as another platform would make; ``CohortShift`` makes further
    /// tasks of it instead.
    case cohortShift(scale: Double = 0.1, offset: Double = 0.3)

    /// The classes of new rows.
    public enum ClassBalance: Sendable, Hashable {
        /// The shares of the rows there are.
        case preserve
        /// Whatever makes old and new rows together as even as their number allows.
        case equalise
    }

    /// What the study uses unless told otherwise: mixup, then a little noise.
    public static let standard: [SourceAugmentation] = [.mixup(), .noise()]

    /// The rows and as many new ones, each made from a drawn row by the steps in turn.
    ///
    /// - Parameters:
    ///   - features: Standardised, `[n, probes]`.
    ///   - labels: The class of each row.
    ///   - balance: The classes of the new rows.
    public static func doubled(
        _ features: FeatureMatrix, _ labels: [Int], by steps: [SourceAugmentation],
        balance: ClassBalance = .preserve, key: RandomKey
    ) -> (features: FeatureMatrix, labels: [Int]) {
        guard !steps.isEmpty, features.rows > 0 else { return (features, labels) }
        var generator = RandomGenerator(key: key)
        var added = features
        var addedLabels = labels
        let members = Dictionary(grouping: labels.indices) { labels[$0] }
        let order = templates(labels, balance, &generator)
        let shifts = steps.map { $0.shift(features.columns, &generator) }
        for (place, row) in order.enumerated() {
            var values = Array(features.row(row))
            for (step, shift) in zip(steps, shifts) {
                step.change(&values, row, features, members[labels[row]] ?? [row], shift, &generator)
            }
            for column in values.indices { added[place, column] = values[column] }
            addedLabels[place] = labels[row]
        }
        return (
            FeatureMatrix(
                rows: 2 * features.rows, columns: features.columns, values: features.values + added.values),
            labels + addedLabels
        )
    }

    /// The rows that new ones are made from.
    private static func templates(
        _ labels: [Int], _ balance: ClassBalance, _ generator: inout RandomGenerator
    ) -> [Int] {
        // Going through the rows once keeps the classes' shares.
        let order = generator.permutation(labels.count)
        guard balance == .equalise else { return order }
        let queues = Set(labels).sorted().map { label in order.filter { labels[$0] == label } }
        var sizes = queues.map(\.count)
        var drawn = queues.map { _ in 0 }
        return labels.map { _ in
            // The smallest class so far, going round its rows.
            let next = sizes.indices.min { (sizes[$0], $0) < (sizes[$1], $1) } ?? 0
            sizes[next] += 1
            drawn[next] += 1
            return queues[next][(drawn[next] - 1) % queues[next].count]
        }
    }

    private func shift(_ columns: Int, _ generator: inout RandomGenerator) -> [(scale: Double, offset: Double)] {
        guard case .cohortShift(let scale, let offset) = self else { return [] }
        return (0..<columns).map { _ in (1 + scale * generator.normal(), offset * generator.normal()) }
    }

    private func change(
        _ values: inout [Double], _ row: Int, _ features: FeatureMatrix, _ members: [Int],
        _ shift: [(scale: Double, offset: Double)], _ generator: inout RandomGenerator
    ) {
        switch self {
        case .noise(let deviation):
            for column in values.indices { values[column] += deviation * generator.normal() }
        case .mixup(let concentration):
            let others = members.filter { $0 != row }
            guard !others.isEmpty else { return }
            let other = others[generator.integer(below: others.count)]
            let share = beta(concentration, &generator)
            for column in values.indices {
                values[column] = share * values[column] + (1 - share) * features[other, column]
            }
        case .nearestMix(let neighbors):
            let others = members.filter { $0 != row }
            guard !others.isEmpty else { return }
            let distances = others.map { squaredDistance(features, row, $0) }
            let nearest = others.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(neighbors)
            let other = others[nearest[generator.integer(below: nearest.count)]]
            let share = generator.uniform()
            for column in values.indices { values[column] += share * (features[other, column] - values[column]) }
        case .geneDropout(let rate):
            for column in values.indices where generator.uniform() < rate { values[column] = 0 }
        case .cohortShift:
            for column in values.indices {
                values[column] = shift[column].scale * values[column] + shift[column].offset
            }
        }
    }

    private func squaredDistance(_ features: FeatureMatrix, _ a: Int, _ b: Int) -> Double {
        var sum = 0.0
        for column in 0..<features.columns {
            let distance = features[a, column] - features[b, column]
            sum += distance * distance
        }
        return sum
    }

    /// Beta(a, a) from two gamma draws.
    private func beta(_ a: Double, _ generator: inout RandomGenerator) -> Double {
        let (x, y) = (gamma(a, &generator), gamma(a, &generator))
        return x + y > 0 ? x / (x + y) : 0.5
    }

    /// Gamma(a, 1) by Marsaglia and Tsang (2000); below 1 from that of a + 1.
    private func gamma(_ a: Double, _ generator: inout RandomGenerator) -> Double {
        if a < 1 {
            let u = max(generator.uniform(), .leastNormalMagnitude)
            return gamma(a + 1, &generator) * pow(u, 1 / a)
        }
        let d = a - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = generator.normal()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            guard v > 0 else { continue }
            let u = max(generator.uniform(), .leastNormalMagnitude)
            let bound = 0.5 * x * x + d - d * v + d * log(v)
            if log(u) < bound { return d * v }
        }
    }
}
