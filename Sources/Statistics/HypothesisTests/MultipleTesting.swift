/// Adjustments of p-values for the number of tests made.
public enum MultipleTesting {
    /// Holm's step-down adjustment (1979), which bounds the probability of any false rejection.
    ///
    /// - Returns: The adjusted p-values in the order given; empty for empty input.
    /// - Throws: `StatisticsError.outOfRange` for a value outside 0...1 or NaN.
    public static func holm(_ pValues: [Double]) throws(StatisticsError) -> [Double] {
        try requireProbabilities(pValues)
        let count: Int = pValues.count
        var adjusted = pValues
        var running: Double = 0
        for (position, index) in ascendingOrder(pValues).enumerated() {
            running = max(running, min(1, pValues[index] * Double(count - position)))
            adjusted[index] = running
        }
        return adjusted
    }

    /// Benjamini and Hochberg's step-up adjustment (1995), which bounds the expected share of false rejections.
    ///
    /// - Returns: The adjusted p-values in the order given; empty for empty input.
    /// - Throws: `StatisticsError.outOfRange` for a value outside 0...1 or NaN.
    public static func benjaminiHochberg(_ pValues: [Double]) throws(StatisticsError) -> [Double] {
        try requireProbabilities(pValues)
        let count: Int = pValues.count
        var adjusted = pValues
        var running: Double = 1
        for (position, index) in ascendingOrder(pValues).enumerated().reversed() {
            running = min(running, pValues[index] * Double(count) / Double(position + 1))
            adjusted[index] = running
        }
        return adjusted
    }

    private static func ascendingOrder(_ pValues: [Double]) -> [Int] {
        pValues.indices.sorted { pValues[$0] < pValues[$1] }
    }

    private static func requireProbabilities(_ pValues: [Double]) throws(StatisticsError) {
        for (index, value) in pValues.enumerated() where !(value >= 0 && value <= 1) {
            throw .outOfRange(sample: "pValues", index: index, expected: "a probability in 0...1")
        }
    }
}
