import Autograd
import Tensor

/// The operations of the reference index by name.
enum OperationTable<Scalar: FloatingTensorScalar> {
    typealias Arguments = OperationArguments<Scalar>
    typealias Result = OperationResult<Scalar>
    typealias Operation = @Sendable (Arguments) throws -> [Result]

    static var all: [String: Operation] {
        var table: [String: Operation] = [:]
        for part in [
            unary, binary, comparisons, reductions, sorting, shapes, indexing, matrices, losses, normalisation,
            attention, convolution, linearAlgebra,
        ] {
            table.merge(part) { _, _ in fatalError("an operation is listed twice") }
        }
        return table
    }

    /// An operation with one differentiable result.
    static func one(_ f: @escaping @Sendable (Arguments) throws -> Variable<Scalar>) -> Operation {
        { [Result(try f($0))] }
    }

    /// An operation with one result that has no gradient.
    static func constant<Other: TensorScalar>(
        _ f: @escaping @Sendable (Arguments) throws -> Tensor<Other>
    ) -> Operation {
        { [Result(try f($0))] }
    }

    /// A function of a single operand.
    static func function(_ f: @escaping @Sendable (Variable<Scalar>) -> Variable<Scalar>) -> Operation {
        { [Result(f($0(0)))] }
    }

    static var unary: [String: Operation] {
        [
            "neg": function { -$0 }, "abs": function { $0.abs() }, "exp": function { $0.exp() },
            "expm1": function { $0.expm1() }, "sin": function { $0.sin() }, "cos": function { $0.cos() },
            "tan": function { $0.tan() }, "sinh": function { $0.sinh() }, "cosh": function { $0.cosh() },
            "tanh": function { $0.tanh() }, "atan": function { $0.atan() }, "asinh": function { $0.asinh() },
            "sigmoid": function { $0.sigmoid() }, "erf": function { $0.erf() }, "erfc": function { $0.erfc() },
            "square": function { $0.squared() }, "relu": function { $0.relu() }, "silu": function { $0.silu() },
            "gelu": function { $0.gelu() }, "gelu_tanh": function { $0.gelu(approximation: .tanh) },
            "quick_gelu": function { $0.gelu(approximation: .sigmoid) }, "softplus": function { $0.softplus() },
            "elu": function { $0.elu() }, "selu": function { $0.selu() }, "leaky_relu": function { $0.leakyReLU() },
            "hardswish": function { $0.hardSwish() }, "hardsigmoid": function { $0.hardSigmoid() },
            "mish": function { $0.mish() }, "log_sigmoid": function { $0.logSigmoid() },
            "softsign": function { $0.softsign() }, "relu6": function { $0.relu6() },
            "tanhshrink": function { $0.tanhShrink() }, "log": function { $0.log() }, "log2": function { $0.log2() },
            "log10": function { $0.log10() }, "log1p": function { $0.log1p() }, "sqrt": function { $0.sqrt() },
            "rsqrt": function { $0.rsqrt() }, "reciprocal": function { $0.reciprocal() },
            "lgamma": function { $0.lgamma() }, "digamma": function { $0.digamma() },
            "asin": function { $0.asin() }, "acos": function { $0.acos() }, "atanh": function { $0.atanh() },
            "erfinv": function { $0.erfInverse() }, "floor": function { $0.floor() }, "ceil": function { $0.ceil() },
            "trunc": function { $0.trunc() }, "sign": function { $0.sign() }, "round": function { $0.round() },
            "relu_plus_abs": function { $0.relu() + $0.abs() },
            "clamp": one { a in
                a(0).clamped(to: (a.scalar("min") ?? -.infinity)...(a.scalar("max") ?? .infinity))
            },
            "prelu": one { $0(0).prelu(slope: $0(1)) },
            "where_log_safe": one { a in
                let bad = !(a(0).value .> 0)
                return a(0).replaced(where: bad, by: 1).log().replaced(where: bad, by: 0)
            },
            "where_log_unsafe": one { a in a(0).log().replaced(where: !(a(0).value .> 0), by: 0) },
        ]
    }

