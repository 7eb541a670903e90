import CKernels

extension Tensor where Scalar: FloatingTensorScalar {
    /// The gradient of a convolution with respect to its input: the transpose of the map `input -> output`.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the output, in the output's shape
    ///   - weight: `[out, in / groups, kernel...]`
    ///   - inputShape: `[batch, in, length]` or `[batch, in, height, width]`
    ///   - geometry: stride, padding, dilation and groups of the convolution
    /// - Returns: a tensor of `inputShape`
    public static func convolutionInputGradient(
        _ cotangent: Tensor, weight: Tensor, inputShape: TensorShape, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        let plan = ConvolutionPlan(input: inputShape, weight: weight.shape, geometry, in: "convolutionInputGradient")
        cotangent.requireShape(plan.outputShape, "convolutionInputGradient")
        let result = Tensor(zeros: inputShape)
        plan.correlateInput(cotangent.contiguous(), weight.contiguous(), into: result)
        return result
    }

    /// The gradient of a convolution with respect to its weight: a correlation of the input with the cotangent.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient with respect to the output, in the output's shape
    ///   - input: `[batch, in, length]` or `[batch, in, height, width]`
    ///   - weightShape: `[out, in / groups, kernel...]`
    ///   - geometry: stride, padding, dilation and groups of the convolution
    /// - Returns: a tensor of `weightShape`
    public static func convolutionWeightGradient(
        _ cotangent: Tensor, input: Tensor, weightShape: TensorShape, _ geometry: ConvolutionGeometry
    ) -> Tensor {
        let plan = ConvolutionPlan(
            input: input.shape, weight: weightShape, geometry, in: "convolutionWeightGradient")
        cotangent.requireShape(plan.outputShape, "convolutionWeightGradient")
        return plan.correlateKernel(input.contiguous(), cotangent.contiguous(), shape: weightShape)
    }

    /// The gradient of a convolution with respect to its bias, `[out]`: the cotangent summed over all but the channels.
    public static func convolutionBiasGradient(_ cotangent: Tensor) -> Tensor {
        guard cotangent.rank >= 3 else {
            trap("convolutionBiasGradient: the cotangent has the shape \(cotangent.shape), but needs 3 or 4 axes")
        }
        let (batch, channels) = (cotangent.shape[0], cotangent.shape[1])
        let flat = cotangent.contiguous()
        let area = batch * channels == 0 ? 0 : flat.count / (batch * channels)
        let result = Tensor(uninitialized: [channels])
        let (source, target) = (flat.pointer, result.pointer)
        let grain = max(1, Grain.elementwise / max(batch * area, 1))
        Parallelism.forEachPiece(of: channels, grain: grain) { piece in
            for channel in piece {
                var sum = 0.0
                for item in 0..<batch {
                    sum += mk_sum_double(Scalar.dtype.kernelType, area, source + (item * channels + channel) * area)
                }
                target[channel] = Scalar(sum)
            }
        }
        return result
    }

    func requireShape(_ wanted: TensorShape, _ operation: StaticString) {
        guard shape == wanted else {
            trap("\(operation): the cotangent has the shape \(shape), but the output has the shape \(wanted)")
        }
    }
}

extension ConvolutionPlan {
    /// Adds the transpose of the convolution, applied to `output`, to `input`; all are contiguous.
    func correlateInput<Scalar: FloatingTensorScalar>(
        _ output: Tensor<Scalar>, _ weight: Tensor<Scalar>, into input: Tensor<Scalar>
    ) {
        if depth == 0 || output.isEmpty { return }
        let kernels = Scalar.windowKernels
        let (x, w, y) = (input.pointer, weight.pointer, output.pointer)
        let rows = outputChannelsPerGroup
        if isDepthwise {
            let grain = max(1, Grain.elementwise / (outputArea * kernelArea * rows))
            Parallelism.forEachPiece(of: batch * groups, grain: grain) { piece in
                for plane in piece {
                    for channel in plane * rows..<(plane + 1) * rows {
                        let kernel = w + channel % (groups * rows) * kernelArea
                        kernels.correlate_input(windows, y + channel * outputArea, kernel, x + plane * inputArea)
                    }
                }
            }
            return
        }
        // A unit is a block of input channels of one item: no two units write the same element.
        let tiling = tiling(elementBytes: MemoryLayout<Scalar>.stride)
        let unitCount = batch * groups * tiling.channelBlocks
        let flops = rows * tiling.channels * kernelArea * outputArea
        Parallelism.forEachPiece(of: unitCount, grain: max(1, Grain.multiplications / max(flops, 1))) { piece in
            let column =
                isPointwise ? nil : Tensor<Scalar>(uninitialized: [tiling.channels * kernelArea, tiling.windows])
            for unit in piece {
                let (plane, block) = (unit / tiling.channelBlocks, unit % tiling.channelBlocks)
                let start = block * tiling.channels
                let channels = min(tiling.channels, inputChannelsPerGroup - start)
                let factors = w + plane % groups * rows * depth + start * kernelArea
                let target = x + (plane * inputChannelsPerGroup + start) * inputArea
                let source = y + plane * rows * outputArea
                guard let column else {
                    TileProduct.run(
                        channels, outputArea, rows, factors, .transposed(depth), source, .asStored(outputArea), target,
                        inputArea, adds: true)
                    continue
                }
                for first in stride(from: 0, to: outputArea, by: tiling.windows) {
                    let count = min(tiling.windows, outputArea - first)
                    TileProduct.run(
                        channels * kernelArea, count, rows, factors, .transposed(depth), source + first,
                        .asStored(outputArea), column.pointer, count, adds: false)
                    kernels.scatter_windows(windows, channels, column.pointer, first, count, target)
                }
            }
        }
    }

