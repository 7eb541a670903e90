import Autograd
import Tensor
import Testing

@Suite("Derivatives of convolution, pooling and interpolation")
struct ConvolutionTests {
    static let geometries: [ConvolutionGeometry] = [
        ConvolutionGeometry(),
        ConvolutionGeometry(stride: 2, padding: 1),
        ConvolutionGeometry(padding: .same, dilation: 2, groups: 2),
        ConvolutionGeometry(stride: 2, padding: .sides(before: 0, after: 2)),
        ConvolutionGeometry(stride: 3, padding: .same),
    ]

    @Test("convolution of signals, by input, weight and bias", arguments: geometries)
    func conv1d(geometry: ConvolutionGeometry) throws {
        try DerivativeCheck(shapes: [[2, 2, 7], [4, 2 / geometry.groups, 3], [4]]) {
            $0[0].conv1d($0[1], bias: $0[2], geometry)
        }.run()
    }

    @Test("convolution of planes, by input, weight and bias", arguments: geometries)
    func conv2d(geometry: ConvolutionGeometry) throws {
        try DerivativeCheck(shapes: [[2, 2, 5, 6], [2, 2 / geometry.groups, 3, 2], [2]]) {
            $0[0].conv2d($0[1], bias: $0[2], geometry)
        }.run()
    }

    @Test("convolution without bias, of one position, and with itself")
    func smallConvolutions() throws {
        try DerivativeCheck(shapes: [[1, 1, 1], [1, 1, 1]]) { $0[0].conv1d($0[1]) }.run()
        try DerivativeCheck(shapes: [[3, 3, 4]]) { $0[0].conv1d($0[0], ConvolutionGeometry(padding: 2)) }.run()
        let constant = Variable(normal([2, 2, 3], seed: 1))
        try DerivativeCheck(shapes: [[2, 2, 5]]) { $0[0].conv1d(constant) }.run()
        try DerivativeCheck(shapes: [[2, 2, 3]]) { Variable(normal([2, 2, 5], seed: 2)).conv1d($0[0]) }.run()
    }

    @Test(
        "transposed convolution of signals and planes",
        arguments: [
            (ConvolutionGeometry(), 0), (ConvolutionGeometry(stride: 2, padding: 1), 1),
            (ConvolutionGeometry(stride: 3, padding: .sides(before: 1, after: 0), dilation: 2, groups: 2), 2),
        ])
    func transposedConvolution(arguments: (geometry: ConvolutionGeometry, outputPadding: Int)) throws {
        let (geometry, padding) = arguments
        let outputPadding = OutputPadding(integerLiteral: padding)
        let outputs = 2
        try DerivativeCheck(shapes: [[2, 2, 4], [2, outputs / geometry.groups, 3], [2]]) {
            $0[0].convTranspose1d($0[1], bias: $0[2], outputPadding: outputPadding, geometry)
        }.run()
        try DerivativeCheck(shapes: [[1, 2, 3, 2], [2, outputs / geometry.groups, 2, 3], [2]]) {
            $0[0].convTranspose2d($0[1], bias: $0[2], outputPadding: outputPadding, geometry)
        }.run()
    }

    @Test("a transposed convolution is the gradient of the convolution")
    func adjoint() {
        let geometry = ConvolutionGeometry(stride: 2, padding: 1)
        let weight = Variable(normal([3, 2, 3], seed: 3))
        let (_, pullback) = vjp({ $0.conv1d(weight, geometry) }, at: Variable(normal([1, 2, 7], seed: 4)))
        let cotangent = Variable(normal([1, 3, 4], seed: 5))
        let expected = cotangent.convTranspose1d(weight, geometry)
        #expect((pullback(cotangent).value - expected.value).abs().maximum().scalar < 1e-14)
    }

    @Test("pooling, with overlap, padding and dilation")
    func pooling() throws {
        let plain = PoolingGeometry(size: 2)
        let overlapping = PoolingGeometry(size: 3, stride: 2, padding: 1)
        let ceiling = PoolingGeometry(size: 2, roundsUp: true)
        let dilated = PoolingGeometry(size: 2, stride: 1, dilation: 2)
        for geometry in [plain, overlapping, ceiling, dilated] {
            try DerivativeCheck(shapes: [[2, 2, 7]]) { $0[0].maxPool1d(geometry) }.run()
            try DerivativeCheck(shapes: [[2, 1, 5, 5]]) { $0[0].maxPool2d(geometry) }.run()
            if geometry == dilated { continue }
            for countsPadding in [true, false] {
                try DerivativeCheck(shapes: [[2, 2, 7]]) {
                    $0[0].averagePool1d(geometry, countsPadding: countsPadding)
                }.run()
                try DerivativeCheck(shapes: [[2, 1, 5, 5]]) {
                    $0[0].averagePool2d(geometry, countsPadding: countsPadding)
                }.run()
            }
        }
    }

    @Test("adaptive pooling with overlapping bins")
    func adaptivePooling() throws {
        try DerivativeCheck(shapes: [[2, 2, 7]]) { $0[0].adaptiveAveragePool([3]) }.run()
        try DerivativeCheck(shapes: [[1, 2, 5, 4]]) { $0[0].adaptiveAveragePool([2, 3]) }.run()
        try DerivativeCheck(shapes: [[2, 2, 7]]) { $0[0].adaptiveMaxPool([3]) }.run()
        try DerivativeCheck(shapes: [[1, 2, 5, 4]]) { $0[0].adaptiveMaxPool([2, 3]) }.run()
        try DerivativeCheck(shapes: [[1, 1, 1]]) { $0[0].adaptiveAveragePool([1]) }.run()
    }

    @Test(
        "interpolation",
        arguments: [InterpolationMode.nearest, .linear(alignsCorners: false), .linear(alignsCorners: true)])
    func interpolation(mode: InterpolationMode) throws {
        try DerivativeCheck(shapes: [[2, 2, 4]]) { $0[0].interpolated(to: [7], mode) }.run()
        try DerivativeCheck(shapes: [[1, 2, 4, 3]]) { $0[0].interpolated(to: [2, 5], mode) }.run()
        try DerivativeCheck(shapes: [[1, 1, 1]]) { $0[0].interpolated(to: [3], mode) }.run()
    }
}
