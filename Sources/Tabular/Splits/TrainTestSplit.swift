extension Split {
    /// Holds out a random share of rows, rounded up as scikit-learn does.
    ///
    /// - Parameters:
    ///   - count: The number of rows.
    ///   - testFraction: The share to hold out, strictly between 0 and 1.
    ///   - generator: Draws the rows to hold out.
    /// - Throws: `SplitError.tooFewSamples` when a part would be empty.
    public static func random(
        count: Int, testFraction: Double, using generator: inout some RandomNumberGenerator
    ) throws(SplitError) -> Split {
        let testCount: Int = try testCount(count, testFraction)
        let order: [Int] = (0..<count).shuffled(using: &generator)
        return Split(train: Array(order[testCount...]), test: Array(order[..<testCount]))
    }

    /// Holds out a random share of the rows of every class.
    ///
    /// The held-out rows are apportioned to the classes by largest remainder, ties to the lower class; every class keeps
    /// at least one row on each side.
    ///
    /// - Parameters:
    ///   - labels: The class of each row, from 0.
    ///   - testFraction: The share to hold out, strictly between 0 and 1.
    ///   - generator: Draws the rows to hold out.
    /// - Throws: `SplitError` when a part would be empty or a class has a single row.
    public static func stratified(
        labels: [Int], testFraction: Double, using generator: inout some RandomNumberGenerator
    ) throws(SplitError) -> Split {
        let testCount: Int = try testCount(labels.count, testFraction)
        let members: [[Int]] = rowsByClass(labels)
        let present: [Int] = members.indices.filter { !members[$0].isEmpty }
        for index in present where members[index].count < 2 {
            throw .classTooSmall(class: index, have: members[index].count, need: 2)
        }
        if testCount < present.count || labels.count - testCount < present.count {
            throw .tooFewSamples(have: min(testCount, labels.count - testCount), need: present.count)
        }
        let exact: [Double] = members.map { Double($0.count) * Double(testCount) / Double(labels.count) }
        var shares: [Int] = members.map(\.count)
        for index in present { shares[index] = min(max(Int(exact[index]), 1), members[index].count - 1) }
        var left: Int = testCount - present.reduce(0) { $0 + shares[$1] }
        // One row at a time to the class that is furthest below its share, or from the one furthest above.
        while left != 0 {
            let change: Int = left > 0 ? 1 : -1
            var chosen: Int?
            var largest: Double = -.infinity
            for index in present {
                let next: Int = shares[index] + change
                let lack: Double = (exact[index] - Double(shares[index])) * Double(change)
                if next >= 1, next < members[index].count, lack > largest { (chosen, largest) = (index, lack) }
            }
            guard let chosen else { break }
            shares[chosen] += change
            left -= change
        }

        var train: [Int] = []
        var test: [Int] = []
        for index in present {
            let order: [Int] = members[index].shuffled(using: &generator)
            test += order[..<shares[index]]
            train += order[shares[index]...]
        }
        return Split(train: train, test: test)
    }

    private static func testCount(_ count: Int, _ fraction: Double) throws(SplitError) -> Int {
        requireShape(
            fraction > 0 && fraction < 1, "The test fraction must lie strictly between 0 and 1, not \(fraction).")
        if count < 2 { throw .tooFewSamples(have: count, need: 2) }
        let testCount: Int = Int((Double(count) * fraction).rounded(.up))
        if testCount >= count { throw .tooFewSamples(have: count, need: testCount + 1) }
        return testCount
    }
}

/// The rows of each class, from class 0 to the largest label.
func rowsByClass(_ labels: [Int]) -> [[Int]] {
    requireShape(labels.allSatisfy { $0 >= 0 }, "Class labels must be zero or more.")
    var members = [[Int]](repeating: [], count: (labels.max() ?? -1) + 1)
    for (row, label) in labels.enumerated() { members[label].append(row) }
    return members
}
