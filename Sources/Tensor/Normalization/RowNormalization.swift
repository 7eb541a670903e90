import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// Layer normalisation over the last axis (arXiv 1607.06450): (x - μ) r w + b with r = 1 / √(σ² + ε), σ² biased.
    ///
    /// - Parameters:
    ///   - weight: `[n]` for the last axis's extent n, or nil for ones.
    ///   - bias: `[n]`, or nil for zeros.
    ///   - epsilon: ε, which keeps rows without variance finite.
    /// - Returns: the result, and μ and r for each row, which ``layerNormGradient(_:weight:mean:rstd:)`` needs.
    public func layerNorm(
        weight: Tensor?, bias: Tensor?, epsilon: Scalar
    ) -> (output: Tensor, mean: Tensor, rstd: Tensor) {
        let columns = requireRow(weight, bias, "layerNorm")
        let rows = columns == 0 ? 0 : count / columns
        let source = contiguous()
        let (w, b) = (weight?.contiguous(), bias?.contiguous())
        let output = Tensor(uninitialized: shape)
        let mean = Tensor(uninitialized: [rows])
        let rstd = Tensor(uninitialized: [rows])
        Parallelism.forEachPiece(of: rows, grain: max(1, Grain.elementwise / 2 / max(columns, 1))) { piece in
            let start = piece.lowerBound * columns
            mk_layer_norm(
                Scalar.dtype.kernelType, piece.count, columns, source.pointer + start, w?.rawPointer, b?.rawPointer,
                epsilon.doubleValue, output.pointer + start, mean.pointer + piece.lowerBound,
                rstd.pointer + piece.lowerBound)
        }
        return (output, mean, rstd)
    }

    /// The derivative of layer normalisation: ∂x = r (Gw - mean(Gw) - x̂ mean(Gw x̂)), ∂w = Σ G x̂, ∂b = Σ G.
    ///
    /// Called on the input. The sums over rows are taken in blocks of fixed size, so they do not depend on the threads.
    public func layerNormGradient(
        _ gradient: Tensor, weight: Tensor?, mean: Tensor, rstd: Tensor
    ) -> (input: Tensor, weight: Tensor, bias: Tensor) {
        let columns = requireRow(weight, nil, "layerNormGradient")
        let rows = columns == 0 ? 0 : count / columns
        requireStatistics(gradient, [mean, rstd], rows, "layerNormGradient")
        let (source, incoming, w) = (contiguous(), gradient.contiguous(), weight?.contiguous())
        let input = Tensor(uninitialized: shape)
        let blocks = RowBlocks(rows: rows)
        var sums = Tensor<Double>(zeros: [blocks.count, 2, columns])
        sums.withUnsafeMutableBufferPointer { sums in
            let base = SendablePointer(sums.baseAddress!)
            Parallelism.forEachPiece(of: blocks.count, grain: blocks.grain(columns)) { piece in
                for block in piece {
                    let range = blocks.rows(block)
                    let start = range.lowerBound * columns
                    let partial = base.pointer + block * 2 * columns
                    mk_layer_norm_gradient(
                        Scalar.dtype.kernelType, range.count, columns, source.pointer + start, w?.rawPointer,
                        incoming.pointer + start, mean.pointer + range.lowerBound, rstd.pointer + range.lowerBound,
                        input.pointer + start, partial, partial + columns)
                }
            }
        }
        let totals = Tensor(sums.sum(axes: [0]))
        return (input, totals.selected(axis: 0, at: 0), totals.selected(axis: 0, at: 1))
    }

    /// RMS normalisation over the last axis (arXiv 1910.07467): x r w with r = 1 / √(mean(x²) + ε).
    ///
    /// - Returns: the result, and r for each row, which ``rmsNormGradient(_:weight:rstd:)`` needs.
    public func rmsNorm(weight: Tensor?, epsilon: Scalar) -> (output: Tensor, rstd: Tensor) {
        let columns = requireRow(weight, nil, "rmsNorm")
        let rows = columns == 0 ? 0 : count / columns
        let (source, w) = (contiguous(), weight?.contiguous())
        let output = Tensor(uninitialized: shape)
        let rstd = Tensor(uninitialized: [rows])
        Parallelism.forEachPiece(of: rows, grain: max(1, Grain.elementwise / 2 / max(columns, 1))) { piece in
            let start = piece.lowerBound * columns
            mk_rms_norm(
                Scalar.dtype.kernelType, piece.count, columns, source.pointer + start, w?.rawPointer,
                epsilon.doubleValue, output.pointer + start, rstd.pointer + piece.lowerBound)
        }
        return (output, rstd)
    }

    /// The derivative of RMS normalisation: ∂x = r (Gw - x r² mean(Gw x)), ∂w = Σ G x r. Called on the input.
    public func rmsNormGradient(
        _ gradient: Tensor, weight: Tensor?, rstd: Tensor
    ) -> (input: Tensor, weight: Tensor) {
        let columns = requireRow(weight, nil, "rmsNormGradient")
        let rows = columns == 0 ? 0 : count / columns
        requireStatistics(gradient, [rstd], rows, "rmsNormGradient")
        let (source, incoming, w) = (contiguous(), gradient.contiguous(), weight?.contiguous())
        let input = Tensor(uninitialized: shape)
        let blocks = RowBlocks(rows: rows)
        var sums = Tensor<Double>(zeros: [blocks.count, columns])
        sums.withUnsafeMutableBufferPointer { sums in
            let base = SendablePointer(sums.baseAddress!)
            Parallelism.forEachPiece(of: blocks.count, grain: blocks.grain(columns)) { piece in
                for block in piece {
                    let range = blocks.rows(block)
                    let start = range.lowerBound * columns
                    mk_rms_norm_gradient(
                        Scalar.dtype.kernelType, range.count, columns, source.pointer + start, w?.rawPointer,
                        incoming.pointer + start, rstd.pointer + range.lowerBound, input.pointer + start,
                        base.pointer + block * columns)
                }
            }
        }
        return (input, Tensor(sums.sum(axes: [0])))
    }

    private func requireRow(_ weight: Tensor?, _ bias: Tensor?, _ operation: StaticString) -> Int {
        guard rank > 0 else { trap("\(operation): a scalar has no axis to normalise") }
        let columns = shape[-1]
        for parameter in [weight, bias] {
            if let parameter, parameter.shape != [columns] {
                trap("\(operation): the parameter of shape \(parameter.shape) does not fit the input \(shape)")
            }
        }
        return columns
    }

    private func requireStatistics(_ gradient: Tensor, _ statistics: [Tensor], _ rows: Int, _ operation: StaticString) {
        for value in statistics where value.shape != [rows] || !value.isContiguous {
            trap("\(operation): the rows' statistics have the shape \(value.shape) instead of [\(rows)]")
        }
        guard gradient.shape == shape else {
            trap("\(operation): a gradient of shape \(gradient.shape) does not fit the input \(shape)")
        }
    }

    var rawPointer: UnsafeRawPointer { UnsafeRawPointer(pointer) }
}

/// Rows in up to 16 blocks of equal size, for sums over rows that are independent of the number of threads.
struct RowBlocks {
    private let size: Int
    private let rowCount: Int
    let count: Int

    init(rows: Int) {
        rowCount = rows
        size = max(16, (rows + 15) / 16)
        count = max(1, (rows + size - 1) / size)
    }

    func rows(_ block: Int) -> Range<Int> { min(block * size, rowCount)..<min((block + 1) * size, rowCount) }

    /// The fewest blocks worth a thread of their own.
    func grain(_ columns: Int) -> Int { max(1, Grain.elementwise / 2 / max(1, size * columns)) }
}

/// A pointer that threads may share because each writes a part of its own.
struct SendablePointer<Pointee>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Pointee>

    init(_ pointer: UnsafeMutablePointer<Pointee>) { self.pointer = pointer }
}
