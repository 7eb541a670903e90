import Tensor
import Testing

/// One convolution to compare with loops: sizes that cross the borders of tiles, blocks and threads.
struct ConvolutionExample: Sendable, CustomTestStringConvertible {
    var batch = 2
    var channels = 3
    var outputs = 4
    var size = (height: 1, width: 20)
    var kernel = (height: 1, width: 3)
    var geometry = ConvolutionGeometry()
    var rank = 3

    var testDescription: String {
        "\(batch)x\(channels)->\(outputs) \(size) kernel \(kernel) \(geometry)"
    }

    var inputShape: TensorShape {
        rank == 3 ? [batch, channels, size.width] : [batch, channels, size.height, size.width]
    }

    var weightShape: TensorShape {
        let inner = channels / geometry.groups
        return rank == 3 ? [outputs, inner, kernel.width] : [outputs, inner, kernel.height, kernel.width]
    }
}

@Suite("Convolution against loops")
struct ConvolutionLoopTests {
    static let examples: [ConvolutionExample] = {
        typealias E = ConvolutionExample
        typealias G = ConvolutionGeometry
        let uneven = G(
            vertical: .init(stride: 2, padding: .sides(before: 0, after: 3), dilation: 1),
            horizontal: .init(stride: 1, padding: .same, dilation: 2))
        return [
            E(), E(batch: 0), E(batch: 1, channels: 1, outputs: 1, size: (1, 1), kernel: (1, 1)),
            E(channels: 0, outputs: 2), E(kernel: (1, 1)), E(kernel: (1, 1), geometry: G(stride: 3)),
            E(kernel: (1, 1), geometry: G(padding: 2)),
            E(channels: 6, outputs: 4, kernel: (1, 1), geometry: G(groups: 2)),
            E(size: (1, 5), kernel: (1, 5)), E(size: (1, 3), kernel: (1, 9), geometry: G(padding: 4)),
            E(size: (1, 31), geometry: G(stride: 3, padding: .same)),
            E(size: (1, 30), kernel: (1, 4), geometry: G(padding: .same, dilation: 3)),
            E(size: (1, 40), kernel: (1, 5), geometry: G(stride: 5, padding: 7, dilation: 2)),
            E(channels: 40, outputs: 24, size: (1, 3000), kernel: (1, 7), geometry: G(padding: .same)),
            E(batch: 3, channels: 200, outputs: 8, size: (1, 600), kernel: (1, 9), geometry: G(stride: 2, padding: 4)),
            E(batch: 9, channels: 1, outputs: 5, size: (1, 700), kernel: (1, 15), geometry: G(padding: 7)),
            E(channels: 6, outputs: 6, size: (1, 100), kernel: (1, 5), geometry: G(padding: 2, groups: 6)),
            E(channels: 6, outputs: 12, size: (1, 90), geometry: G(stride: 2, padding: 1, dilation: 3, groups: 6)),
            E(channels: 4, outputs: 20, size: (1, 33), geometry: G(groups: 4)),
            E(size: (7, 9), kernel: (3, 2), rank: 4), E(size: (12, 11), kernel: (3, 4), geometry: uneven, rank: 4),
            E(channels: 4, outputs: 4, size: (9, 17), kernel: (3, 3), geometry: G(padding: 1, groups: 4), rank: 4),
            E(channels: 70, outputs: 10, size: (23, 19), kernel: (3, 3), geometry: G(stride: 2, padding: 1), rank: 4),
            E(channels: 20, outputs: 6, size: (6, 7), kernel: (1, 1), rank: 4),
        ]
    }()

    @Test("values and gradients equal those of nested loops", arguments: examples)
    func loops(_ example: ConvolutionExample) {
        let x: Tensor<Double> = noise(example.inputShape, seed: 1)
        let w: Tensor<Double> = noise(example.weightShape, seed: 2)
        let bias: Tensor<Double> = noise([example.outputs], seed: 3)
        let g = example.geometry
        let y = example.rank == 3 ? x.conv1d(w, bias: bias, g) : x.conv2d(w, bias: bias, g)
        let cotangent: Tensor<Double> = noise(y.shape, seed: 4)
        let expected = naive(x, w, bias, cotangent, example, y.shape)
        expectClose(y, expected.y, rtol: 1e-12, atol: 1e-12, "value")
        let dx = Tensor.convolutionInputGradient(cotangent, weight: w, inputShape: x.shape, g)
        let dw = Tensor.convolutionWeightGradient(cotangent, input: x, weightShape: w.shape, g)
        expectClose(dx, expected.dx, rtol: 1e-12, atol: 1e-11, "input gradient")
        expectClose(dw, expected.dw, rtol: 1e-12, atol: 1e-10, "weight gradient")
        expectClose(Tensor.convolutionBiasGradient(cotangent), expected.db, atol: 1e-10, "bias gradient")
    }

    @Test(
        "a transposed convolution is the adjoint of the convolution: <conv(x), y> = <x, convT(y)>", arguments: examples)
    func adjoint(_ example: ConvolutionExample) {
        let g = example.geometry
        let hasSame = g.horizontal.padding == .same || g.vertical.padding == .same
        if hasSame || example.batch == 0 || example.channels == 0 { return }
        let x: Tensor<Double> = noise(example.inputShape, seed: 5)
        let w: Tensor<Double> = noise(example.weightShape, seed: 6)
        let image = example.rank == 3 ? x.conv1d(w, g) : x.conv2d(w, g)
        let y: Tensor<Double> = noise(image.shape, seed: 7)
        let back =
            example.rank == 3
            ? y.convTranspose1d(w, outputPadding: outputPadding(example, image.shape), g)
            : y.convTranspose2d(w, outputPadding: outputPadding(example, image.shape), g)
        #expect(back.shape == x.shape)
        let (left, right) = (image.inner(y), x.inner(back))
        #expect(abs(left - right) < 1e-10 * max(1, abs(left)))
    }

