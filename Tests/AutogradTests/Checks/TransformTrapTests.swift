import Autograd
import Tensor
import Testing

/// Requires that a program stopped with a message on its standard error.
private func expectMessage(
    _ result: ExitTest.Result?, _ message: String, _ location: SourceLocation = #_sourceLocation
) {
    guard let result else { return }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("Fatal error: " + message), "printed: \(text.prefix(500))", sourceLocation: location)
}

@Suite("Misused transforms stop the program with a message")
struct TransformTrapTests {
    @Test("the gradient of a function that does not return one number")
    func notScalar() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = gradient(at: Variable(Tensor([1.0, 2]))) { $0 * 2 }
        }
        let message = "valueAndGradient: the function returned a value of shape [2]; a gradient needs a single number"
        expectMessage(result, message)
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = valueAndGradient(at: [Variable(Tensor([1.0, 2]))]) { $0[0] * 2 }
        }
        expectMessage(result, message)
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = hvp({ $0 * 2 }, at: Variable(Tensor([1.0, 2])), along: Variable(Tensor([1.0, 2])))
        }
        expectMessage(result, message)
    }

    @Test("a cotangent, a tangent or a vector of another shape")
    func shapes() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = vjp({ $0 * 2 }, at: Variable(Tensor([1.0, 2]))).pullback(Variable(1))
        }
        expectMessage(result, "vjp: the cotangent has shape [], the function's result [2]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = jvp({ $0 * 2 }, at: Variable(Tensor([1.0, 2])), along: Variable(1))
        }
        expectMessage(result, "jvp: the tangent has shape [], the variable [2]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = hvp({ $0.sum() }, at: Variable(Tensor([1.0, 2])), along: Variable(1))
        }
        expectMessage(result, "hvp: the vector has shape [], the variable [2]")
    }

    @Test("a value that outlives the transform whose pass released its record")
    func released() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = gradient(at: Variable(2.0)) { x in
                var leaked = Variable(0.0)
                _ = gradient(at: Variable(3.0)) { y in
                    leaked = y.exp()
                    return leaked
                }
                return leaked * x
            }
        }
        expectMessage(result, "backward: the graph of \"exp\" was released by an earlier backward pass")
    }

    @Test("operations on variables name themselves")
    func operations() async {
        var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Variable(Tensor<Double>(zeros: [2, 3])).linear(Variable(Tensor(zeros: [4, 2])))
        }
        expectMessage(result, "linear: the weight [4, 2] does not fit the input [2, 3]: it must be [out, 3]")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let queries = Variable(Tensor<Float>(zeros: [1, 3, 2, 4]))
            let keys = Variable(Tensor<Float>(zeros: [1, 2, 2, 4]))
            _ = attention(query: queries, key: keys, value: keys)
        }
        expectMessage(
            result,
            "attention: queries [1, 3, 2, 4], keys [1, 2, 2, 4] and values [1, 2, 2, 4] do not fit together")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = crossEntropy(Variable(Tensor<Float>(zeros: [1, 3])), Tensor([3]))
        }
        expectMessage(result, "crossEntropy: the target 3 of row 0 is not one of 3 classes")
        result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var model = Variable(Tensor<Float>(zeros: [2]))
            model.replaceParameters([] as [Variable<Float>])
        }
        expectMessage(result, "replaceParameters: 0 values do not match the model's parameters")
    }
}
