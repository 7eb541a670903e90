import CKernels
import Glibc

/// How to transform rows of one length: roots of unity and factors, made once and used for every row.
///
/// Lengths whose prime factors are 2, 3 and 5 take Stockham passes of radix 2 to 5. Any other length becomes a circular
/// convolution of a friendly length (Bluestein 1970). All arithmetic is in double precision.
struct FourierPlan: Sendable {
    let count: Int
    private let radices: [Int]
    private let roots: Roots
    private let chirp: Chirp?

    /// The real and imaginary parts of `exp(-2πi t / count)`.
    struct Roots: Sendable {
        let real: [Double]
        let imaginary: [Double]

        init(_ count: Int) {
            var real: [Double] = []
            var imaginary: [Double] = []
            real.reserveCapacity(count)
            imaginary.reserveCapacity(count)
            for step in 0..<count {
                let (cosine, sine) = Roots.unit(step, count)
                real.append(cosine)
                imaginary.append(-sine)
            }
            self.real = real
            self.imaginary = imaginary
        }

        /// The cosine and sine of `2π step / count`, with the angle reduced to an eighth of a turn in integers: exact at
        /// multiples of a quarter, and as accurate for a million steps as for ten.
        static func unit(_ step: Int, _ count: Int) -> (cosine: Double, sine: Double) {
            let (quarter, rest) = (4 * step).quotientAndRemainder(dividingBy: count)
            // The angle is (quarter + rest / count) quarter turns.
            let isLow = 2 * rest <= count
            let angle = Double.pi / 2 * (Double(isLow ? rest : count - rest) / Double(count))
            var (cosine, sine) = isLow ? (cos(angle), sin(angle)) : (sin(angle), cos(angle))
            for _ in 0..<quarter & 3 { (cosine, sine) = (-sine, cosine) }
            return (cosine, sine)
        }
    }

    /// What Bluestein's algorithm multiplies with.
    private struct Chirp: Sendable {
        /// `exp(-πi k² / count)`
        let real: [Double]
        let imaginary: [Double]
        /// The transform of the conjugate chirp, wrapped around a circle of `inner.length`, divided by that length.
        let kernelReal: [Double]
        let kernelImaginary: [Double]
        let inner: Inner
    }

    /// The plan of the circular convolution: a class, because a plan cannot contain itself.
    private final class Inner: Sendable {
        let plan: FourierPlan
        init(_ plan: FourierPlan) { self.plan = plan }
    }

    init(_ count: Int) {
        self.count = count
        if let factors = FourierPlan.factors(of: count) {
            radices = factors
            roots = Roots(count)
            chirp = nil
            return
        }
        radices = []
        roots = Roots(0)
        var length = 2 * count - 1
        while FourierPlan.factors(of: length) == nil { length += 1 }
        let inner = FourierPlan(length)
        var real = [Double](repeating: 0, count: count)
        var imaginary = real
        var kernelReal = [Double](repeating: 0, count: length)
        var kernelImaginary = kernelReal
        for k in 0..<count {
            // exp(-πi k² / n) is a root of unity of order 2 n; the square is reduced before it loses digits.
            let (cosine, sine) = Roots.unit(k * k % (2 * count), 2 * count)
            (real[k], imaginary[k]) = (cosine, -sine)
            for position in [k, (length - k) % length] {
                kernelReal[position] = cosine / Double(length)
                kernelImaginary[position] = sine / Double(length)
            }
        }
        let workspace = Workspace(inner)
        kernelReal.withUnsafeMutableBufferPointer { re in
            kernelImaginary.withUnsafeMutableBufferPointer { im in
                inner.transform(re.baseAddress!, im.baseAddress!, workspace)
            }
        }
        chirp = Chirp(
            real: real, imaginary: imaginary, kernelReal: kernelReal, kernelImaginary: kernelImaginary,
            inner: Inner(inner))
    }

    /// The radices whose product is `count`, or nil if it has another prime factor than 2, 3 and 5.
    private static func factors(of count: Int) -> [Int]? {
        var rest = max(count, 1)
        var result: [Int] = []
        for radix in [4, 5, 3, 2] {
            while rest % radix == 0 {
                result.append(radix)
                rest /= radix
            }
        }
        return rest == 1 ? result : nil
    }

    /// Room for the passes of one thread.
    final class Workspace {
        fileprivate let first: UnsafeMutablePointer<Double>
        fileprivate let chirped: UnsafeMutablePointer<Double>?
        fileprivate let inner: Workspace?

        init(_ plan: FourierPlan) {
            first = .allocate(capacity: 2 * max(plan.count, 1))
            chirped = plan.chirp.map { .allocate(capacity: 2 * $0.inner.plan.count) }
            inner = plan.chirp.map { Workspace($0.inner.plan) }
        }

        deinit {
            first.deallocate()
            chirped?.deallocate()
        }
    }

    /// Replaces `count` complex numbers by `X[k] = sum over t of x[t] exp(-2πi k t / count)`.
    ///
    /// With real and imaginary parts exchanged, on the way in and out, this is the inverse transform without its 1 / n.
    func transform(
        _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>, _ workspace: Workspace
    ) {
        if let chirp {
            transformByChirp(real, imaginary, workspace, chirp)
            return
        }
        var (x, xi) = (real, imaginary)
        var (y, yi) = (workspace.first, workspace.first + count)
        var length = count
        var step = 1
        roots.real.withUnsafeBufferPointer { cosines in
            roots.imaginary.withUnsafeBufferPointer { sines in
                for radix in radices {
                    mk_fourier_pass(radix, length, step, cosines.baseAddress, sines.baseAddress, x, xi, y, yi)
                    swap(&x, &y)
                    swap(&xi, &yi)
                    length /= radix
                    step *= radix
                }
            }
        }
        if x != real {
            real.update(from: x, count: count)
            imaginary.update(from: xi, count: count)
        }
    }

    private func transformByChirp(
        _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>, _ workspace: Workspace,
        _ chirp: Chirp
    ) {
        guard let re = workspace.chirped, let innerWorkspace = workspace.inner else { return }
        let inner = chirp.inner.plan
        let im = re + inner.count
        for k in 0..<count {
            re[k] = real[k] * chirp.real[k] - imaginary[k] * chirp.imaginary[k]
            im[k] = real[k] * chirp.imaginary[k] + imaginary[k] * chirp.real[k]
        }
        (re + count).update(repeating: 0, count: inner.count - count)
        (im + count).update(repeating: 0, count: inner.count - count)
        inner.transform(re, im, innerWorkspace)
        for k in 0..<inner.count {
            let product = re[k] * chirp.kernelReal[k] - im[k] * chirp.kernelImaginary[k]
            im[k] = re[k] * chirp.kernelImaginary[k] + im[k] * chirp.kernelReal[k]
            re[k] = product
        }
        inner.transform(im, re, innerWorkspace)
        for k in 0..<count {
            real[k] = re[k] * chirp.real[k] - im[k] * chirp.imaginary[k]
            imaginary[k] = re[k] * chirp.imaginary[k] + im[k] * chirp.real[k]
        }
    }
}
