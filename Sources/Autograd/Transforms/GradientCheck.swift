import Tensor

/// What a derivative is compared in.
public enum GradientCheckKind: String, Sendable, Hashable, CaseIterable {
    /// The gradient, with central differences of the function.
    case gradient
    /// The gradient as it is recorded to be differentiated again, with the plain gradient: the two come from different
    /// rules where an operation has a fused kernel.
    case recordedGradient
    /// The product of the Hessian with a vector, with central differences of the gradient.
    case hessianProduct
}

/// A derivative that disagrees with its numeric value.
public struct GradientMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was compared.
    public let kind: GradientCheckKind
    /// The number of the input among the function's inputs; nil for a direction through all of them.
    public let input: Int?
    /// The row-major position in the input; nil for a direction.
    public let element: Int?
    /// The value by reverse mode.
    public let analytic: Double
    /// The value to which it is compared.
    public let numeric: Double
    /// The largest difference that would have passed.
    public let tolerance: Double

    /// Input, element and values in one sentence.
    public var description: String {
        let place =
            if let input, let element { "element \(element) of input \(input)" } else { "a random direction" }
        return "\(kind.rawValue) at \(place): reverse mode gives \(analytic), but \(numeric) is expected "
            + "(within \(tolerance))"
    }
}

/// What a passed ``gradientCheck(_:at:step:relativeTolerance:absoluteTolerance:order:directions:elementLimit:key:)`` saw.
public struct GradientCheckReport: Sendable, Hashable {
    /// The number of values compared.
    public var comparisons = 0
    /// The largest difference, as a share of what would have passed.
    public var worstShare = 0.0
}

/// Compares the derivatives of a function with central differences.
///
/// The function's result is folded to one number by fixed random weights, and half its weighted square is added, so that
/// the dependence of every rule on the gradient that flows in is tested as well. Compared are the gradient with
/// differences of the function; the gradient as it is recorded with the plain one; and products of the Hessian with a
/// vector with differences of the gradient. All of them along random directions through all inputs together, and for
/// every element if there are few.
///
/// Give inputs where the function is smooth: at a kink, such as that of |x| at 0, no difference quotient is the
/// derivative.
///
/// ```swift
/// let x = Variable(Tensor<Double>([0.3, -1.2, 2]))
/// try gradientCheck({ $0[0].tanh() * $0[1] }, at: [x, Variable(2)])
/// ```
///
/// - Parameters:
///   - function: the function; its result may have any shape.
///   - inputs: where to differentiate.
///   - step: how far the inputs are moved; 1e-6 for Double and 1e-3 for Float if nil.
///   - relativeTolerance: of the larger of the compared values; 1e-5 for Double and 1e-2 for Float if nil.
///   - absoluteTolerance: added to that, and to what rounding explains; 1e-6 for Double and 1e-3 for Float if nil.
///   - order: 1 for the gradient alone, 2 for the Hessian too.
///   - directions: how many random directions.
///   - elementLimit: up to how many elements, in all inputs together, each is checked by itself.
///   - key: of the random weights and directions.
/// - Throws: the first ``GradientMismatch``.
@discardableResult
public func gradientCheck<Scalar>(
    _ function: @escaping ([Variable<Scalar>]) -> Variable<Scalar>, at inputs: [Variable<Scalar>], step: Double? = nil,
    relativeTolerance: Double? = nil, absoluteTolerance: Double? = nil, order: Int = 2, directions: Int = 3,
    elementLimit: Int = 64, key: RandomKey = RandomKey(seed: 0)
) throws(GradientMismatch) -> GradientCheckReport {
    guard order == 1 || order == 2 else { trap("gradientCheck: the order \(order) is neither 1 nor 2") }
    let isDouble = Scalar.dtype == .float64
    let check = GradientComparison<Scalar>(
        function: function, inputs: inputs.map(\.value), step: step ?? (isDouble ? 1e-6 : 1e-3),
        relative: relativeTolerance ?? (isDouble ? 1e-5 : 1e-2),
        absolute: absoluteTolerance ?? (isDouble ? 1e-6 : 1e-3), key: key)
    var report = GradientCheckReport()
    let moves = check.moves(directions: directions, elementLimit: elementLimit)
    let slopes = check.gradient(at: check.inputs)
    for move in moves { try check.compareGradient(slopes, move, &report) }
    if order == 2 {
        let vector = check.randomTensors(key.folded(-3))
        let (recorded, curvature) = check.hessianProduct(vector)
        try check.compareRecorded(slopes, recorded, &report)
        for move in moves { try check.compareHessian(vector, curvature, move, &report) }
    }
    return report
}

