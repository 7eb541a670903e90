import Tensor
import Testing

/// Every case of the reference files, dispatched by the name of its operation.
@Suite("Indexing, joining, sorting and running reductions agree with other libraries")
struct ReferenceTests {
    @Test("the result is torch's", arguments: ReferenceFile.load("torch.json", as: [ReferenceCase].self))
    func torch(_ reference: ReferenceCase) {
        check(reference, as: Float.self)
        check(reference, as: Double.self)
    }

    @Test("the result is NumPy's", arguments: ReferenceFile.load("numpy.json", as: [ReferenceCase].self))
    func numpy(_ reference: ReferenceCase) {
        switch reference.inputs.first?.dtype {
        case "float32": check(reference, as: Float.self)
        case "int32": checkIntegers(reference, as: Int32.self)
        case "uint8": checkIntegers(reference, as: UInt8.self)
        case "int64" where ["sort", "unique", "roll", "flip", "repeat_counts"].contains(reference.op):
            checkIntegers(reference, as: Int64.self)
        default: check(reference, as: Double.self)
        }
    }

    private func expect<Scalar>(_ results: Tensor<Scalar>..., are reference: ReferenceCase) {
        #expect(results.count == reference.outputs.count)
        for (result, expected) in zip(results, reference.outputs) {
            let isClose = agrees(result, expected, rtol: reference.rtol, atol: reference.atol)
            #expect(isClose, "\(reference.name): \(result) instead of \(expected.values)")
        }
    }

    private func expect<Scalar>(_ result: Tensor<Scalar>, at position: Int, of reference: ReferenceCase) {
        let expected = reference.outputs[position]
        let isClose = agrees(result, expected, rtol: reference.rtol, atol: reference.atol)
        #expect(isClose, "\(reference.name), output \(position): \(result) instead of \(expected.values)")
    }