    static var binary: [String: Operation] {
        [
            "add": one { $0(0) + $0(1) }, "sub": one { $0(0) - $0(1) }, "mul": one { $0(0) * $0(1) },
            "div": one { $0(0) / $0(1) }, "pow": one { $0(0).pow($0(1)) },
            "pow_scalar": one { $0(0).pow($0.scalar("exponent")!) }, "atan2": one { $0(0).atan2($0(1)) },
            "maximum": one { $0(0).maximum($0(1)) }, "minimum": one { $0(0).minimum($0(1)) },
            "hypot": one { $0(0).hypot($0(1)) }, "logaddexp": one { $0(0).logAddExp($0(1)) },
            "fmod": constant { $0(0).value.truncatingRemainder(dividingBy: $0(1).value) },
            "remainder": constant { $0(0).value.remainder(dividingBy: $0(1).value) },
            "lerp": one { $0(0).lerp(to: $0(1), weight: $0(2)) },
            "add_of_transposed": one { $0(0).transposed() + $0(1) },
            "mul_of_strided_slice": one { a in
                let x = a(0)
                return x.narrowed(axis: 1, from: 0, count: (x.shape[1] + 1) / 2, step: 2) * a(1)
            },
            "flip_then_sub": one { $0(0).flipped(axes: [0]) - $0(1) },
            "expand_mul": one { $0(0).broadcast(to: $0(1).shape) * $0(1) },
            "where": one { Variable.select($0.mask(0), $0(1), $0(2)) },
            "swiglu": one { $0(0).swiGLU($0(1)) },
            "glu": one { $0(0).glu(axis: $0.axis) },
        ]
    }

    static var comparisons: [String: Operation] {
        [
            "eq": constant { $0(0).value .== $0(1).value }, "ne": constant { $0(0).value .!= $0(1).value },
            "lt": constant { $0(0).value .< $0(1).value }, "le": constant { $0(0).value .<= $0(1).value },
            "gt": constant { $0(0).value .> $0(1).value }, "ge": constant { $0(0).value .>= $0(1).value },
            "isnan": constant { $0(0).value.isNaN() }, "isinf": constant { $0(0).value.isInfinite() },
            "isfinite": constant { $0(0).value.isFinite() },
            "logical_and_not": constant { $0.mask(0).and(!$0.mask(1)) },
            "any": constant { $0.mask(0).any(axes: $0.axes) }, "all": constant { $0.mask(0).all(axes: $0.axes) },
        ]
    }

    static var reductions: [String: Operation] {
        [
            "sum": one { $0(0).sum(axes: $0.axes, keepDimensions: $0.keepsDimensions) },
            "mean": one { $0(0).mean(axes: $0.axes, keepDimensions: $0.keepsDimensions) },
            "amax": one { $0(0).maximum(axes: $0.axes, keepDimensions: $0.keepsDimensions) },
            "amin": one { $0(0).minimum(axes: $0.axes, keepDimensions: $0.keepsDimensions) },
            "max_dim": { a in
                let (values, indices) = a(0).maximumWithIndex(axis: a.axis)
                return [Result(values), Result(indices)]
            },
            "argmax": constant { $0(0).value.argmax(axis: $0.axis) },
            "argmin": constant { $0(0).value.argmin(axis: $0.axis) },
            "prod": one { $0(0).product(axes: $0.axes) },
            "var": one { $0(0).variance(axes: $0.axes, correction: $0.int("correction")!) },
            "std": one { $0(0).standardDeviation(axes: $0.axes, correction: $0.int("correction")!) },
            "norm": one { $0(0).norm($0.double("ord") ?? 2, axes: $0.axes) },
            "logsumexp": one { $0(0).logSumExp(axes: $0.axes) },
            "softmax": one { $0(0).softmax(axis: $0.axis) }, "log_softmax": one { $0(0).logSoftmax(axis: $0.axis) },
            "cumsum": one { $0(0).cumulativeSum(axis: $0.axis) },
            "cumprod": one { $0(0).cumulativeProduct(axis: $0.axis) },
            "cummax": one { $0(0).cumulativeMaximum(axis: $0.axis).values },
            "logcumsumexp": one { $0(0).cumulativeLogSumExp(axis: $0.axis) },
            "median": constant { $0(0).value.median() },
            "quantile": constant { $0(0).value.quantile($0.attributes["q"]!.arrayValue!.map { $0.doubleValue! }) },
        ]
    }

