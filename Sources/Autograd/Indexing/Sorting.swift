import Tensor

// The order is found once; values are then gathered, so gradients follow the permutation.

extension Variable {
    /// The elements in order along an axis, and their old positions. Stable; NaN counts as largest.
    public func sorted(axis: Int = -1, descending: Bool = false) -> (values: Variable, indices: Tensor<Int64>) {
        let (_, indices) = value.sorted(axis: axis, descending: descending)
        return (gathered(axis: axis, indices), indices)
    }

    /// The k largest (or smallest) elements along an axis, in order, and their positions; ties go to the lowest index.
    public func topK(_ k: Int, axis: Int = -1, largest: Bool = true) -> (values: Variable, indices: Tensor<Int64>) {
        let (_, indices) = value.topK(k, axis: axis, largest: largest)
        return (gathered(axis: axis, indices), indices)
    }

    /// The largest element along an axis and its first position, which gets the whole gradient.
    public func maximumWithIndex(axis: Int) -> (values: Variable, indices: Tensor<Int64>) {
        extremeWithIndex(axis, value.argmax(axis: axis, keepDimensions: true))
    }

    /// The smallest element along an axis and its first position, which gets the whole gradient.
    public func minimumWithIndex(axis: Int) -> (values: Variable, indices: Tensor<Int64>) {
        extremeWithIndex(axis, value.argmin(axis: axis, keepDimensions: true))
    }

    private func extremeWithIndex(
        _ axis: Int, _ indices: Tensor<Int64>
    ) -> (values: Variable, indices: Tensor<Int64>) {
        (gathered(axis: axis, indices).squeezed(axis), indices.squeezed(axis))
    }

    /// The lower median along an axis and its position, which gets the whole gradient.
    public func median(axis: Int) -> (values: Variable, indices: Tensor<Int64>) {
        let (_, indices) = value.median(axis: axis)
        let position = axis < 0 ? axis + rank : axis
        return (gathered(axis: position, indices.unsqueezed(position)).squeezed(position), indices)
    }
}