    /// Operations on elements of any type.
    private func checkAny<Scalar: NumericTensorScalar>(_ c: ReferenceCase, as type: Scalar.Type) -> Bool {
        func input(_ position: Int) -> Tensor<Scalar> { c.inputs[position].cast(to: Scalar.self) }
        func indices(_ position: Int) -> Tensor<Int64> { c.inputs[position].cast(to: Int64.self) }
        func mask(_ position: Int) -> Tensor<Bool> { c.inputs[position].cast(to: Bool.self) }
        switch c.op {
        case "slice": expect(input(0)[1..., .strided(by: 2)], are: c)
        case "narrow":
            expect(input(0).narrowed(axis: c.int("dim"), from: c.int("start"), count: c.int("length")), are: c)
        case "select": expect(input(0)[-1], are: c)
        case "subscript": expect(input(0)[all: entries(c, tensorsFrom: 1)], are: c)
        case "subscript_set":
            var changed = input(0)
            let copy = changed
            changed[all: entries(c, tensorsFrom: 2)] = input(1)
            expect(changed, are: c)
            #expect(copy == input(0), "the copy kept its elements")
        case "index_select": expect(input(0).indexSelected(axis: c.int("dim"), indices(1)), are: c)
        case "gather": expect(input(0).gathered(axis: c.int("dim"), indices(1)), are: c)
        case "scatter":
            let columns = Tensor<Int64>((0..<4).reversed().map { Int64($0) }).broadcast(to: [3, 4])
            expect(input(0).scattered(axis: 1, columns, source: input(1)), are: c)
        case "scatter_add": expect(input(0).scatterAdded(axis: c.int("dim"), indices(1), source: input(2)), are: c)
        case "scatter_reduce":
            let reduction = ScatterReduction.allCases.first { "\($0)" == c.text("reduction") }!
            expect(
                input(0).scatterReduced(
                    axis: c.int("dim"), indices(1), source: input(2), by: reduction,
                    includingSelf: c.attrs["own"]!.bool!), are: c)
        case "index_add": expect(input(0).indexAdded(axis: c.int("dim"), indices(1), source: input(2)), are: c)
        case "take_along": expect(input(0).takenAlong(axis: c.int("dim"), indices(1)), are: c)
        case "put_along": expect(input(0).puttingAlong(axis: c.int("dim"), indices(1), input(2)), are: c)
        case "masked_select": expect(input(0).maskedSelected(mask(1)), are: c)
        case "nonzero": expect(input(0).nonzero(), are: c)
        case "embedding":
            expect(input(0).rows(indices(1)), are: c)
            let gradient = Tensor<Scalar>(zeros: input(0).shape).addingRows(
                c.cotangents[0].cast(to: Scalar.self), at: indices(1), ignoring: c.int("padding_idx"))
            #expect(agrees(gradient, c.gradients["0"]!, rtol: c.rtol, atol: c.atol))
        case "one_hot": expect(Tensor<Scalar>.oneHot(indices(0), classes: c.int("num_classes")), are: c)
        case "tril": expect(input(0).tril(diagonal: c.int("diagonal")), are: c)
        case "triu": expect(input(0).triu(diagonal: c.int("diagonal")), are: c)
        case "diag_embed": expect(input(0).diagonalEmbedded(), are: c)
        case "diagonal": expect(input(0).diagonal(offset: c.int("offset")), are: c)
        case "meshgrid":
            let grid = Tensor.meshgrid([input(0), input(1)])
            expect(grid[0], grid[1], are: c)
        case "cat": expect(Tensor.concatenated(c.inputs.indices.map(input), axis: c.int("dim")), are: c)
        case "stack": expect(Tensor.stacked(c.inputs.indices.map(input), axis: c.int("dim")), are: c)
        case "split":
            let parts = input(0).split(sizes: c.ints("sizes"), axis: c.int("dim"))
            expect(parts[0], parts[1], are: c)
        case "chunk":
            let parts = input(0).chunked(c.int("chunks"), axis: c.int("dim"))
            expect(parts[0], parts[1], parts[2], are: c)
        case "repeat": expect(input(0).tiled(c.ints("reps")), are: c)
        case "repeat_interleave": expect(input(0).repeatInterleaved(c.int("repeats"), axis: c.int("dim")), are: c)
        case "repeat_counts":
            expect(input(0).repeatInterleaved(indices(1).array.map { Int($0) }, axis: c.int("dim")), are: c)
        case "roll": expect(input(0).rolled(by: c.int("shift"), axis: c.int("dim")), are: c)
        case "flip": expect(input(0).flipped(axes: c.ints("dims")), are: c)
        case "unfold":
            expect(input(0).windows(axis: c.int("dim"), size: c.int("size"), step: c.int("step")), are: c)
        case "sort":
            let sorted = input(0).sorted(axis: c.int("dim"), descending: c.attrs["descending"]!.bool!)
            expect(sorted.values, at: 0, of: c)
            expect(sorted.indices, at: 1, of: c)
        case "topk":
            let top = input(0).topK(c.int("k"), axis: c.int("dim"))
            expect(top.values, at: 0, of: c)
            expect(top.indices, at: 1, of: c)
        case "unique":
            let unique = input(0).unique()
            expect(unique.values, at: 0, of: c)
            expect(unique.inverse, at: 1, of: c)
            expect(unique.counts, at: 2, of: c)
        case "searchsorted": expect(input(0).searchSorted(input(1), right: c.attrs["right"]!.bool!), are: c)
        case "histc":
            let bounds = c.attrs["min"]!.double!...c.attrs["max"]!.double!
            expect(input(0).histogram(bins: c.int("bins"), range: bounds).counts, are: c)
        case "histogram":
            let bounds = c.attrs["range"]?.array.map { $0[0].double!...$0[1].double! }
            let histogram = input(0).histogram(bins: c.int("bins"), range: bounds)
            expect(histogram.counts, at: 0, of: c)
            expect(histogram.edges, at: 1, of: c)
        case "bincount": expect(indices(0).binCount(minimumLength: c.int("minlength")), are: c)
        case "median": expect(input(0).median(), are: c)
        case "cumsum": expect(input(0).cumulativeSum(axis: c.int("dim")), are: c)
        case "cumprod": expect(input(0).cumulativeProduct(axis: c.int("dim")), are: c)
        case "cummax": expect(input(0).cumulativeMaximum(axis: c.int("dim")).values, are: c)
        case "cummin": expect(input(0).cumulativeMinimum(axis: c.int("dim")).values, are: c)
        default: return false
        }
        return true
    }

