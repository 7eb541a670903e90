/// Cross-validation by parts that hold every class in nearly its overall share.
public struct StratifiedKFold: Sendable, Hashable {
    /// The number of parts.
    public var folds: Int
    /// Whether a class may have fewer rows than there are folds, so that some folds lack it.
    public var allowsSmallClasses: Bool

    /// Creates the scheme; stops the program for fewer than two folds.
    public init(folds: Int = 5, allowsSmallClasses: Bool = false) {
        requireShape(folds >= 2, "Cross-validation needs at least two folds, not \(folds).")
        self.folds = folds
        self.allowsSmallClasses = allowsSmallClasses
    }

    /// Splits rows, each class in the order of its rows.
    ///
    /// - Throws: `SplitError` for fewer rows than folds or a class too small.
    public func splits(labels: [Int]) throws(SplitError) -> [Split] {
        let numbers: [[Int]] = try foldNumbers(labels)
        return assign(labels, numbers)
    }

    /// Splits rows, the members of each class shuffled over the folds.
    ///
    /// - Throws: `SplitError` for fewer rows than folds or a class too small.
    public func splits(
        labels: [Int], shuffledBy generator: inout some RandomNumberGenerator
    ) throws(SplitError) -> [Split] {
        var numbers: [[Int]] = try foldNumbers(labels)
        for index in numbers.indices { numbers[index].shuffle(using: &generator) }
        return assign(labels, numbers)
    }

    /// The fold of each member of each class, classes in order of first appearance.
    ///
    /// scikit-learn's allocation: with all rows sorted by class, fold k receives as many rows of a class as every
    /// folds-th sorted row from the k-th on has of it. Class counts per fold then differ by at most one, and so do the
    /// sizes of the folds.
    private func foldNumbers(_ labels: [Int]) throws(SplitError) -> [[Int]] {
        if labels.count < folds { throw .tooFewSamples(have: labels.count, need: folds) }
        let encoded = firstAppearance(labels)
        let sizes: [Int] = rowsByClass(encoded.codes).map(\.count)
        if !allowsSmallClasses {
            for (code, size) in sizes.enumerated() where size < folds {
                throw .classTooSmall(class: encoded.labels[code], have: size, need: folds)
            }
        }
        var numbers: [[Int]] = []
        var start: Int = 0
        for size in sizes {
            var own: [Int] = []
            for fold in 0..<folds {
                // Sorted positions fold, fold + folds, … that fall into this class.
                let before: Int = (start + folds - 1 - fold) / folds
                let through: Int = (start + size + folds - 1 - fold) / folds
                own += [Int](repeating: fold, count: through - before)
            }
            numbers.append(own)
            start += size
        }
        return numbers
    }

    private func assign(_ labels: [Int], _ numbers: [[Int]]) -> [Split] {
        let codes: [Int] = firstAppearance(labels).codes
        var used = [Int](repeating: 0, count: numbers.count)
        var assigned = [Int](repeating: 0, count: labels.count)
        for (row, code) in codes.enumerated() {
            assigned[row] = numbers[code][used[code]]
            used[code] += 1
        }
        return Split.holdingOut(folds: assigned, count: folds)
    }

    private func firstAppearance(_ labels: [Int]) -> (codes: [Int], labels: [Int]) {
        var known: [Int: Int] = [:]
        var order: [Int] = []
        let codes: [Int] = labels.map { label in
            if let code = known[label] { return code }
            known[label] = order.count
            order.append(label)
            return order.count - 1
        }
        return (codes, order)
    }
}
