import Autograd
import Tensor
import Testing

@Suite("Derivatives of Fourier transforms")
struct FourierTests {
    @Test("the transform of real signals of odd and even length, cut and padded", arguments: [1, 2, 5, 6, 9])
    func forward(count: Int) throws {
        for normalization: FourierNormalization in [.backward, .orthogonal, .forward] {
            try DerivativeCheck(shapes: [[2, 6]]) { inputs in
                let spectrum = inputs[0].rfft(count: count, normalization: normalization)
                return Variable.concatenated([spectrum.real, spectrum.imaginary], axis: -1)
            }.run()
        }
        try DerivativeCheck(shapes: [[6, 2]]) { $0[0].rfft(axis: 0, count: count).imaginary }.run()
        try DerivativeCheck(shapes: [[2, 6]]) { $0[0].rfft(count: count).power.log1p() }.run()
    }

    @Test("the inverse transform to odd and even lengths", arguments: [1, 2, 5, 6, 9])
    func inverse(count: Int) throws {
        for normalization: FourierNormalization in [.backward, .orthogonal, .forward] {
            try DerivativeCheck(shapes: [[2, 4], [2, 4]]) {
                ComplexVariable(real: $0[0], imaginary: $0[1]).irfft(count: count, normalization: normalization)
            }.run()
        }
        try DerivativeCheck(shapes: [[4, 2], [4, 2]]) {
            ComplexVariable(real: $0[0], imaginary: $0[1]).irfft(axis: -2, count: count)
        }.run()
    }

    @Test("values are the tensors', and the inverse undoes the transform")
    func values() {
        let x = normal([3, 7], seed: 1)
        let (value, _) = vjp({ $0.rfft().irfft(count: 7) }, at: Variable(x))
        #expect((value.value - x).abs().maximum().scalar < 1e-14)
        for count in [5, 7, 10] {
            let expected = x.powerSpectrum(count: count, isOneSided: true)
            let (power, _) = vjp({ $0.powerSpectrum(count: count, isOneSided: true) }, at: Variable(x))
            #expect((power.value - expected).abs().maximum().scalar < 1e-13)
        }
    }

    @Test("the power spectrum")
    func powerSpectrum() throws {
        for isOneSided in [false, true] {
            try DerivativeCheck(shapes: [[2, 5]]) { $0[0].powerSpectrum(isOneSided: isOneSided) }.run()
            try DerivativeCheck(shapes: [[4, 2]]) { $0[0].powerSpectrum(axis: 0, isOneSided: isOneSided) }.run()
        }
    }
}
