/// A fused function of elementwise operations, in static single assignment form.
///
/// It can be run on tensors and differentiated; the derivative is a program again.
package struct ElementwiseProgram<Scalar: FloatingTensorScalar>: Sendable {
    let steps: [ElementwiseStep<Scalar>]
    let operandCount: Int
    /// The steps whose values are wanted; nil stands for zeros.
    let results: [Int?]

    /// Traces a function of `operandCount` expressions.
    package init(
        operandCount: Int, _ function: ([ElementwiseExpression<Scalar>]) -> ElementwiseExpression<Scalar>
    ) {
        let trace = ElementwiseTrace<Scalar>()
        let result = function((0..<operandCount).map { trace.operand($0) })
        guard result.trace === trace else {
            trap("fused: the function returned an expression that was given to another one")
        }
        steps = trace.steps
        self.operandCount = operandCount
        results = [result.step]
    }

    private init(steps: [ElementwiseStep<Scalar>], operandCount: Int, results: [Int?]) {
        self.steps = steps
        self.operandCount = operandCount
        self.results = results
    }

    /// The program of the gradients of the only result with respect to some operands.
    ///
    /// It takes the operands and, last, the gradient that flows in; values of the function that it needs it computes
    /// anew. What the results do not need is left out when it runs.
    package func gradient(for wanted: [Int]) -> ElementwiseProgram {
        let trace = ElementwiseTrace(continuing: steps)
        var gradients = [ElementwiseExpression<Scalar>?](repeating: nil, count: steps.count)
        func send(_ gradient: ElementwiseExpression<Scalar>?, to step: Int) {
            guard let gradient else { return }
            gradients[step] = gradients[step].map { $0 + gradient } ?? gradient
        }
        if let result = results[0] { send(trace.operand(operandCount), to: result) }
        for (number, step) in steps.enumerated().reversed() {
            guard let gradient = gradients[number] else { continue }
            func expression(_ step: Int) -> ElementwiseExpression<Scalar> { .init(trace: trace, step: step) }
            switch (step.operation, step.rule) {
            case (.unary(_, let x), .unary(let rule)):
                send(rule(expression(x), expression(number), gradient), to: x)
            case (.binary(_, let a, let b), .binary(let rule)):
                let (first, second) = rule(expression(a), expression(b), expression(number), gradient)
                send(first, to: a)
                send(second, to: b)
            default: break
            }
        }
        return ElementwiseProgram(
            steps: trace.steps, operandCount: operandCount + 1,
            results: wanted.map { index in
                steps.firstIndex { $0.operation == .operand(index) }.flatMap { gradients[$0]?.step }
            })
    }
}
