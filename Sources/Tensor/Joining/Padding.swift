/// What stands around a tensor after padding.
public enum PaddingMode: Sendable, Hashable, CaseIterable {
    /// One value.
    case constant
    /// The tensor mirrored, without repeating its edge: `c b | a b c | b a`.
    case reflect
    /// The edge repeated: `a a | a b c | c c`.
    case replicate
    /// The tensor from its other end: `b c | a b c | a b`.
    case circular
}

extension Tensor {
    /// The tensor with positions added around it.
    ///
    /// Negative amounts crop, in constant mode. Traps if a mirror or a circle would need more than the tensor has.
    ///
    /// - Parameters:
    ///   - amounts: how many positions before and after, for the last axis first: `[1, 2, 0, 3]` adds 1 before and 2
    ///     after along the last axis, 3 after along the one in front of it.
    ///   - mode: what stands in the added positions.
    ///   - value: what to pad with in constant mode.
    public func padded(_ amounts: [Int], mode: PaddingMode = .constant, value: Scalar = .zero) -> Tensor {
        requirePairs(amounts, in: "padded")
        if mode == .constant { return paddedByConstant(amounts, value) }
        var result = self
        for pair in 0..<amounts.count / 2 where amounts[2 * pair] != 0 || amounts[2 * pair + 1] != 0 {
            let axis = rank - 1 - pair
            let sources = sourcePositions(shape, axis, amounts[2 * pair], amounts[2 * pair + 1], mode)
            result = result.picking(sources, axis: axis)
        }
        return result
    }

    private func paddedByConstant(_ amounts: [Int], _ value: Scalar) -> Tensor {
        var target = shape
        var part = self
        var offsets = TensorShape(repeating: 0, rank: rank)
        for pair in 0..<amounts.count / 2 {
            let axis = rank - 1 - pair
            let (before, after) = (amounts[2 * pair], amounts[2 * pair + 1])
            target.extents[axis] += before + after
            let kept = shape.extents[axis] + min(before, 0) + min(after, 0)
            guard kept >= 0, target.extents[axis] >= 0 else {
                trap("padded: the amounts \(amounts) crop more than axis \(axis) of the shape \(shape) has")
            }
            part = part.narrowed(axis: axis, from: max(-before, 0), count: kept)
            offsets.extents[axis] = max(before, 0)
        }
        let result = Tensor(repeating: value, shape: target)
        var region = result.layout
        region.shape = part.shape
        for axis in 0..<rank { region.offset += offsets.extents[axis] * region.strides.extents[axis] }
        result.assign(part, to: region)
        return result
    }

    fileprivate func requirePairs(_ amounts: [Int], in operation: StaticString) {
        guard amounts.count.isMultiple(of: 2), amounts.count / 2 <= rank else {
            trap(
                "\(operation): the amounts \(amounts) are not pairs for at most the \(rank) axes of the shape \(shape)")
        }
    }
}

extension Tensor where Scalar: NumericTensorScalar {
    /// The adjoint of ``padded(_:mode:value:)``, called on a tensor of the padded shape: every element is added to the one
    /// that padding copied it from.
    ///
    /// - Parameters:
    ///   - amounts: those that were given for padding.
    ///   - mode: the mode that was given for padding.
    public func padAdjoint(_ amounts: [Int], mode: PaddingMode = .constant) -> Tensor {
        requirePairs(amounts, in: "padAdjoint")
        if mode == .constant { return paddedByConstant(amounts.map { -$0 }, .zero) }
        var result = self
        // The axes are independent, but sums keep the same order if they are undone in reverse.
        for pair in (0..<amounts.count / 2).reversed() where amounts[2 * pair] != 0 || amounts[2 * pair + 1] != 0 {
            let axis = rank - 1 - pair
            let extent = result.shape.extents[axis] - amounts[2 * pair] - amounts[2 * pair + 1]
            let inner = result.shape.replacing(axis: axis, with: max(extent, 0))
            let sources = sourcePositions(inner, axis, amounts[2 * pair], amounts[2 * pair + 1], mode)
            var sums = Tensor(zeros: inner)
            sums.addSlices(at: sources, axis: axis, result)
            result = sums
        }
        return result
    }
}

/// For every position of the padded axis the position that it copies.
private func sourcePositions(
    _ shape: TensorShape, _ axis: Int, _ before: Int, _ after: Int, _ mode: PaddingMode
) -> Tensor<Int64> {
    let extent = shape.extents[axis]
    let most = max(before, after)
    let allowed =
        switch mode {
        case .constant, .replicate: extent > 0 ? Int.max : 0
        case .reflect: max(extent - 1, 0)
        case .circular: extent
        }
    guard before >= 0, after >= 0, most <= allowed else {
        trap("padded: \(before) and \(after) positions in mode \(mode) do not fit axis \(axis) of the shape \(shape)")
    }
    return Tensor<Int64>(count: before + extent + after) { position in
        let source = position - before
        switch mode {
        case .constant, .replicate: return Int64(min(max(source, 0), extent - 1))
        case .reflect: return Int64(source < 0 ? -source : source >= extent ? 2 * (extent - 1) - source : source)
        case .circular: return Int64(source < 0 ? source + extent : source >= extent ? source - extent : source)
        }
    }
}
