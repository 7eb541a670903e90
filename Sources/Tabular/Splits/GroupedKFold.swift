/// Cross-validation in which all rows of a group, such as a patient, stay together.
public struct GroupedKFold: Sendable, Hashable {
    /// The number of parts.
    public var folds: Int

    /// Creates the scheme; stops the program for fewer than two folds.
    public init(folds: Int = 5) {
        requireShape(folds >= 2, "Cross-validation needs at least two folds, not \(folds).")
        self.folds = folds
    }

    /// Splits rows by group: the largest remaining group always goes to the smallest fold.
    ///
    /// Deterministic; groups of equal size go in order of first appearance, equal folds by number.
    ///
    /// - Throws: `SplitError.tooFewSamples` for fewer groups than folds.
    public func splits<Group: Hashable>(groups: [Group]) throws(SplitError) -> [Split] {
        var codes: [Group: Int] = [:]
        var sizes: [Int] = []
        for group in groups {
            if let code = codes[group] {
                sizes[code] += 1
            } else {
                codes[group] = sizes.count
                sizes.append(1)
            }
        }
        if sizes.count < folds { throw .tooFewSamples(have: sizes.count, need: folds) }
        let order: [Int] = sizes.indices.sorted { sizes[$0] > sizes[$1] || (sizes[$0] == sizes[$1] && $0 < $1) }
        var loads = [Int](repeating: 0, count: folds)
        var foldOfGroup = [Int](repeating: 0, count: sizes.count)
        for code in order {
            var lightest: Int = 0
            for fold in 1..<folds where loads[fold] < loads[lightest] { lightest = fold }
            foldOfGroup[code] = lightest
            loads[lightest] += sizes[code]
        }
        return Split.holdingOut(folds: groups.map { foldOfGroup[codes[$0, default: 0]] }, count: folds)
    }
}
