import Tensor
import Testing

@Suite("Pooling and interpolation")
struct PoolingTests {
    @Test("the largest element's position is the first among equals, and NaN wins")
    func ties() {
        let x = Tensor<Double>([[[1, 3, 3, 2, .nan, 5, -.infinity, -.infinity]]])
        let result = x.maxPool1d(PoolingGeometry(size: 2))
        #expect(result.values.array.map { $0.isNaN ? -1 : $0 } == [3, 3, -1, -.infinity])
        #expect(result.positions.array == [1, 2, 4, 6])
        #expect(result.gradient(Tensor([[[1, 10, 100, 1000]]])).array == [0, 1, 10, 0, 100, 0, 1000, 0])
    }

    @Test("overlapping windows add their gradients where one element wins twice")
    func overlap() {
        let x = Tensor<Float>([[[0, 9, 0, 1]]])
        let result = x.maxPool1d(PoolingGeometry(size: 2, stride: 1))
        #expect(result.values.array == [9, 9, 1])
        #expect(result.gradient(Tensor(ones: [1, 1, 3])).array == [0, 2, 0, 1])
    }

    @Test(
        "the number of windows follows size, stride, padding, dilation and rounding",
        arguments: [
            (PoolingGeometry(size: 3), 7, 2), (PoolingGeometry(size: 3, roundsUp: true), 7, 3),
            (PoolingGeometry(size: 2, stride: 3, roundsUp: true), 4, 2),
            // A last window that would start in the padding after the input is dropped.
            (PoolingGeometry(size: 2, stride: 2, padding: 1, roundsUp: true), 3, 2),
            (PoolingGeometry(size: 3, stride: 1, dilation: 3), 7, 1),
        ])
    func windowCounts(geometry: PoolingGeometry, length: Int, expected: Int) {
        #expect(Tensor<Float>(zeros: [1, 1, length]).maxPool1d(geometry).values.shape == [1, 1, expected])
    }

    @Test("means divide by what torch divides by: padding, rounding up, or positions inside only")
    func averages() {
        let x = Tensor<Double>([[[1, 2, 3, 4, 5]]])
        let padded = PoolingGeometry(size: 2, stride: 2, padding: 1, roundsUp: true)
        #expect(x.averagePool1d(padded).array == [0.5, 2.5, 4.5])
        #expect(x.averagePool1d(padded, countsPadding: false).array == [1, 2.5, 4.5])
        let ragged = PoolingGeometry(size: 3, stride: 3, roundsUp: true)
        #expect(x.averagePool1d(ragged).array == [2, 4.5])
    }

    @Test("pooling and interpolation are linear maps whose gradients are their adjoints")
    func adjoints() {
        let x: Tensor<Double> = noise([2, 3, 9, 11], seed: 1)
        func check(_ name: String, _ y: Tensor<Double>, _ back: (Tensor<Double>) -> Tensor<Double>) {
            let g: Tensor<Double> = noise(y.shape, seed: 2)
            #expect(abs(y.inner(g) - x.inner(back(g))) < 1e-12 * 100, "\(name)")
        }
        for counts in [false, true] {
            let geometry = PoolingGeometry(
                vertical: .init(size: 3, stride: 2, padding: 1), horizontal: .init(size: 4, stride: 3, padding: 2),
                roundsUp: true)
            check("average", x.averagePool2d(geometry, countsPadding: counts)) {
                .averagePool2dGradient($0, inputShape: x.shape, geometry, countsPadding: counts)
            }
        }
        let maximum = x.maxPool2d(PoolingGeometry(size: 3, stride: 2, padding: 1, dilation: 2))
        check("maximum", maximum.values) { maximum.gradient($0) }
        for bins: TensorShape in [[4], [3, 5], [9, 11], [20, 1]] {
            check("adaptive", x.adaptiveAveragePool(bins)) {
                .adaptiveAveragePoolGradient($0, inputShape: x.shape, bins: bins)
            }
            let largest = x.adaptiveMaxPool(bins)
            check("adaptive maximum", largest.values) { largest.gradient($0) }
            for mode in [InterpolationMode.nearest, .linear(alignsCorners: false), .linear(alignsCorners: true)] {
                check("interpolation", x.interpolated(to: bins, mode)) {
                    .interpolationGradient($0, inputShape: x.shape, to: bins, mode)
                }
            }
        }
    }

    @Test("interpolation in one axis: torch's values for shrinking, growing and single samples")
    func interpolation() {
        let x = Tensor<Double>([[[1, 2, 4]]])
        #expect(x.interpolated(to: [6], .nearest).array == [1, 1, 2, 2, 4, 4])
        #expect(x.interpolated(to: [2], .nearest).array == [1, 2])
        #expect(x.interpolated(to: [5], .linear(alignsCorners: true)).array == [1, 1.5, 2, 3, 4])
        #expect(x.interpolated(to: [6], .linear(alignsCorners: false)).array == [1, 1.25, 1.75, 2.5, 3.5, 4])
        #expect(x.interpolated(to: [1], .linear(alignsCorners: true)).array == [1])
        #expect(x.interpolated(to: [1], .linear(alignsCorners: false)).array == [2])
        #expect(Tensor<Double>([[[7]]]).interpolated(to: [3], .linear(alignsCorners: false)).array == [7, 7, 7])
        let edge = Tensor<Double>([[[1, .infinity]]])
        #expect(edge.interpolated(to: [2], .linear(alignsCorners: true)).array == [1, .infinity])
    }

    @Test("bilinear interpolation reproduces a plane a + b y + c x between aligned corners")
    func bilinear() {
        func plane(_ height: Int, _ width: Int) -> Tensor<Double> {
            let values = (0..<height * width).map { index -> Double in
                let y = Double(index / width) / Double(height - 1)
                let x = Double(index % width) / Double(width - 1)
                return 3 - 2 * y + 5 * x
            }
            return Tensor(values, shape: [1, 1, height, width])
        }
        expectClose(plane(3, 4).interpolated(to: [7, 5], .linear(alignsCorners: true)), plane(7, 5), atol: 1e-14)
    }

    @Test("batches of no signals and views pool like copies")
    func views() {
        #expect(Tensor<Float>(zeros: [0, 3, 8]).maxPool1d(PoolingGeometry(size: 2)).values.shape == [0, 3, 4])
        let x: Tensor<Float> = noise([8, 3, 2], seed: 3)
        let view = x.transposed(0, 2)
        let copy = Tensor(view.array, shape: view.shape)
        let geometry = PoolingGeometry(size: 3, stride: 2, padding: 1)
        #expect(view.maxPool1d(geometry).values == copy.maxPool1d(geometry).values)
        #expect(view.averagePool1d(geometry) == copy.averagePool1d(geometry))
    }

    @Test("geometries that no window fits stop the program")
    func traps() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor<Float>(zeros: [1, 1, 3]).conv1d(Tensor(zeros: [1, 1, 5]))
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor<Float>(zeros: [1, 1, 3]).maxPool1d(PoolingGeometry(size: 4))
        }
        await #expect(processExitsWith: .failure) { _ = PoolingGeometry(size: 2, padding: 2) }
        await #expect(processExitsWith: .failure) { _ = ConvolutionGeometry(stride: 0) }
        await #expect(processExitsWith: .failure) {
            _ = Tensor<Float>(zeros: [1, 1, 3]).convTranspose1d(
                Tensor(zeros: [1, 1, 1]), ConvolutionGeometry(padding: 3))
        }
    }
}