    static var sorting: [String: Operation] {
        [
            "sort": { a in
                let (values, indices) = a(0).sorted(axis: a.axis, descending: a.flag("descending"))
                return [Result(values), Result(indices)]
            },
            "topk": { a in
                let (values, indices) = a(0).topK(a.int("k")!, axis: a.axis)
                return [Result(values), Result(indices)]
            },
            "histc": constant { a in
                let range = a.double("min")!...a.double("max")!
                return Tensor<Scalar>(a(0).value.histogram(bins: a.int("bins")!, range: range).counts)
            },
            "searchsorted": constant { $0(0).value.searchSorted($0(1).value, right: $0.flag("right")) },
        ]
    }

    static var shapes: [String: Operation] {
        [
            "reshape": one { $0(0).reshaped($0.ints("shape")!) },
            "permute": one { $0(0).permuted($0.ints("dims")!) },
            "permute_reshape": one { a in
                let x = a(0)
                return x.permuted([2, 0, 1]).reshaped([x.shape[2] * x.shape[0], x.shape[1]])
            },
            "squeeze_unsqueeze": one { $0(0).squeezed(1).unsqueezed(0) },
            "cat": one { Variable.concatenated($0.all, axis: $0.axis) },
            "stack": one { Variable.stacked($0.all, axis: $0.axis) },
            "split": { a in a(0).split(sizes: a.ints("sizes")!, axis: a.axis).map { Result($0) } },
            "chunk": { a in a(0).chunked(a.int("chunks")!, axis: a.axis).map { Result($0) } },
            "slice": one { $0(0)[1..., TensorIndex.strided(by: 2)] },
            "narrow": one { $0(0).narrowed(axis: $0.axis, from: $0.int("start")!, count: $0.int("length")!) },
            "select": one { $0(0)[-1] },
            "tril": one { $0(0).tril(diagonal: $0.int("diagonal")!) },
            "triu": one { $0(0).triu(diagonal: $0.int("diagonal")!) },
            "diag_embed": one { $0(0).diagonalEmbedded() },
            "diagonal": one { $0(0).diagonal(offset: $0.int("offset")!) }, "trace": one { $0(0).trace() },
            "pad": one { a in
                let modes: [String: PaddingMode] = [
                    "constant": .constant, "reflect": .reflect, "replicate": .replicate, "circular": .circular,
                ]
                return a(0).padded(a.ints("pad")!, mode: modes[a.string("mode")!]!, value: a.scalar("value") ?? 0)
            },
            "roll": one { $0(0).rolled(by: $0.int("shift")!, axis: $0.axis) },
            "repeat": one { $0(0).tiled($0.ints("reps")!) },
            "repeat_interleave": one { $0(0).repeatInterleaved($0.int("repeats")!, axis: $0.axis) },
            "unfold": one { $0(0).windows(axis: $0.axis, size: $0.int("size")!, step: $0.int("step")!) },
            "meshgrid": { a in
                let (m, n) = (a(0).count, a(1).count)
                return [
                    Result(a(0).unsqueezed(1).broadcast(to: [m, n])), Result(a(1).unsqueezed(0).broadcast(to: [m, n])),
                ]
            },
        ]
    }

    static var indexing: [String: Operation] {
        [
            "index_select": one { $0(0).indexSelected(axis: $0.axis, $0.ids(1)) },
            "gather": one { $0(0).gathered(axis: $0.axis, $0.ids(1)) },
            "scatter_add": one { $0(0).scatterAdded(axis: $0.axis, $0.ids(1), source: $0(2)) },
            "index_add": one { $0(0).indexAdded(axis: $0.axis, $0.ids(1), source: $0(2)) },
            "scatter": one { a in
                let (m, n) = (a(0).shape[0], a(0).shape[1])
                let order = Tensor<Int64>.arange(Int64(n)).flipped(axis: 0).broadcast(to: [m, n])
                return a(0).scattered(axis: 1, order, source: a(1))
            },
            "masked_fill": one { $0(0).replaced(where: $0.mask(1), by: $0.scalar("value")!) },
            "masked_select": one { $0(0).maskedSelected($0.mask(1)) },
            "nonzero": constant { $0.mask(0).nonzero() },
            "embedding": one { $0(0).rows($0.ids(1), paddingID: $0.int("padding_idx")) },
        ]
    }
}