/// Compares the derivatives of a function of one variable with central differences; see
/// ``gradientCheck(_:at:step:relativeTolerance:absoluteTolerance:order:directions:elementLimit:key:)``.
@discardableResult
public func gradientCheck<Scalar>(
    _ function: @escaping (Variable<Scalar>) -> Variable<Scalar>, at x: Variable<Scalar>, step: Double? = nil,
    relativeTolerance: Double? = nil, absoluteTolerance: Double? = nil, order: Int = 2
) throws(GradientMismatch) -> GradientCheckReport {
    try gradientCheck(
        { function($0[0]) }, at: [x], step: step, relativeTolerance: relativeTolerance,
        absoluteTolerance: absoluteTolerance, order: order)
}

/// A change of the inputs along which a derivative is taken.
private struct Move<Scalar: FloatingTensorScalar> {
    var input: Int?
    var element: Int?
    /// Of the inputs' shapes; the difference between the two points at which the function is evaluated, over 2 steps.
    var direction: [Tensor<Scalar>]
    var forward: [Tensor<Scalar>]
    var backward: [Tensor<Scalar>]
}

private struct GradientComparison<Scalar: FloatingTensorScalar> {
    let function: ([Variable<Scalar>]) -> Variable<Scalar>
    let inputs: [Tensor<Scalar>]
    let step: Double
    let relative: Double
    let absolute: Double
    let key: RandomKey

    /// The function folded to one number: Σ w f + ½ Σ w f².
    func folded(_ variables: [Variable<Scalar>]) -> Variable<Scalar> {
        let result = function(variables)
        let weights = Variable(Tensor<Scalar>(randomNormal: result.shape, key: key.folded(-1)))
        return ((result + result.squared() * 0.5) * weights).sum()
    }

    /// The terms of the folded function, in Double: their differences lose less than the difference of the sums.
    func terms(at point: [Tensor<Scalar>]) -> [Double] {
        let result = function(point.map { Variable($0) }).value
        let weights = Tensor<Scalar>(randomNormal: result.shape, key: key.folded(-1))
        return zip(result.array, weights.array).map { value, weight in
            let number = value.doubleValue
            return (number + number * number * 0.5) * weight.doubleValue
        }
    }

    func gradient(at point: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
        valueAndGradient(at: point.map { Variable($0) }, folded).gradients.map(\.value)
    }

    /// The gradient as it is recorded, and the product of the Hessian with a vector.
    func hessianProduct(_ vector: [Tensor<Scalar>]) -> (gradient: [Tensor<Scalar>], product: [Tensor<Scalar>]) {
        var recorded: [Tensor<Scalar>] = []
        let product = valueAndGradient(at: inputs.map { Variable($0) }) { variables in
            let slopes = valueAndGradient(at: variables, folded).gradients
            recorded = slopes.map(\.value)
            var inner = Variable<Scalar>(0)
            for (slope, part) in zip(slopes, vector) { inner = inner + (slope * Variable(part)).sum() }
            return inner
        }
        return (recorded, product.gradients.map(\.value))
    }

    func randomTensors(_ key: RandomKey) -> [Tensor<Scalar>] {
        inputs.indices.map { Tensor(randomNormal: inputs[$0].shape, key: key.folded($0)) }
    }

    // MARK: Moves

    func moves(directions: Int, elementLimit: Int) -> [Move<Scalar>] {
        var moves = (0..<directions).map { move(along: randomTensors(key.folded(-2).folded($0))) }
        if inputs.reduce(0, { $0 + $1.count }) <= elementLimit {
            for (input, tensor) in inputs.enumerated() {
                for element in 0..<tensor.count {
                    var unit = inputs.map { Tensor<Scalar>(zeros: $0.shape) }
                    unit[input].withUnsafeMutableBufferPointer { $0[element] = 1 }
                    var step = move(along: unit)
                    (step.input, step.element) = (input, element)
                    moves.append(step)
                }
            }
        }
        return moves
    }

