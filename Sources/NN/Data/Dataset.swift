import Tensor

/// Examples that can be had in any order.
public protocol Dataset<Element>: Sendable {
    /// One example.
    associatedtype Element: Sendable

    /// What reading an example may throw; `Never` for data in memory.
    associatedtype Failure: Error

    /// The number of examples.
    var count: Int { get }

    /// The example at a position in `0..<count`.
    func element(at index: Int) throws(Failure) -> Element
}

/// The examples of an array.
public struct ArrayDataset<Element: Sendable>: Dataset {
    /// The examples.
    public var elements: [Element]

    /// Wraps an array.
    public init(_ elements: [Element]) { self.elements = elements }

    /// The number of examples.
    public var count: Int { elements.count }

    /// The example at a position.
    public func element(at index: Int) -> Element { elements[index] }
}

/// A dataset whose examples are a function of another one's.
public struct MappedDataset<Base: Dataset, Element: Sendable>: Dataset {
    private let base: Base
    private let transform: @Sendable (Base.Element) -> Element

    fileprivate init(base: Base, transform: @escaping @Sendable (Base.Element) -> Element) {
        self.base = base
        self.transform = transform
    }

    /// The number of examples.
    public var count: Int { base.count }

    /// The example at a position, transformed.
    public func element(at index: Int) throws(Base.Failure) -> Element { transform(try base.element(at: index)) }
}

extension Dataset {
    /// The dataset with a function applied to every example when it is asked for.
    public func mapped<Result: Sendable>(
        _ transform: @escaping @Sendable (Element) -> Result
    ) -> MappedDataset<Self, Result> {
        MappedDataset(base: self, transform: transform)
    }
}

/// Pairs of tensors that share their first axis: inputs and what to predict from them.
public struct TensorDataset<Input: TensorScalar, Target: TensorScalar>: Dataset {
    /// One or several examples; several have one more axis in front.
    public struct Batch: Sendable {
        /// What the model sees.
        public var input: Tensor<Input>
        /// What it should predict.
        public var target: Tensor<Target>
    }

    /// All inputs, `[count, ...]`.
    public let inputs: Tensor<Input>
    /// All targets, `[count, ...]`.
    public let targets: Tensor<Target>

    /// Pairs tensors; traps unless they have the same number of rows.
    public init(_ inputs: Tensor<Input>, _ targets: Tensor<Target>) {
        guard inputs.rank > 0, targets.rank > 0, inputs.shape[0] == targets.shape[0] else {
            trap("TensorDataset: inputs \(inputs.shape) and targets \(targets.shape) differ in their first axis")
        }
        self.inputs = inputs.contiguous()
        self.targets = targets.contiguous()
    }

    /// The number of examples.
    public var count: Int { inputs.shape[0] }

    /// One example, without the first axis.
    public func element(at index: Int) -> Batch {
        Batch(input: inputs.selected(axis: 0, at: index), target: targets.selected(axis: 0, at: index))
    }

    /// Several examples as one batch, `[indices.count, ...]`.
    public func batch(at indices: [Int]) -> Batch {
        Batch(input: inputs.rows(at: indices), target: targets.rows(at: indices))
    }
}

extension Tensor {
    /// The given positions along the first axis, in their order.
    func rows(at indices: [Int]) -> Tensor {
        let rows = shape[0]
        let width = shape.dropFirst().reduce(1, *)
        let elements = withUnsafeBufferPointer { source in
            [Scalar](unsafeUninitializedCapacity: indices.count * width) { target, written in
                for index in indices {
                    guard (0..<rows).contains(index) else { trap("row \(index) is outside of \(rows) rows") }
                    guard width > 0 else { continue }
                    let row = UnsafeBufferPointer(rebasing: source[index * width..<(index + 1) * width])
                    _ = UnsafeMutableBufferPointer(rebasing: target[written..<written + width]).initialize(from: row)
                    written += width
                }
            }
        }
        return Tensor(elements, shape: TensorShape([indices.count] + shape.dropFirst()))
    }

    /// Tensors of one shape, stacked along a new first axis; traps if the shapes differ.
    static func stacked(_ parts: [Tensor]) -> Tensor {
        guard let first = parts.first else { return Tensor([], shape: [0]) }
        var elements: [Scalar] = []
        elements.reserveCapacity(parts.count * first.count)
        for part in parts {
            guard part.shape == first.shape else {
                trap("a batch of tensors of the shapes \(first.shape) and \(part.shape)")
            }
            part.withUnsafeBufferPointer { elements.append(contentsOf: $0) }
        }
        return Tensor(elements, shape: TensorShape([parts.count] + Array(first.shape)))
    }
}
