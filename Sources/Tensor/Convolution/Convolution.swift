import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// The convolution of signals with kernels (a cross-correlation, as everywhere in deep learning).
    ///
    /// `out[n, o, i] = bias[o] + sum over c, k of weight[o, c, k] * self[n, c, i stride + k dilation - padding]`
    ///
    /// - Parameters:
    ///   - weight: `[out, in / groups, kernel]`
    ///   - bias: `[out]`, or nil for none
    ///   - geometry: stride, padding, dilation and groups
    /// - Returns: `[batch, out, length]` for an input `[batch, in, length]`
    public func conv1d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Tensor {
        requireRank(3, "conv1d")
        return convolved(weight, bias, geometry, "conv1d")
    }

    /// The convolution of planes with kernels (a cross-correlation, as everywhere in deep learning).
    ///
    /// - Parameters:
    ///   - weight: `[out, in / groups, kernel height, kernel width]`
    ///   - bias: `[out]`, or nil for none
    ///   - geometry: stride, padding, dilation and groups
    /// - Returns: `[batch, out, height, width]` for an input `[batch, in, height, width]`
    public func conv2d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: ConvolutionGeometry = ConvolutionGeometry()
    ) -> Tensor {
        requireRank(4, "conv2d")
        return convolved(weight, bias, geometry, "conv2d")
    }

    func requireRank(_ wanted: Int, _ operation: StaticString) {
        guard rank == wanted else {
            trap("\(operation): the input has the shape \(shape), but needs \(wanted) axes")
        }
    }

    private func convolved(
        _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, _ operation: StaticString
    ) -> Tensor {
        let plan = ConvolutionPlan(input: shape, weight: weight.shape, geometry, in: operation)
        let result = Tensor.initialOutput(plan.outputShape, bias, operation)
        plan.correlate(contiguous(), weight.contiguous(), into: result)
        return result
    }

    /// A tensor `[batch, channels, ...]` that holds each channel's bias, or zeros.
    static func initialOutput(_ shape: TensorShape, _ bias: Tensor?, _ operation: StaticString) -> Tensor {
        guard let bias else { return Tensor(zeros: shape) }
        guard bias.shape == [shape[1]] else {
            trap("\(operation): the bias has the shape \(bias.shape), but the output has \(shape[1]) channels")
        }
        var column: TensorShape = [shape[1]]
        for _ in 2..<shape.rank { column.append(1) }
        return bias.reshaped(column).broadcast(to: shape).copied()
    }
}

extension ConvolutionPlan {
    /// Adds the convolution of `input` with `weight` to `output`; all three are contiguous.
    func correlate<Scalar: FloatingTensorScalar>(
        _ input: Tensor<Scalar>, _ weight: Tensor<Scalar>, into output: Tensor<Scalar>
    ) {
        if depth == 0 || output.isEmpty { return }
        let kernels = Scalar.windowKernels
        let (x, w, y) = (input.pointer, weight.pointer, output.pointer)
        if isDepthwise {
            let channels = groups * outputChannelsPerGroup
            let grain = max(1, Grain.elementwise / (outputArea * kernelArea))
            Parallelism.forEachPiece(of: batch * channels, grain: grain) { piece in
                for plane in piece {
                    let (item, channel) = (plane / channels, plane % channels)
                    let source = item * groups + channel / outputChannelsPerGroup
                    kernels.correlate(
                        windows, x + source * inputArea, w + channel * kernelArea, y + plane * outputArea)
                }
            }
            return
        }
        let tiling = tiling(elementBytes: MemoryLayout<Scalar>.stride)
        let rows = outputChannelsPerGroup
        let flops = rows * depth * min(tiling.windows, outputArea)
        let unitCount = batch * groups * tiling.windowBlocks
        Parallelism.forEachPiece(of: unitCount, grain: max(1, Grain.multiplications / flops)) { piece in
            let column =
                isPointwise ? nil : Tensor<Scalar>(uninitialized: [tiling.channels * kernelArea, tiling.windows])
            for unit in piece {
                let (plane, block) = (unit / tiling.windowBlocks, unit % tiling.windowBlocks)
                let group = plane % groups
                let first = block * tiling.windows
                let count = min(tiling.windows, outputArea - first)
                let source = x + plane * inputChannelsPerGroup * inputArea
                let factors = w + group * rows * depth
                let target = y + plane * rows * outputArea + first
                guard let column else {
                    TileProduct.run(
                        rows, count, depth, factors, .asStored(depth), source + first, .asStored(inputArea), target,
                        outputArea, adds: true)
                    continue
                }
                for start in stride(from: 0, to: inputChannelsPerGroup, by: tiling.channels) {
                    let channels = min(tiling.channels, inputChannelsPerGroup - start)
                    kernels.gather_windows(
                        windows, channels, source + start * inputArea, first, count, column.pointer)
                    TileProduct.run(
                        rows, count, channels * kernelArea, factors + start * kernelArea, .asStored(depth),
                        column.pointer, .asStored(count), target, outputArea, adds: true)
                }
            }
        }
    }
}

extension Grain {
    /// How many multiplications of a matrix product one thread should have at least.
    static let multiplications = 1 << 18
}

extension TensorScalar {
    /// The window kernels for this floating-point type.
    static var windowKernels: mk_window_kernels { mk_windows_of(dtype == .float64 ? 1 : 0).pointee }
}
