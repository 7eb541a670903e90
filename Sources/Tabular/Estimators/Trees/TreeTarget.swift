/// What a tree predicts, with the sums that decide about cuts.
///
/// Rows are summed in slots: the weight of each class, or the weight and the weighted number. For two classes and for
/// numbers there are two.
struct TreeTarget: Sendable {
    enum Kind: Sendable, Hashable {
        case classes(ClassImpurity)
        case numbers
    }

    let kind: Kind
    /// The class of each row; empty for numbers.
    let labels: [Int32]
    /// The number of each row; empty for classes.
    let numbers: [Double]
    /// How many sums a set of rows has.
    let slots: Int

    init(labels: [Int], classCount: Int, impurity: ClassImpurity) {
        kind = .classes(impurity)
        self.labels = labels.map { Int32($0) }
        numbers = []
        slots = classCount
    }

    init(numbers: [Double]) {
        kind = .numbers
        labels = []
        self.numbers = numbers
        slots = 2
    }

    /// How many values a node has.
    var outputs: Int { kind == .numbers ? 1 : slots }

    /// The weight of a set of rows.
    func weight(_ sums: UnsafePointer<Double>) -> Double {
        if kind == .numbers { return sums[0] }
        var total: Double = 0
        for slot in 0..<slots { total += sums[slot] }
        return total
    }

    /// How mixed a set of rows is; for numbers its variance, which needs the weighted sum of squares.
    func impurity(_ sums: UnsafePointer<Double>, squares: Double) -> Double {
        let total: Double = weight(sums)
        switch kind {
        case .numbers:
            let mean: Double = sums[1] / total
            return max(0, squares / total - mean * mean)
        case .classes(.gini):
            var same: Double = 0
            for slot in 0..<slots { same += sums[slot] / total * (sums[slot] / total) }
            return 1 - same
        case .classes(.entropy): return entropy(sums, total)
        }
    }

    /// What a cut gains by a set of rows on one side, up to what all cuts of a node share: larger is better.
    @inline(__always)
    func merit(_ sums: UnsafePointer<Double>) -> Double {
        switch kind {
        case .numbers: return sums[1] * sums[1] / sums[0]
        case .classes(.gini):
            if slots == 2 { return (sums[0] * sums[0] + sums[1] * sums[1]) / (sums[0] + sums[1]) }
            var total: Double = 0
            var squares: Double = 0
            for slot in 0..<slots {
                total += sums[slot]
                squares += sums[slot] * sums[slot]
            }
            return squares / total
        case .classes(.entropy):
            let total: Double = weight(sums)
            return -total * entropy(sums, total)
        }
    }

    private func entropy(_ sums: UnsafePointer<Double>, _ total: Double) -> Double {
        var bits: Double = 0
        for slot in 0..<slots where sums[slot] > 0 { bits -= sums[slot] / total * base2Logarithm(sums[slot] / total) }
        return bits
    }
}
