import Statistics
import Tabular

/// How cohorts measured on different platforms are made comparable. Whatever is estimated comes from the rows that it is
/// fitted on; rows to be judged are only transformed.
public enum Harmonization: Sendable, Hashable {
    /// Each gene of each cohort to mean 0 and deviation 1.
    case perCohort
    /// Each person's values to normal scores of their ranks, Φ⁻¹((rank − ½) / genes).
    case normalRanks
    /// Each person's sorted values to the mean sorted profile of the target's training rows, then each gene as above.
    case quantiles
    /// ComBat's shifts and scales of the target's training rows and the sources taken out, then each gene to mean 0 and
    /// deviation 1 of the training rows.
    case comBat
}

extension Harmonization {
    /// The target's training and test rows and the sources, made comparable.
    ///
    /// - Throws: `PreprocessingError` for no rows.
    public func apply(
        train: FeatureMatrix, test: FeatureMatrix, sources: [FeatureMatrix]
    ) throws -> (train: FeatureMatrix, test: FeatureMatrix, sources: [FeatureMatrix]) {
        switch self {
        case .perCohort:
            let scaler = try Standardizer().fit(train)
            let scaled = try sources.map { try Standardizer().fit($0).transform($0) }
            return (scaler.transform(train), scaler.transform(test), scaled)
        case .normalRanks:
            return (normalScores(train), normalScores(test), sources.map(normalScores))
        case .quantiles:
            let profile = meanSortedProfile(train)
            func matched(_ matrix: FeatureMatrix) -> FeatureMatrix {
                rowwise(matrix) { ranks in
                    // Ties take the value half-way between their neighbours' ranks.
                    ranks.map { rank in
                        let (low, high) = (Int(rank.rounded(.down)), Int(rank.rounded(.up)))
                        return (profile[low - 1] + profile[high - 1]) / 2
                    }
                }
            }
            return try Harmonization.perCohort.apply(
                train: matched(train), test: matched(test), sources: sources.map(matched))
        case .comBat:
            let comBat = try ComBat([train] + sources)
            let adjusted = comBat.transform(train, cohort: 0)
            // One scaler for all: a scaler for each cohort would undo the shrinkage.
            let scaler = try Standardizer().fit(adjusted)
            return (
                scaler.transform(adjusted), scaler.transform(comBat.transform(test, cohort: 0)),
                sources.enumerated().map { scaler.transform(comBat.transform($1, cohort: $0 + 1)) }
            )
        }
    }

    private func normalScores(_ matrix: FeatureMatrix) -> FeatureMatrix {
        let n = Double(matrix.columns)
        return rowwise(matrix) { ranks in ranks.map { NormalDistribution.standard.quantile(($0 - 0.5) / n) } }
    }

    private func meanSortedProfile(_ matrix: FeatureMatrix) -> [Double] {
        var profile = [Double](repeating: 0, count: matrix.columns)
        for row in 0..<matrix.rows {
            for (place, value) in matrix.row(row).sorted().enumerated() {
                profile[place] += value / Double(matrix.rows)
            }
        }
        return profile
    }

    /// Replaces each row by a function of its ranks, counted from 1, ties averaged.
    private func rowwise(_ matrix: FeatureMatrix, _ body: ([Double]) -> [Double]) -> FeatureMatrix {
        FeatureMatrix(
            rows: matrix.rows, columns: matrix.columns,
            values: (0..<matrix.rows).flatMap { body(MidRanks(Array(matrix.row($0))).ranks) })
    }
}

/// ComBat (Johnson, Li and Rabinovic 2007): each cohort's shift and scale of every gene, shrunk towards what the cohort
/// does to all genes by parametric empirical Bayes. Labels are not used.
public struct ComBat: Sendable {
    private let means: [Double]
    private let deviations: [Double]
    private var shifts: [[Double]] = []
    private var scales: [[Double]] = []

    /// Estimates from the rows of each cohort, of which the target's are training rows only.
    ///
    /// - Throws: `PreprocessingError.empty` for a cohort without rows.
    public init(_ cohorts: [FeatureMatrix]) throws(PreprocessingError) {
        guard let genes = cohorts.first?.columns, cohorts.allSatisfy({ $0.rows > 0 }) else { throw .empty }
        let total = Double(cohorts.reduce(0) { $0 + $1.rows })
        var means = [Double](repeating: 0, count: genes)
        var deviations = means
        let own = cohorts.map { cohort in (0..<genes).map { cohort.column($0).mean } }
        for gene in 0..<genes {
            var residuals = 0.0
            for (cohort, center) in zip(cohorts, own) {
                means[gene] += center[gene] * Double(cohort.rows) / total
                for value in cohort.column(gene) { residuals += (value - center[gene]) * (value - center[gene]) }
            }
            deviations[gene] = residuals > 0 ? (residuals / total).squareRoot() : 1
        }
        self.means = means
        self.deviations = deviations
        for cohort in cohorts {
            let z = (0..<genes).map { gene in cohort.column(gene).map { ($0 - means[gene]) / deviations[gene] } }
            let (shift, scale) = Self.shrunk(z)
            shifts.append(shift)
            scales.append(scale)
        }
    }

    /// Rows of a cohort, by its position, without its shift and scale; stops the program for an unknown position.
    public func transform(_ matrix: FeatureMatrix, cohort: Int) -> FeatureMatrix {
        var result = matrix
        for row in 0..<matrix.rows {
            for gene in 0..<matrix.columns {
                let z = (matrix[row, gene] - means[gene]) / deviations[gene]
                result[row, gene] =
                    deviations[gene] * (z - shifts[cohort][gene]) / scales[cohort][gene].squareRoot() + means[gene]
            }
        }
        return result
    }

    /// The posterior shift and variance of each gene, by the paper's iteration.
    private static func shrunk(_ z: [[Double]]) -> (shifts: [Double], variances: [Double]) {
        let shifts = z.map(\.mean)
        let n = Double(z.first?.count ?? 0)
        let center = shifts.mean
        let spread = shifts.count > 1 ? shifts.sampleVariance : 0
        // A single person says nothing about variances.
        guard n > 1 else { return (shifts, [Double](repeating: 1, count: z.count)) }
        let variances = z.map { max($0.sampleVariance, 1e-12) }
        let m = variances.mean
        let s = max(variances.count > 1 ? variances.sampleVariance : 0, 1e-12)
        let lambda = (2 * s + m * m) / s
        let theta = (m * s + m * m * m) / s
        var result = (shifts: shifts, variances: variances)
        for gene in z.indices {
            for _ in 0..<200 {
                let (oldShift, oldVariance) = (result.shifts[gene], result.variances[gene])
                let shift = (n * spread * shifts[gene] + oldVariance * center) / (n * spread + oldVariance)
                let squares = z[gene].reduce(0) { $0 + ($1 - shift) * ($1 - shift) }
                let variance = (theta + squares / 2) / (lambda + n / 2 - 1)
                result.shifts[gene] = shift
                result.variances[gene] = variance
                let change = max(
                    abs(shift - oldShift) / max(abs(oldShift), 1e-12), abs(variance - oldVariance) / oldVariance)
                if change < 1e-4 { break }
            }
        }
        return result
    }
}
