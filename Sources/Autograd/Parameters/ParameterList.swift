import Tensor

extension Parameterized {
    /// The parameters in visiting order.
    public var parameters: [Variable<Scalar>] {
        var collector = Collector<Scalar>()
        var copy = self
        copy.visitParameters(&collector)
        return collector.found
    }

    /// The number of trainable numbers.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// The parameters and buffers with their paths, such as `layers.0.weight`, in visiting order.
    public func namedTensors(includingBuffers: Bool = true) -> [(path: String, tensor: Tensor<Scalar>)] {
        var collector = NamedCollector<Scalar>(includesBuffers: includingBuffers)
        var copy = self
        copy.visitParameters(&collector)
        return collector.found
    }

    /// Replaces every parameter by a function of it and its path.
    public mutating func updateParameters(_ update: (_ path: String, _ parameter: inout Variable<Scalar>) -> Void) {
        withoutActuallyEscaping(update) { update in
            var updater = Updater<Scalar>(update: update)
            visitParameters(&updater)
        }
    }

    /// Replaces the parameters, in visiting order; traps if their number differs.
    public mutating func replaceParameters(_ parameters: some Collection<Variable<Scalar>>) {
        var replacer = Replacer(iterator: Array(parameters).makeIterator())
        visitParameters(&replacer)
        guard replacer.iterator.next() == nil, !replacer.ranOut else {
            trap("replaceParameters: \(parameters.count) values do not match the model's parameters")
        }
    }

    /// The same model with constants for parameters: using it records nothing.
    public func detached() -> Self {
        var copy = self
        copy.replaceParameters(parameters.map { $0.detached() })
        return copy
    }
}

/// The value of a model's loss, and its gradient as a value of the model's own type.
///
/// The gradient has the model's structure with the derivative by each parameter in its place; buffers are as in the model.
///
/// ```swift
/// let (loss, gradient) = valueAndGradient(at: model) { model in crossEntropy(model(x), y) }
/// optimizer.update(&model, along: gradient)
/// ```
public func valueAndGradient<Model: Parameterized>(
    at model: Model, _ loss: (Model) throws -> Variable<Model.Scalar>
) rethrows -> (value: Variable<Model.Scalar>, gradient: Model) {
    var copy = model
    return try valueAndGradient(at: &copy) { try loss($0) }
}

/// The value of a model's loss and its gradient, for a loss that changes the model's buffers, as batch normalisation does
/// while it trains: the changes stay in `model`, its parameters are as they were.
public func valueAndGradient<Model: Parameterized>(
    at model: inout Model, _ loss: (inout Model) throws -> Variable<Model.Scalar>
) rethrows -> (value: Variable<Model.Scalar>, gradient: Model) {
    let parameters = model.parameters
    var watch = Watch<Model.Scalar>()
    model.replaceParameters(parameters.map { watch.watch($0) })
    defer { model.replaceParameters(parameters) }
    let result = try loss(&model)
    requireScalar(result, "valueAndGradient")
    watch.pullBack(result, Variable(Tensor(ones: result.shape)))
    var gradient = model
    gradient.replaceParameters(parameters.indices.map { watch.released(watch.gradient($0)) })
    return (watch.released(result), gradient)
}

private struct Collector<Scalar: FloatingTensorScalar>: ParameterVisitor {
    var found: [Variable<Scalar>] = []

    mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>) { found.append(parameter) }
}

private struct NamedCollector<Scalar: FloatingTensorScalar>: ParameterVisitor {
    var includesBuffers: Bool
    var path = ParameterPath()
    var found: [(path: String, tensor: Tensor<Scalar>)] = []

    mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>) {
        found.append((path.joined(name), parameter.value))
    }
    mutating func visitBuffer(_ name: String, _ buffer: inout Tensor<Scalar>) {
        if includesBuffers { found.append((path.joined(name), buffer)) }
    }
    mutating func enter(_ name: String) { path.enter(name) }
    mutating func leave() { path.leave() }
}

private struct Updater<Scalar: FloatingTensorScalar>: ParameterVisitor {
    var update: (String, inout Variable<Scalar>) -> Void
    var path = ParameterPath()

    mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>) {
        update(path.joined(name), &parameter)
    }
    mutating func enter(_ name: String) { path.enter(name) }
    mutating func leave() { path.leave() }
}

private struct Replacer<Scalar: FloatingTensorScalar>: ParameterVisitor {
    var iterator: IndexingIterator<[Variable<Scalar>]>
    var ranOut = false

    mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>) {
        if let next = iterator.next() { parameter = next } else { ranOut = true }
    }
}

/// The names that lead to the current part of a model, joined by dots.
public struct ParameterPath: Sendable {
    /// The prefixes of the parts entered, the current one last.
    private var prefixes = [""]

    /// Creates the path of the model itself.
    public init() {}

    /// Enters a part of the current part; a part without a name does not show in paths.
    public mutating func enter(_ name: String) {
        let prefix = prefixes[prefixes.count - 1]
        prefixes.append(name.isEmpty ? prefix : prefix + name + ".")
    }

    /// Leaves the part entered last.
    public mutating func leave() { prefixes.removeLast() }

    /// The full path of something in the current part; of the part itself if it has no name.
    public func joined(_ name: String) -> String {
        let prefix = prefixes[prefixes.count - 1]
        return name.isEmpty ? String(prefix.dropLast()) : prefix + name
    }
}
