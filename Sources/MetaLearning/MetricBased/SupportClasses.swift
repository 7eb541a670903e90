import Autograd
import Tensor

/// The classes of a support set, as the metric-based learners need them.
struct SupportClasses<Scalar: FloatingTensorScalar> {
    /// `[n, ways]`: a one in the column of each row's class.
    let membership: Tensor<Scalar>

    /// `[1, ways]`: the number of rows of each class.
    let counts: Tensor<Scalar>

    /// Reads the classes 0..<ways.
    ///
    /// - Throws: ``MetaLearningError/unsuitableTargets(_:)`` unless there are classes, each with a row.
    init(_ targets: Examples<Scalar>.Targets) throws(MetaLearningError) {
        guard let labels = targets.labels else { throw .unsuitableTargets("they are numbers, not classes") }
        let found = labels.array
        guard let last = found.max(), let first = found.min(), first >= 0 else {
            throw .unsuitableTargets("the support is empty or has a negative class")
        }
        guard Int(last) < found.count, Set(found).count == Int(last) + 1 else {
            throw .unsuitableTargets("of the classes 0...\(last), \(Set(found).count) have support")
        }
        membership = Tensor<Scalar>.oneHot(labels, classes: Int(last) + 1)
        counts = membership.sum(axes: [0], keepDimensions: true)
    }

    /// The classes of queries.
    ///
    /// - Throws: ``MetaLearningError/unsuitableTargets(_:)`` unless they are classes that have support.
    func labels(of queries: Examples<Scalar>.Targets) throws(MetaLearningError) -> Tensor<Int64> {
        guard let labels = queries.labels else { throw .unsuitableTargets("the queries have no classes") }
        let ways = membership.shape[1]
        if let row = labels.array.firstIndex(where: { $0 < 0 || $0 >= ways }) {
            throw .unsuitableTargets(
                "query \(row) is of class \(labels.array[row]), but the support has the classes 0..<\(ways)")
        }
        return labels
    }

    /// The mean row of each class: `[n, d]` to `[ways, d]`.
    func means(of rows: Variable<Scalar>) -> Variable<Scalar> {
        Variable(membership / counts).transposed().matmul(rows)
    }
}

extension Variable {
    /// Rows of length 1: `[n, d]` over max(‖row‖, 1e-8).
    func rowsOfUnitLength() -> Variable {
        self / norm(axes: [1], keepDimensions: true).maximum(Variable(1e-8))
    }
}
