/// A matrix of Double, row after row: samples by features.
public struct FeatureMatrix: Sendable, Hashable {
    /// The number of samples.
    public let rows: Int
    /// The number of features.
    public let columns: Int
    /// All values, row after row.
    public var values: [Double]

    /// Wraps values; stops the program unless there are `rows * columns` of them.
    public init(rows: Int, columns: Int, values: [Double]) {
        requireShape(
            rows >= 0 && columns >= 0 && values.count == rows * columns,
            "A feature matrix of \(rows) rows and \(columns) columns needs \(rows * columns) values, not \(values.count)."
        )
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Stacks rows; stops the program unless they have equal lengths.
    public init(_ rows: [[Double]]) {
        let width: Int = rows.first?.count ?? 0
        requireShape(rows.allSatisfy { $0.count == width }, "The rows of a feature matrix must have equal lengths.")
        self.init(rows: rows.count, columns: width, values: Array(rows.joined()))
    }

    /// The value of a feature of a sample.
    public subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    /// The features of one sample.
    public func row(_ index: Int) -> ArraySlice<Double> { values[index * columns..<(index + 1) * columns] }

    /// One feature of all samples.
    public func column(_ index: Int) -> [Double] { (0..<rows).map { values[$0 * columns + index] } }

    /// The given samples, in the given order; indices may repeat.
    public func selecting(rows chosen: [Int]) -> FeatureMatrix {
        var picked: [Double] = []
        picked.reserveCapacity(chosen.count * columns)
        for index in chosen { picked.append(contentsOf: row(index)) }
        return FeatureMatrix(rows: chosen.count, columns: columns, values: picked)
    }

    /// The given features, in the given order.
    public func selecting(columns chosen: [Int]) -> FeatureMatrix {
        var picked: [Double] = []
        picked.reserveCapacity(chosen.count * rows)
        for i in 0..<rows { for j in chosen { picked.append(values[i * columns + j]) } }
        return FeatureMatrix(rows: rows, columns: chosen.count, values: picked)
    }

    /// The first value that is NaN or infinite, by row and column; nil where all are finite.
    var firstNotFinite: (row: Int, column: Int)? {
        values.firstIndex { !$0.isFinite }.map { ($0 / columns, $0 % columns) }
    }
}

/// Stops the program with a sentence when a caller's arguments do not fit together.
@inline(__always)
func requireShape(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}