    private func move(along direction: [Tensor<Scalar>]) -> Move<Scalar> {
        let forward = zip(inputs, direction).map { $0 + $1 * Scalar(step) }
        let backward = zip(inputs, direction).map { $0 - $1 * Scalar(step) }
        // What was really moved after rounding, exact by Sterbenz's lemma.
        let moved = zip(forward, backward).map { ($0 - $1) / Scalar(2 * step) }
        return Move(input: nil, element: nil, direction: moved, forward: forward, backward: backward)
    }

    // MARK: Comparisons

    func compareGradient(
        _ slopes: [Tensor<Scalar>], _ move: Move<Scalar>, _ report: inout GradientCheckReport
    ) throws(GradientMismatch) {
        let difference = difference(terms(at: move.forward), terms(at: move.backward))
        try compare(.gradient, move, inner(slopes, move.direction), difference, &report)
    }

    func compareHessian(
        _ vector: [Tensor<Scalar>], _ product: [Tensor<Scalar>], _ move: Move<Scalar>,
        _ report: inout GradientCheckReport
    ) throws(GradientMismatch) {
        let forward = products(gradient(at: move.forward), vector)
        let backward = products(gradient(at: move.backward), vector)
        try compare(.hessianProduct, move, inner(product, move.direction), difference(forward, backward), &report)
    }

    func compareRecorded(
        _ plain: [Tensor<Scalar>], _ recorded: [Tensor<Scalar>], _ report: inout GradientCheckReport
    ) throws(GradientMismatch) {
        for input in plain.indices {
            let (expected, found) = (plain[input].array, recorded[input].array)
            let largest = expected.reduce(0) { max($0, abs($1.doubleValue)) }
            // Both are exact formulas, so they differ by rounding only.
            let tolerance = 4096 * Scalar.ulpOfOne.doubleValue * max(1, largest)
            for (element, (a, b)) in zip(found, expected).enumerated() {
                try judge(
                    .recordedGradient, input, element, a.doubleValue, b.doubleValue, tolerance: tolerance, &report)
            }
        }
    }

    private func compare(
        _ kind: GradientCheckKind, _ move: Move<Scalar>, _ analytic: Double,
        _ numeric: (value: Double, rounding: Double), _ report: inout GradientCheckReport
    ) throws(GradientMismatch) {
        let tolerance = relative * max(abs(analytic), abs(numeric.value)) + absolute + numeric.rounding
        try judge(kind, move.input, move.element, analytic, numeric.value, tolerance: tolerance, &report)
    }

    private func judge(
        _ kind: GradientCheckKind, _ input: Int?, _ element: Int?, _ analytic: Double, _ numeric: Double,
        tolerance: Double, _ report: inout GradientCheckReport
    ) throws(GradientMismatch) {
        let distance = abs(analytic - numeric)
        report.comparisons += 1
        // A comparison that NaN fails too.
        guard distance <= tolerance else {
            throw GradientMismatch(
                kind: kind, input: input, element: element, analytic: analytic, numeric: numeric, tolerance: tolerance)
        }
        report.worstShare = max(report.worstShare, distance / tolerance)
    }

    // MARK: Sums in Double

    /// The difference quotient of two sums, and how much of it rounding of the terms can make up.
    private func difference(_ forward: [Double], _ backward: [Double]) -> (value: Double, rounding: Double) {
        var sum = 0.0
        var magnitude = 0.0
        for (a, b) in zip(forward, backward) {
            sum += a - b
            magnitude += abs(a) + abs(b)
        }
        return (sum / (2 * step), 4 * Scalar.ulpOfOne.doubleValue * magnitude / step)
    }

    private func products(_ a: [Tensor<Scalar>], _ b: [Tensor<Scalar>]) -> [Double] {
        zip(a, b).flatMap { zip($0.array, $1.array).map { $0.doubleValue * $1.doubleValue } }
    }

    private func inner(_ a: [Tensor<Scalar>], _ b: [Tensor<Scalar>]) -> Double { products(a, b).reduce(0, +) }
}
