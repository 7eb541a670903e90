/// Checks what every classifier asks of its training data and returns the number of classes.
///
/// Stops the program when the counts of rows and labels differ or a label is negative.
///
/// - Parameter allowsMissing: Whether NaN is a value like others; infinite values never are.
func requireClasses(
    _ features: FeatureMatrix, _ labels: [Int], allowsMissing: Bool = false
) throws(EstimatorError) -> Int {
    requireShape(
        features.rows == labels.count,
        "A fit needs one label per row, not \(labels.count) for \(features.rows) rows.")
    if labels.isEmpty { throw .empty }
    try requireFinite(features, allowsMissing: allowsMissing)
    let members: [[Int]] = rowsByClass(labels)
    if members.count(where: { !$0.isEmpty }) < 2 { throw .oneClass }
    if let index = members.firstIndex(where: \.isEmpty) { throw .emptyClass(index) }
    return members.count
}

/// Checks what every regressor asks of its training data; stops the program when the counts of rows and targets differ.
func requireTargets(
    _ features: FeatureMatrix, _ targets: [Double], allowsMissing: Bool = false
) throws(EstimatorError) {
    requireShape(
        features.rows == targets.count,
        "A fit needs one target per row, not \(targets.count) for \(features.rows) rows.")
    if targets.isEmpty { throw .empty }
    try requireFinite(features, allowsMissing: allowsMissing)
    if let row = targets.firstIndex(where: { !$0.isFinite }) { throw .notFiniteTarget(row: row) }
}

private func requireFinite(_ features: FeatureMatrix, allowsMissing: Bool) throws(EstimatorError) {
    let bad: Int? = features.values.firstIndex { allowsMissing ? $0.isInfinite : !$0.isFinite }
    if let index = bad { throw .notFinite(row: index / features.columns, column: index % features.columns) }
}

/// Stops the program unless new rows have the features that a model was fitted on.
func requireFeatures(_ features: FeatureMatrix, fittedOn count: Int) {
    requireShape(
        features.columns == count, "The model was fitted on \(count) features but was given \(features.columns).")
}
