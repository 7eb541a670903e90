/// min ½ αᵀ Q α − Σ α with 0 ≤ α ≤ C and yᵀ α = 0, Q = y yᵀ K, by steps on two variables at a time, chosen by second
/// order information (Fan, Chen and Lin 2005, algorithm 2, as in LIBSVM).
struct SequentialMinimalOptimization {
    let rows: KernelRows
    let signs: [Double]
    /// C of each row.
    let bounds: [Double]
    let tolerance: Double
    let maximumIterations: Int

    struct Solution {
        /// y α of each row.
        var coefficients: [Double]
        /// What is added to the kernel sum.
        var intercept: Double
        var isConverged: Bool
    }

    func solve() -> Solution {
        let n: Int = signs.count
        var alpha = [Double](repeating: 0, count: n)
        var gradient = [Double](repeating: -1, count: n)
        let diagonal: [Double] = (0..<n).map { rows.diagonal($0) }
        var isConverged: Bool = false
        for _ in 0..<maximumIterations {
            // The variable that violates optimality most going up, then the one whose pair gains most.
            var highest: Double = -.infinity
            var first: Int = -1
            for t in 0..<n where signs[t] > 0 ? alpha[t] < bounds[t] : alpha[t] > 0 {
                let violation: Double = -signs[t] * gradient[t]
                if violation >= highest { (highest, first) = (violation, t) }
            }
            if first < 0 {
                isConverged = true
                break
            }
            let firstRow: [Double] = rows.row(first)
            var lowest: Double = .infinity
            var best: Double = .infinity
            var second: Int = -1
            for t in 0..<n where signs[t] > 0 ? alpha[t] > 0 : alpha[t] < bounds[t] {
                let violation: Double = -signs[t] * gradient[t]
                lowest = min(lowest, violation)
                let slope: Double = highest - violation
                if slope <= 0 { continue }
                let curvature: Double = max(diagonal[first] + diagonal[t] - 2 * firstRow[t], 1e-12)
                let gain: Double = -slope * slope / curvature
                if gain <= best { (best, second) = (gain, t) }
            }
            if highest - lowest < tolerance || second < 0 {
                isConverged = true
                break
            }
            let secondRow: [Double] = rows.row(second)
            let (oldFirst, oldSecond) = (alpha[first], alpha[second])
            step(&alpha, gradient, first, second, diagonal[first] + diagonal[second] - 2 * firstRow[second])
            let changeFirst: Double = (alpha[first] - oldFirst) * signs[first]
            let changeSecond: Double = (alpha[second] - oldSecond) * signs[second]
            for t in 0..<n { gradient[t] += signs[t] * (changeFirst * firstRow[t] + changeSecond * secondRow[t]) }
        }
        return Solution(
            coefficients: zip(alpha, signs).map { $0 * $1 }, intercept: intercept(alpha, gradient),
            isConverged: isConverged)
    }

    /// The minimum along the line on which yᵀ α stays, within the box.
    private func step(_ alpha: inout [Double], _ gradient: [Double], _ i: Int, _ j: Int, _ curvature: Double) {
        let curvature: Double = max(curvature, 1e-12)
        // Along it α_i grows by y_i t and α_j falls by y_j t.
        var length: Double = (-signs[i] * gradient[i] + signs[j] * gradient[j]) / curvature
        length = min(length, signs[i] > 0 ? bounds[i] - alpha[i] : alpha[i])
        length = min(length, signs[j] > 0 ? alpha[j] : bounds[j] - alpha[j])
        alpha[i] += signs[i] * length
        alpha[j] -= signs[j] * length
        // Rounding must not leave a variable just inside its bound.
        for k in [i, j] {
            if alpha[k] < 1e-15 * bounds[k] { alpha[k] = 0 }
            if alpha[k] > bounds[k] * (1 - 1e-15) { alpha[k] = bounds[k] }
        }
    }

    /// The mean over free variables, or the middle of what the bound ones allow.
    private func intercept(_ alpha: [Double], _ gradient: [Double]) -> Double {
        var (upper, lower): (Double, Double) = (.infinity, -.infinity)
        var sum: Double = 0
        var free: Int = 0
        for t in signs.indices {
            let value: Double = signs[t] * gradient[t]
            if alpha[t] > 0, alpha[t] < bounds[t] {
                sum += value
                free += 1
            } else if (alpha[t] == 0) == (signs[t] > 0) {
                upper = min(upper, value)
            } else {
                lower = max(lower, value)
            }
        }
        return free > 0 ? -sum / Double(free) : -(upper + lower) / 2
    }
}
