import Tensor

/// A model's loss, evaluated, and a backward pass that hands out each parameter's gradient as soon as it is complete.
///
/// What uses the gradient at once, such as an optimiser, never holds the gradients of the whole model: a parameter and
/// its gradient are met alone, with nobody else referring to them, so that the parameter can be changed in place.
package struct GradientSweep<Scalar: FloatingTensorScalar> {
    private let watch: Watch<Scalar>
    private let result: Variable<Scalar>
    private let parameters: [Variable<Scalar>]

    /// Evaluates the loss. The sweep then holds the model's parameters; the model gets them back from ``run(_:_:)``.
    ///
    /// If the loss throws, the model is as it was, but for its buffers.
    package init<Model: Parameterized<Scalar>>(
        at model: inout Model, _ loss: (inout Model) throws -> Variable<Scalar>
    ) rethrows {
        let parameters = model.parameters
        var watch = Watch<Scalar>()
        model.replaceParameters(parameters.map { watch.watch($0, countingUses: true) })
        do {
            result = try loss(&model)
        } catch {
            model.replaceParameters(parameters)
            throw error
        }
        requireScalar(result, "step")
        let nothing = Variable(Tensor<Scalar>(zeros: [0]))
        model.replaceParameters(parameters.map { _ in nothing })
        self.watch = watch
        self.parameters = parameters
    }

    /// Runs the backward pass.
    ///
    /// - Parameters:
    ///   - model: the model of the initialiser; it gets the parameters as `body` leaves them.
    ///   - body: called once with the number of each parameter in visiting order, the parameter and its gradient, in an
    ///     order that is the same for the same model. Parameters that the loss does not depend on have a gradient of
    ///     zeros.
    /// - Returns: the loss.
    package consuming func run<Model: Parameterized<Scalar>>(
        _ model: inout Model,
        _ body: (_ index: Int, _ parameter: inout Variable<Scalar>, _ gradient: Tensor<Scalar>) -> Void
    ) -> Variable<Scalar> {
        let (watch, result) = (watch, result)
        var held: [Variable<Scalar>?] = parameters
        self = GradientSweep(watch: watch, result: result, parameters: [])
        var found: [Variable<Scalar>] = Array(repeating: Variable(0), count: held.count)
        func complete(_ index: Int, _ gradient: Variable<Scalar>) {
            guard var parameter = held[index].take() else { return }
            body(index, &parameter, gradient.value)
            found[index] = parameter
        }
        withoutActuallyEscaping(complete) { complete in
            watch.pullBack(result, Variable(Tensor(ones: result.shape)), completed: complete)
        }
        for index in found.indices where held[index] != nil { complete(index, watch.gradient(index)) }
        model.replaceParameters(found)
        return watch.released(result)
    }

    private init(watch: Watch<Scalar>, result: Variable<Scalar>, parameters: [Variable<Scalar>]) {
        self.watch = watch
        self.result = result
        self.parameters = parameters
    }
}