    /// What the stride cut off at the end of the input.
    private func outputPadding(_ example: ConvolutionExample, _ output: TensorShape) -> OutputPadding {
        func rest(_ axis: ConvolutionGeometry.Axis, _ input: Int, _ kernel: Int, _ output: Int) -> Int {
            var padding = 0
            if case .both(let width) = axis.padding { padding = 2 * width }
            if case .sides(let before, let after) = axis.padding { padding = before + after }
            return input - ((output - 1) * axis.stride - padding + axis.dilation * (kernel - 1) + 1)
        }
        let g = example.geometry
        return OutputPadding(
            vertical: example.rank == 4 ? rest(g.vertical, example.size.height, example.kernel.height, output[2]) : 0,
            horizontal: rest(g.horizontal, example.size.width, example.kernel.width, output[-1]))
    }

    @Test("single precision agrees with double precision, and does not depend on the threads", arguments: examples)
    func single(_ example: ConvolutionExample) {
        let x: Tensor<Float> = noise(example.inputShape, seed: 1)
        let w: Tensor<Float> = noise(example.weightShape, seed: 2)
        let (xd, wd) = (Tensor<Double>(x), Tensor<Double>(w))
        let g = example.geometry
        let y = example.rank == 3 ? x.conv1d(w, g) : x.conv2d(w, g)
        let yd = example.rank == 3 ? xd.conv1d(wd, g) : xd.conv2d(wd, g)
        expectClose(y, Tensor<Float>(yd), rtol: 1e-5, atol: 1e-4)
        let dw = Tensor.convolutionWeightGradient(y, input: x, weightShape: w.shape, g)
        let dwd = Tensor.convolutionWeightGradient(yd, input: xd, weightShape: w.shape, g)
        expectClose(dw, Tensor<Float>(dwd), rtol: 1e-4, atol: 1e-2)
        #expect(dw.array == Tensor.convolutionWeightGradient(y, input: x, weightShape: w.shape, g).array)
    }

    @Test("strided inputs and weights convolve like their copies")
    func views() {
        let x: Tensor<Double> = noise([4, 30, 3], seed: 8)
        let w: Tensor<Double> = noise([5, 3, 4], seed: 9)
        let view = x.transposed().narrowed(axis: 0, from: 1, count: 2, step: 2)
        let weight = w.transposed(0, 2)
        let copy = Tensor(view.array, shape: view.shape)
        expectClose(view.conv1d(weight), copy.conv1d(Tensor(weight.array, shape: weight.shape)))
    }

    private func naive(
        _ x: Tensor<Double>, _ w: Tensor<Double>, _ bias: Tensor<Double>, _ cotangent: Tensor<Double>,
        _ e: ConvolutionExample, _ outputShape: TensorShape
    ) -> (y: Tensor<Double>, dx: Tensor<Double>, dw: Tensor<Double>, db: Tensor<Double>) {
        let (height, width) = (e.rank == 4 ? e.size.height : 1, e.size.width)
        let (outputHeight, outputWidth) = (e.rank == 4 ? outputShape[2] : 1, outputShape[-1])
        let (kernelHeight, kernelWidth) = (e.rank == 4 ? e.kernel.height : 1, e.kernel.width)
        let vertical = e.rank == 4 ? e.geometry.vertical : .init()
        let horizontal = e.geometry.horizontal
        let top = before(vertical, height, kernelHeight, outputHeight)
        let left = before(horizontal, width, kernelWidth, outputWidth)
        let inner = e.channels / e.geometry.groups
        let outputsPerGroup = e.outputs / e.geometry.groups
        let (xs, ws, bs, gs) = (x.array, w.array, bias.array, cotangent.array)
        var y = [Double](repeating: 0, count: outputShape.elementCount)
        var dx = [Double](repeating: 0, count: xs.count)
        var dw = [Double](repeating: 0, count: ws.count)
        var db = [Double](repeating: 0, count: e.outputs)
        for n in 0..<e.batch {
            for o in 0..<e.outputs {
                for oy in 0..<outputHeight {
                    for ox in 0..<outputWidth {
                        let at = ((n * e.outputs + o) * outputHeight + oy) * outputWidth + ox
                        y[at] += bs[o]
                        db[o] += gs[at]
                        for c in 0..<inner {
                            let plane = n * e.channels + o / outputsPerGroup * inner + c
                            for ky in 0..<kernelHeight {
                                let iy = oy * vertical.stride + ky * vertical.dilation - top
                                if iy < 0 || iy >= height { continue }
                                for kx in 0..<kernelWidth {
                                    let ix = ox * horizontal.stride + kx * horizontal.dilation - left
                                    if ix < 0 || ix >= width { continue }
                                    let source = (plane * height + iy) * width + ix
                                    let k = ((o * inner + c) * kernelHeight + ky) * kernelWidth + kx
                                    y[at] += ws[k] * xs[source]
                                    dx[source] += ws[k] * gs[at]
                                    dw[k] += xs[source] * gs[at]
                                }
                            }
                        }
                    }
                }
            }
        }
        return (
            Tensor(y, shape: outputShape), Tensor(dx, shape: x.shape), Tensor(dw, shape: w.shape), Tensor(db)
        )
    }

    private func before(_ axis: ConvolutionGeometry.Axis, _ length: Int, _ kernel: Int, _ output: Int) -> Int {
        switch axis.padding {
        case .both(let width): return width
        case .sides(let before, _): return before
        case .same: return max((output - 1) * axis.stride + axis.dilation * (kernel - 1) + 1 - length, 0) / 2
        }
    }
}
