import Glibc

/// Tests on tables of counts.
public enum ContingencyTest {
    /// Pearson's chi-squared test that rows and columns of a table are independent.
    ///
    /// - Parameters:
    ///   - table: Counts, one array per row.
    ///   - yatesCorrection: Whether a table with one degree of freedom is corrected for continuity.
    /// - Throws: `StatisticsError.malformedTable` for ragged rows, fewer than two rows or columns, negative counts or
    ///   a margin of zero.
    public static func chiSquared(_ table: [[Int]], yatesCorrection: Bool = true) throws(StatisticsError) -> TestResult
    {
        let columns: Int = table.first?.count ?? 0
        if table.count < 2 || columns < 2 { throw .malformedTable("it needs at least two rows and two columns") }
        var rowSums = [Double](repeating: 0, count: table.count)
        var columnSums = [Double](repeating: 0, count: columns)
        for (i, row) in table.enumerated() {
            if row.count != columns {
                throw .malformedTable("row \(i) has \(row.count) counts, the first row has \(columns)")
            }
            for (j, count) in row.enumerated() {
                if count < 0 { throw .malformedTable("the count at row \(i), column \(j) is negative") }
                rowSums[i] += Double(count)
                columnSums[j] += Double(count)
            }
        }
        if let i = rowSums.firstIndex(of: 0) { throw .malformedTable("row \(i) sums to zero") }
        if let j = columnSums.firstIndex(of: 0) { throw .malformedTable("column \(j) sums to zero") }

        let total: Double = rowSums.reduce(0, +)
        let freedom: Int = (table.count - 1) * (columns - 1)
        var statistic: Double = 0
        for (i, row) in table.enumerated() {
            for (j, count) in row.enumerated() {
                let expected: Double = rowSums[i] * columnSums[j] / total
                var distance: Double = abs(Double(count) - expected)
                if freedom == 1, yatesCorrection { distance -= min(0.5, distance) }
                statistic += distance * distance / expected
            }
        }
        return result(statistic, freedom: freedom, method: "Chi-squared test of independence")
    }

    /// Pearson's chi-squared test that counts follow given proportions (equal ones when nil).
    ///
    /// - Throws: `StatisticsError` for fewer than two counts, a negative count, no observations, or proportions that
    ///   are not above zero or not one per count.
    public static func goodnessOfFit(
        _ counts: [Int], proportions: [Double]? = nil
    ) throws(StatisticsError) -> TestResult {
        if counts.count < 2 { throw .tooFewObservations(have: counts.count, need: 2) }
        let shares: [Double] = proportions ?? [Double](repeating: 1, count: counts.count)
        if shares.count != counts.count { throw .unequalLengths(first: counts.count, second: shares.count) }
        for (index, count) in counts.enumerated() where count < 0 {
            throw .outOfRange(sample: "counts", index: index, expected: "zero or more")
        }
        for (index, share) in shares.enumerated() where !(share > 0 && share.isFinite) {
            throw .outOfRange(sample: "proportions", index: index, expected: "a finite number above zero")
        }
        let total: Double = counts.reduce(0.0) { $0 + Double($1) }
        if total == 0 { throw .malformedTable("all counts are zero") }
        let shareSum: Double = shares.reduce(0, +)
        var statistic: Double = 0
        for (count, share) in zip(counts, shares) {
            let expected: Double = total * share / shareSum
            let distance: Double = Double(count) - expected
            statistic += distance * distance / expected
        }
        return result(statistic, freedom: counts.count - 1, method: "Chi-squared test of fit")
    }

    /// Fisher's exact test of a 2 × 2 table [[a, b], [c, d]]; the estimate is the sample odds ratio ad / bc.
    ///
    /// The two-sided p-value sums all tables that are no more probable than the observed one. A margin of zero gives
    /// p = 1 and no estimate, because only one table is then possible.
    ///
    /// - Throws: `StatisticsError.outOfRange` for a negative count.
    public static func fisherExact(
        _ a: Int, _ b: Int, _ c: Int, _ d: Int, alternative: Alternative = .twoSided
    ) throws(StatisticsError) -> TestResult {
        for (index, count) in [a, b, c, d].enumerated() where count < 0 {
            throw .outOfRange(sample: "counts", index: index, expected: "zero or more")
        }
        let firstRow: Int = a + b
        let firstColumn: Int = a + c
        let secondRow: Int = c + d
        let low: Int = max(0, firstColumn - secondRow)
        let high: Int = min(firstRow, firstColumn)
        let logTotal: Double = logChoose(firstRow + secondRow, firstColumn)
        let probability: (Int) -> Double = { k in
            exp(logChoose(firstRow, k) + logChoose(secondRow, firstColumn - k) - logTotal)
        }
        var pValue: Double = 0
        let observed: Double = probability(a)
        for k in low...high {
            let p: Double = probability(k)
            switch alternative {
            // The slack takes in tables that are equally probable but for rounding, as R does.
            case .twoSided: if p <= observed * (1 + 1e-7) { pValue += p }
            case .less: if k <= a { pValue += p }
            case .greater: if k >= a { pValue += p }
            }
        }
        let numerator: Double = Double(a) * Double(d)
        let denominator: Double = Double(b) * Double(c)
        let oddsRatio: Double? = numerator == 0 && denominator == 0 ? nil : numerator / denominator
        return TestResult(
            method: "Fisher's exact test", statistic: Double(a), pValue: low == high ? 1 : min(1, pValue),
            alternative: alternative, estimate: oddsRatio)
    }

    private static func result(_ statistic: Double, freedom: Int, method: String) -> TestResult {
        let distribution = ChiSquaredDistribution(degreesOfFreedom: Double(freedom))
        return TestResult(
            method: method, statistic: statistic, pValue: distribution.survival(statistic),
            degreesOfFreedom: Double(freedom))
    }

    private static func logChoose(_ n: Int, _ k: Int) -> Double {
        if k == 0 || k == n { return 0 }
        return -log(Double(n + 1)) - logBeta(Double(n - k + 1), Double(k + 1))
    }
}
