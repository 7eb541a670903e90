import Tensor
import Testing

@Suite("Fourier transforms")
struct FourierTransformTests {
    static let numpy = DenseReferenceCase.load("core/fft/fft.json")

    @Test("double precision agrees with numpy.fft", arguments: numpy)
    func double(_ reference: DenseReferenceCase) { check(reference, Double.self, rtol: 1e-13, atol: 2e-13) }

    @Test("single precision agrees with numpy.fft to its last digits", arguments: numpy)
    func single(_ reference: DenseReferenceCase) { check(reference, Float.self, rtol: 2e-7, atol: 5e-6) }

    private func check<Scalar: FloatingTensorScalar>(
        _ reference: DenseReferenceCase, _ type: Scalar.Type, rtol: Double, atol: Double
    ) {
        let x = ComplexTensor<Scalar>(real: reference.inputs[0].tensor(), imaginary: reference.inputs[1].tensor())
        let axis = reference.integer("axis") ?? -1
        let count = reference.integer("count")
        let norms: [String: FourierNormalization] = [
            "backward": .backward, "ortho": .orthogonal, "forward": .forward,
        ]
        let norm = norms[reference.text("norm") ?? "backward"]!
        let y: ComplexTensor<Scalar>
        switch reference.op {
        case "fft": y = x.fft(axis: axis, count: count, normalization: norm)
        case "ifft": y = x.ifft(axis: axis, count: count, normalization: norm)
        case "rfft": y = x.real.rfft(axis: axis, count: count, normalization: norm)
        case "irfft": y = ComplexTensor(x.irfft(axis: axis, count: count, normalization: norm))
        default: fatalError("no transform \(reference.op)")
        }
        expectClose(y.real, reference.outputs[0].tensor(), rtol: rtol, atol: atol, reference.name)
        expectClose(y.imaginary, reference.outputs[1].tensor(), rtol: rtol, atol: atol, reference.name)
    }

    @Test("the inverse undoes the transform", arguments: [1, 2, 60, 97, 1000, 1009, 5000, 10_007, 65_536])
    func roundTrip(count: Int) {
        let x = ComplexTensor<Double>(real: noise([2, count], seed: 1), imaginary: noise([2, count], seed: 2))
        let back = x.fft().ifft()
        expectClose(back.real, x.real, atol: 1e-12)
        expectClose(back.imaginary, x.imaginary, atol: 1e-12)
        expectClose(x.real.rfft().irfft(count: count), x.real, atol: 1e-12)
    }

    @Test("a transform keeps the sum of squares (Parseval)", arguments: [1, 6, 7, 128, 1009])
    func parseval(count: Int) {
        let x: Tensor<Double> = noise([count], seed: 3)
        let energy = x.inner(x)
        let power = x.powerSpectrum(isOneSided: true).sum().scalar / Double(count)
        #expect(abs(power - energy) < 1e-12 * max(energy, 1))
        let y = ComplexTensor(x).fft(normalization: .orthogonal)
        #expect(abs(y.power.sum().scalar - energy) < 1e-12 * max(energy, 1))
    }

    @Test("a cosine has one line, at its frequency")
    func line() {
        let rate = 250.0
        let angles = Tensor<Double>(count: 500) { 2 * .pi * 12.5 * Double($0) / rate }
        let x = angles.cos() * 3
        let frequencies = Tensor<Double>.rfftFrequencies(count: 500, spacing: 1 / rate)
        let magnitude = x.rfft().magnitude
        let peak = Int(magnitude.argmax(axis: 0).scalar)
        #expect(frequencies.array[peak] == 12.5)
        #expect(abs(magnitude.array[peak] - 3 * 250) < 1e-9)
        #expect(magnitude.array.enumerated().allSatisfy { $0.offset == peak || $0.element < 1e-9 })
        #expect(frequencies.array.first == 0 && frequencies.array.last == 125)
    }

    @Test("the product of transforms is the circular convolution", arguments: [12, 13])
    func convolution(count: Int) {
        let a: Tensor<Double> = noise([count], seed: 4)
        let b: Tensor<Double> = noise([count], seed: 5)
        let product = (a.rfft() * b.rfft()).irfft(count: count)
        let direct = (0..<count).map { k in
            (0..<count).reduce(0.0) { $0 + a.array[$1] * b.array[(k - $1 + count) % count] }
        }
        expectClose(product, Tensor(direct), atol: 1e-13)
    }

    @Test("strided views and empty batches transform like copies")
    func views() {
        let x: Tensor<Float> = noise([6, 8], seed: 6)
        let view = x.transposed().narrowed(axis: 0, from: 1, count: 3, step: 2)
        expectClose(view.rfft().real, view.copiedForTest.rfft().real)
        #expect(Tensor<Float>(zeros: [0, 8]).rfft().shape == [0, 5])
    }

    @Test("one row's result does not depend on the rows beside it nor on the threads")
    func independence() {
        let rows: Tensor<Float> = noise([64, 1000], seed: 7)
        let all = rows.rfft()
        let one = rows.selected(axis: 0, at: 37).rfft()
        #expect(all.real.selected(axis: 0, at: 37).array == one.real.array)
    }
}

extension Tensor where Scalar: FloatingTensorScalar {
    fileprivate var copiedForTest: Tensor { Tensor(array, shape: shape) }
}
