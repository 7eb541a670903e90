import Autograd
import Tensor

// Convolution, rotary embedding, Einstein sums and linear algebra.

extension OperationTable {
    static var convolution: [String: Operation] {
        @Sendable func geometry(_ a: Arguments) -> ConvolutionGeometry {
            ConvolutionGeometry(
                stride: a.int("stride")!, padding: .both(a.int("padding")!), dilation: a.int("dilation")!,
                groups: a.int("groups")!)
        }
        @Sendable func pooling(_ a: Arguments) -> PoolingGeometry {
            PoolingGeometry(
                size: a.int("kernel")!, stride: a.int("stride"), padding: a.int("padding") ?? 0,
                roundsUp: a.flag("ceil_mode"))
        }
        @Sendable func padding(_ a: Arguments) -> OutputPadding {
            OutputPadding(integerLiteral: a.int("output_padding")!)
        }
        return [
            "conv1d": one { $0(0).conv1d($0(1), bias: $0(2), geometry($0)) },
            "conv2d": one { $0(0).conv2d($0(1), bias: $0(2), geometry($0)) },
            "conv_transpose1d": one {
                $0(0).convTranspose1d($0(1), bias: $0(2), outputPadding: padding($0), geometry($0))
            },
            "conv_transpose2d": one {
                $0(0).convTranspose2d($0(1), bias: $0(2), outputPadding: padding($0), geometry($0))
            },
            "max_pool1d": one { $0(0).maxPool1d(pooling($0)) }, "max_pool2d": one { $0(0).maxPool2d(pooling($0)) },
            "avg_pool1d": one { $0(0).averagePool1d(pooling($0), countsPadding: $0.flag("count_include_pad")) },
            "avg_pool2d": one { $0(0).averagePool2d(pooling($0), countsPadding: $0.flag("count_include_pad")) },
            "adaptive_avg_pool1d": one { $0(0).adaptiveAveragePool([$0.int("output")!]) },
            "adaptive_max_pool2d": one { $0(0).adaptiveMaxPool(TensorShape($0.ints("output")!)) },
            "interpolate": one { a in
                let length = a.int("size") ?? a(0).shape[-1] * a.int("scale")!
                return a(0).interpolated(
                    to: [length],
                    a.string("mode") == "nearest" ? .nearest : .linear(alignsCorners: a.flag("align_corners")))
            },
            "rope_half": one { rotated($0, .half) }, "rope_interleaved": one { rotated($0, .interleaved) },
            "rfft_power": one { $0(0).powerSpectrum() },
        ]
    }

    @Sendable private static func rotated(_ a: Arguments, _ layout: RotaryLayout) -> Variable<Scalar> {
        var scaling: RotaryScaling = .none
        if let entry = a.attributes["scaling"], let factor = entry["factor"]?.doubleValue {
            let original = entry["original_max_position_embeddings"]?.intValue ?? 0
            switch entry["type"]?.stringValue {
            case "linear": scaling = .linear(factor: factor)
            case "llama3":
                scaling = .llama3(
                    factor: factor, lowFrequencyFactor: entry["low_freq_factor"]!.doubleValue!,
                    highFrequencyFactor: entry["high_freq_factor"]!.doubleValue!, originalLength: original)
            default: scaling = .yarn(factor: factor, originalLength: original)
            }
        }
        let table = RotaryTable<Scalar>(
            positions: a(0).shape[-2], dimensions: a(0).shape[-1], base: a.double("base")!, scaling: scaling)
        return a(0).rotaryEmbedding(table, layout: layout)
    }

    static var linearAlgebra: [String: Operation] {
        [
            "einsum": one { a in
                let equation = try EinsumEquation(a.string("equation")!, ranks: a.all.map(\.rank))
                return try Variable.einsum(equation, a.all)
            },
            "inv": one { try $0(0).inverse() }, "solve": one { try $0(0).solve($0(1)) },
            "det": one { $0(0).determinant() }, "slogdet": one { $0(0).logAbsDeterminant().logMagnitude },
            "logdet": one { $0(0).logDeterminant() }, "cholesky": one { try $0(0).cholesky() },
            "cholesky_solve": one { try $0(1).cholesky().choleskySolve($0(0)) },
            "triangular_solve": one { try $0(0).triangularSolve($0(1), upper: $0.flag("upper")) },
            "qr": { a in
                let (q, r) = try a(0).qr()
                return [Result(q), Result(r)]
            },
            "eigvalsh": one { try $0(0).eigvalsh() },
            "eigh_logm": one { a in
                let (values, vectors) = try a(0).eigh()
                return (vectors * values.log().unsqueezed(0)).matmul(vectors.transposed())
            },
            "svdvals": one { try $0(0).svdvals() },
            "svd_low_rank": one { a in
                let (u, values, v) = try a(0).svd()
                let left = u.narrowed(axis: 1, from: 0, count: 2) * values.narrowed(axis: 0, from: 0, count: 2)
                return left.matmul(v.narrowed(axis: 0, from: 0, count: 2))
            },
            "lstsq": one { try $0(0).lstsq($0(1)) }, "pinv": one { try $0(0).pinv() },
            "nuclear_norm": one { try $0(0).matrixNorm(.nuclear) }, "matrix_exp": one { try $0(0).matrixExp() },
            "matrix_power": one { try $0(0).matrixPower($0.int("power")!) },
            "cov": one { $0(0).covariance() }, "corrcoef": one { $0(0).correlation() },
        ]
    }
}
