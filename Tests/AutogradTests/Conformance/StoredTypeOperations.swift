import GoldenSupport
import Tensor

/// Operations on integers, Booleans and mixed types.
let storedTypeOperations: [String: @Sendable (OperationCase) throws -> [AnyTensor]] = [
    "add": { [$0.inputs[0] + $0.inputs[1]] },
    "div": { [$0.inputs[0] / $0.inputs[1]] },
    "floor_divide": { reference in
        let (a, b) = (reference.inputs[0].cast(to: Int64.self), reference.inputs[1].cast(to: Int64.self))
        return [AnyTensor(a.floorDivided(by: b))]
    },
    "sum": { reference in
        let x = reference.inputs[0]
        if let mask = x.tensor(as: Bool.self) { return [AnyTensor(mask.sum())] }
        return [AnyTensor(x.cast(to: Int32.self).sum())]
    },
    "cast": { reference in
        let name = reference.attributes["to"]?.stringValue ?? ""
        guard let target = DType.allCases.first(where: { $0.description == name }) else {
            throw GoldenError("\(reference.name): no element type \(name)")
        }
        return [reference.inputs[0].cast(to: target)]
    },
    "bincount": { reference in
        let length = reference.attributes["minlength"]?.intValue ?? 0
        return [AnyTensor(reference.inputs[0].cast(to: Int64.self).binCount(minimumLength: length))]
    },
    "unique": { reference in
        let (values, inverse, counts) = reference.inputs[0].cast(to: Int64.self).unique()
        return [AnyTensor(values), AnyTensor(inverse), AnyTensor(counts)]
    },
    "one_hot": { reference in
        let classes = reference.attributes["num_classes"]?.intValue ?? 0
        return [AnyTensor(Tensor<Int64>.oneHot(reference.inputs[0].cast(to: Int64.self), classes: classes))]
    },
]
