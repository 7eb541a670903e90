/// Cross-validation by parts of nearly equal size.
public struct KFold: Sendable, Hashable {
    /// The number of parts.
    public var folds: Int

    /// Creates the scheme; stops the program for fewer than two folds.
    public init(folds: Int = 5) {
        requireShape(folds >= 2, "Cross-validation needs at least two folds, not \(folds).")
        self.folds = folds
    }

    /// Splits rows in their order; the first parts are one larger when the division leaves a rest.
    ///
    /// - Throws: `SplitError.tooFewSamples` for fewer rows than folds.
    public func splits(count: Int) throws(SplitError) -> [Split] { try splits(order: Array(0..<count)) }

    /// Splits rows after shuffling them.
    ///
    /// - Throws: `SplitError.tooFewSamples` for fewer rows than folds.
    public func splits(count: Int, shuffledBy generator: inout some RandomNumberGenerator) throws(SplitError) -> [Split]
    {
        try splits(order: (0..<count).shuffled(using: &generator))
    }

    private func splits(order: [Int]) throws(SplitError) -> [Split] {
        if order.count < folds { throw .tooFewSamples(have: order.count, need: folds) }
        var assigned = [Int](repeating: 0, count: order.count)
        var position: Int = 0
        for fold in 0..<folds {
            let size: Int = order.count / folds + (fold < order.count % folds ? 1 : 0)
            for row in order[position..<position + size] { assigned[row] = fold }
            position += size
        }
        return Split.holdingOut(folds: assigned, count: folds)
    }
}
