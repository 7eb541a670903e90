import Tensor
import Testing

@Suite("Convolution, pooling and interpolation against torch")
struct WindowReferenceTests {
    static let operations: Set<String> = [
        "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "max_pool1d", "max_pool2d", "avg_pool1d",
        "avg_pool2d", "adaptive_avg_pool1d", "adaptive_max_pool2d", "interpolate",
    ]
    static let cases = DenseReferenceCase.load("core/dense/torch.json").filter { operations.contains($0.op) }

    @Test("no golden operation over windows lacks a case")
    func covered() {
        #expect(Set(Self.cases.map(\.op)) == Self.operations)
    }

    @Test("single precision values and gradients", arguments: cases)
    func single(_ reference: DenseReferenceCase) {
        check(reference, Float.self, rtol: reference.rtol ?? 0, atol: reference.atol ?? 0)
    }

    @Test("double precision values and gradients", arguments: cases)
    func double(_ reference: DenseReferenceCase) { check(reference, Double.self, rtol: 1e-6, atol: 1e-6) }

    private func check<Scalar: FloatingTensorScalar>(
        _ reference: DenseReferenceCase, _ type: Scalar.Type, rtol: Double, atol: Double
    ) {
        let inputs = reference.inputs.map { $0.tensor(Scalar.self) }
        let cotangent = reference.cotangents![0].tensor(Scalar.self)
        let (value, gradients) = results(reference, inputs, cotangent)
        expectClose(value, reference.outputs[0].tensor(), rtol: rtol, atol: atol, reference.name)
        #expect(gradients.count == reference.gradients?.count)
        for (index, gradient) in gradients.enumerated() {
            let expected: Tensor<Scalar> = reference.gradients!["\(index)"]!.tensor()
            expectClose(gradient, expected, rtol: rtol, atol: atol, "\(reference.name), gradient \(index)")
        }
    }

    private func results<Scalar: FloatingTensorScalar>(
        _ reference: DenseReferenceCase, _ inputs: [Tensor<Scalar>], _ g: Tensor<Scalar>
    ) -> (Tensor<Scalar>, [Tensor<Scalar>]) {
        typealias T = Tensor<Scalar>
        let x = inputs[0]
        let stride = reference.integer("stride")
        let padding = reference.integer("padding") ?? 0
        switch reference.op {
        case "conv1d", "conv2d":
            let (w, bias) = (inputs[1], inputs[2])
            let geometry = convolutionGeometry(reference)
            let y = reference.op == "conv1d" ? x.conv1d(w, bias: bias, geometry) : x.conv2d(w, bias: bias, geometry)
            let dx = T.convolutionInputGradient(g, weight: w, inputShape: x.shape, geometry)
            let dw = T.convolutionWeightGradient(g, input: x, weightShape: w.shape, geometry)
            return (y, [dx, dw, T.convolutionBiasGradient(g)])
        case "conv_transpose1d", "conv_transpose2d":
            let (w, bias) = (inputs[1], inputs[2])
            let geometry = convolutionGeometry(reference)
            let extra = OutputPadding(integerLiteral: reference.integer("output_padding")!)
            let y =
                reference.op == "conv_transpose1d"
                ? x.convTranspose1d(w, bias: bias, outputPadding: extra, geometry)
                : x.convTranspose2d(w, bias: bias, outputPadding: extra, geometry)
            let dx = T.transposedConvolutionInputGradient(g, weight: w, geometry)
            let dw = T.transposedConvolutionWeightGradient(g, input: x, weightShape: w.shape, geometry)
            return (y, [dx, dw, T.convolutionBiasGradient(g)])
        case "max_pool1d", "max_pool2d":
            let geometry = PoolingGeometry(
                size: reference.integer("kernel")!, stride: stride, padding: padding,
                roundsUp: reference.flag("ceil_mode") ?? false)
            let result = reference.op == "max_pool1d" ? x.maxPool1d(geometry) : x.maxPool2d(geometry)
            expectClose(result.elements(of: x), result.values, "the winners' positions")
            return (result.values, [result.gradient(g)])
        case "avg_pool1d", "avg_pool2d":
            let geometry = PoolingGeometry(size: reference.integer("kernel")!, stride: stride, padding: padding)
            let counts = reference.flag("count_include_pad")!
            return reference.op == "avg_pool1d"
                ? (
                    x.averagePool1d(geometry, countsPadding: counts),
                    [T.averagePool1dGradient(g, inputShape: x.shape, geometry, countsPadding: counts)]
                )
                : (
                    x.averagePool2d(geometry, countsPadding: counts),
                    [T.averagePool2dGradient(g, inputShape: x.shape, geometry, countsPadding: counts)]
                )
        case "adaptive_avg_pool1d":
            let bins: TensorShape = [reference.integer("output")!]
            return (
                x.adaptiveAveragePool(bins), [T.adaptiveAveragePoolGradient(g, inputShape: x.shape, bins: bins)]
            )
        case "adaptive_max_pool2d":
            let result = x.adaptiveMaxPool(TensorShape(reference.list("output")!))
            return (result.values, [result.gradient(g)])
        case "interpolate":
            let size: TensorShape = [reference.integer("size") ?? reference.integer("scale")! * x.shape[-1]]
            let mode: InterpolationMode =
                reference.text("mode") == "nearest"
                ? .nearest : .linear(alignsCorners: reference.flag("align_corners")!)
            return (
                x.interpolated(to: size, mode), [T.interpolationGradient(g, inputShape: x.shape, to: size, mode)]
            )
        default: fatalError("no operation \(reference.op)")
        }
    }

    private func convolutionGeometry(_ reference: DenseReferenceCase) -> ConvolutionGeometry {
        ConvolutionGeometry(
            stride: reference.integer("stride")!, padding: .both(reference.integer("padding")!),
            dilation: reference.integer("dilation")!, groups: reference.integer("groups")!)
    }
}