    private func checkIntegers<Scalar: IntegerTensorScalar>(_ c: ReferenceCase, as type: Scalar.Type) {
        #expect(checkAny(c, as: type), "no test knows the operation \(c.op)")
    }

    private func check<Scalar: FloatingTensorScalar>(_ c: ReferenceCase, as type: Scalar.Type) {
        if checkAny(c, as: type) { return }
        func input(_ position: Int) -> Tensor<Scalar> { c.inputs[position].cast(to: Scalar.self) }
        func value(_ key: String) -> Scalar { Scalar(c.attrs[key]!.double!) }
        switch c.op {
        case "masked_fill":
            expect(input(0).maskedFilled(c.inputs[1].cast(to: Bool.self), with: value("value")), are: c)
        case "add_of_transposed": expect(input(0).transposed() + input(1), are: c)
        case "mul_of_strided_slice": expect(input(0)[.all, .strided(by: 2)] * input(1), are: c)
        case "flip_then_sub": expect(input(0).flipped(axis: 0) - input(1), are: c)
        case "trace": expect(Tensor.einsum("ii", input(0)), are: c)
        case "pad":
            let mode = PaddingMode.allCases.first { "\($0)" == c.text("mode") }!
            let padding = Scalar(c.attrs["value"]?.double ?? 0)
            expect(input(0).padded(c.ints("pad"), mode: mode, value: padding), are: c)
            if let gradient = c.gradients["0"] {
                let ours = c.cotangents[0].cast(to: Scalar.self).padAdjoint(c.ints("pad"), mode: mode)
                #expect(agrees(ours, gradient, rtol: c.rtol, atol: c.atol))
            }
        case "quantile": expect(input(0).quantile(c.doubles("q")), are: c)
        case "quantile_axis": expect(input(0).quantile(c.doubles("q"), axis: c.int("dim")), are: c)
        case "logcumsumexp": expect(input(0).cumulativeLogSumExp(axis: c.int("dim")), are: c)
        case "arange": expect(Tensor<Scalar>.arange(value("start"), value("stop"), by: value("step")), are: c)
        case "linspace": expect(Tensor<Scalar>.linspace(value("start"), value("stop"), count: c.int("count")), are: c)
        case "eye": expect(Tensor<Scalar>.eye(c.int("rows"), columns: c.int("columns")), are: c)
        case "einsum":
            let operands = c.inputs.indices.map(input)
            do {
                let equation = try EinsumEquation(c.text("equation"), ranks: operands.map(\.rank))
                expect(try Tensor.einsum(equation, operands), are: c)
            } catch { Issue.record("\(c.name): \(error)") }
        default: Issue.record("no test knows the operation \(c.op)")
        }
    }

    /// The subscript that a case describes.
    private func entries(_ c: ReferenceCase, tensorsFrom first: Int) -> [any TensorIndexing] {
        c.attrs["index"]!.array!.map { entry in
            switch entry {
            case .number(let position): return Int(position)
            case .text("..."): return TensorIndex.remainingAxes
            case .text: return TensorIndex.addedAxis
            case .list(let bounds):
                return TensorIndex.slice(from: bounds[0].int, to: bounds[1].int, step: bounds[2].int!)
            case .map(let reference):
                let tensor = c.inputs[first + reference["input"]!.int!]
                if tensor.dtype == "bool" { return tensor.cast(to: Bool.self) }
                return tensor.cast(to: Int64.self)
            default: fatalError("no subscript entry: \(entry)")
            }
        }
    }
}