    /// The gradient with respect to the weight, from contiguous input and cotangent.
    func correlateKernel<Scalar: FloatingTensorScalar>(
        _ input: Tensor<Scalar>, _ output: Tensor<Scalar>, shape: TensorShape
    ) -> Tensor<Scalar> {
        let result = Tensor<Scalar>(zeros: shape)
        if depth == 0 || output.isEmpty { return result }
        if isDepthwise {
            correlateDepthwiseKernel(input, output, into: result)
            return result
        }
        let (x, y) = (input.pointer, output.pointer)
        let rows = outputChannelsPerGroup
        let tiling = tiling(elementBytes: MemoryLayout<Scalar>.stride)
        // A unit is a block of the weight's columns and a chunk of the batch. Chunks have sums of their own, added in
        // order at the end, so that the result depends on the shapes alone, not on the threads.
        let blocks = groups * tiling.channelBlocks
        let chunks = blocks >= 8 ? 1 : min(batch, 8)
        let chunkSize = (batch + chunks - 1) / chunks
        let partial = chunks == 1 ? result : Tensor<Scalar>(zeros: [chunks, result.count])
        let sums = partial.pointer
        let kernels = Scalar.windowKernels
        let flops = chunkSize * rows * tiling.channels * kernelArea * outputArea
        Parallelism.forEachPiece(of: blocks * chunks, grain: max(1, Grain.multiplications / flops)) { piece in
            let column =
                isPointwise ? nil : Tensor<Scalar>(uninitialized: [tiling.channels * kernelArea, tiling.windows])
            for unit in piece {
                let (chunk, block) = (unit / blocks, unit % blocks)
                let (group, start) = (block / tiling.channelBlocks, block % tiling.channelBlocks * tiling.channels)
                let channels = min(tiling.channels, inputChannelsPerGroup - start)
                let target = sums + chunk * result.count + group * rows * depth + start * kernelArea
                for item in chunk * chunkSize..<max(chunk * chunkSize, min((chunk + 1) * chunkSize, batch)) {
                    let plane = item * groups + group
                    let source = x + (plane * inputChannelsPerGroup + start) * inputArea
                    let cotangent = y + plane * rows * outputArea
                    guard let column else {
                        TileProduct.run(
                            rows, channels, outputArea, cotangent, .asStored(outputArea), source,
                            .transposed(inputArea), target, depth, adds: true)
                        continue
                    }
                    for first in stride(from: 0, to: outputArea, by: tiling.windows) {
                        let count = min(tiling.windows, outputArea - first)
                        kernels.gather_windows(windows, channels, source, first, count, column.pointer)
                        TileProduct.run(
                            rows, channels * kernelArea, count, cotangent + first, .asStored(outputArea),
                            column.pointer, .transposed(count), target, depth, adds: true)
                    }
                }
            }
        }
        return chunks == 1 ? result : sumOfRows(partial, shape: shape)
    }

    private func correlateDepthwiseKernel<Scalar: FloatingTensorScalar>(
        _ input: Tensor<Scalar>, _ output: Tensor<Scalar>, into weight: Tensor<Scalar>
    ) {
        let kernels = Scalar.windowKernels
        let (x, w, y) = (input.pointer, weight.pointer, output.pointer)
        let channels = groups * outputChannelsPerGroup
        let grain = max(1, Grain.elementwise / (batch * outputArea * kernelArea))
        Parallelism.forEachPiece(of: channels, grain: grain) { piece in
            for channel in piece {
                for item in 0..<batch {
                    let source = item * groups + channel / outputChannelsPerGroup
                    let cotangent = y + (item * channels + channel) * outputArea
                    kernels.correlate_kernel(windows, x + source * inputArea, cotangent, w + channel * kernelArea)
                }
            }
        }
    }

    private func sumOfRows<Scalar: FloatingTensorScalar>(
        _ rows: Tensor<Scalar>, shape: TensorShape
    ) -> Tensor<Scalar> {
        let result = Tensor<Scalar>(uninitialized: shape)
        let (source, target) = (rows.pointer, result.pointer)
        Parallelism.forEachPiece(of: result.count, grain: Grain.elementwise) { piece in
            _ = mk_reduce_columns(
                Scalar.dtype.kernelType, Int32(MK_SUM.rawValue), rows.shape[0], piece.count, source + piece.lowerBound,
                result.count, target + piece.lowerBound)
        }
        return result
    }
}
