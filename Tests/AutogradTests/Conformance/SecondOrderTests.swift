import Autograd
import GoldenSupport
import Tensor
import Testing

/// Scalar functions of one matrix with value, gradient, Hessian-vector product and directional derivative, and the
/// meta-gradients of two MAML steps.
@Suite("Second-order derivatives agree with the reference values")
struct SecondOrderTests {
    typealias Function = @Sendable (Variable<Double>, Constants) throws -> Variable<Double>

    /// The tensors that the functions share.
    struct Constants: Sendable {
        let w1: Variable<Double>
        let w2: Variable<Double>
        let labels: Tensor<Int64>

        init(_ values: SafetensorsFile) throws {
            w1 = Variable(try values.golden("const/W1", as: Double.self))
            w2 = Variable(try values.golden("const/W2", as: Double.self))
            labels = try values.golden("const/labels", as: Int64.self)
        }
    }

    static let functions: [String: Function] = [
        "exp_sum": { x, _ in x.exp().sum() },
        "tanh_cubed": { x, _ in x.tanh().pow(3).sum() },
        "softplus_sq": { x, _ in x.softplus().squared().sum() },
        "gelu_erf": { x, _ in x.gelu().squared().sum() },
        "gelu_tanh": { x, _ in x.gelu(approximation: .tanh).squared().sum() },
        "silu": { x, _ in x.silu().squared().sum() },
        "sigmoid_log": { x, _ in x.sigmoid().log().sum() },
        "div_chain": { x, _ in
            (x.selected(axis: 1, at: 0) / (x.selected(axis: 1, at: 1).squared() + 1)).sum()
        },
        "softmax_entropy": { x, _ in -(x.softmax() * x.logSoftmax()).sum() },
        "logsumexp": { x, _ in x.logSumExp(axes: [-1]).squared().sum() },
        "cross_entropy_mlp_input": { x, c in crossEntropy(x.matmul(c.w1).tanh().matmul(c.w2), c.labels) },
        "layer_norm": { x, _ in x.layerNorm().pow(3).sum() },
        "rms_norm": { x, _ in x.rmsNorm(epsilon: 1e-6).pow(3).sum() },
        "matmul_quad": { x, _ in x.matmul(x.transposed()).squared().sum() },
        "attention_math": { x, _ in
            let row = x.unsqueezed(0).unsqueezed(0)
            return attention(query: row, key: row, value: row).squared().sum()
        },
        "conv1d": { x, _ in
            let weight = Variable(Tensor<Double>(ones: [2, x.shape[0], 2]))
            return x.tanh().unsqueezed(0).conv1d(weight).squared().sum()
        },
        "gather_sum": { x, _ in
            x.gathered(axis: 1, Tensor(zeros: [x.shape[0], 1])).exp().sum() * x.sum()
        },
        "broadcast_mul": { x, _ in (x * x.mean(axis: 0) * x.narrowed(axis: 1, from: 0, count: 1)).sum() },
        "norm": { x, _ in x.norm(axes: [-1]).sum() },
        "logdet": { x, _ in
            (x.matmul(x.transposed()) + Variable(Tensor<Double>.eye(x.shape[0]))).logDeterminant()
        },
        "gradient_penalty": { x, c in
            let slope = gradient(at: x) { x in x.matmul(c.w1).tanh().matmul(c.w2).sum() }
            return (slope.norm(axes: [-1]) - 1).squared().sum()
        },
    ]

    @Test("value, gradient, Hessian-vector product and directional derivative of every function")
    func functionsOfOneVariable() throws {
        for folder in try Golden.folders(topic: "core/ops") {
            let values = try folder.tensors("second.safetensors")
            let constants = try Constants(values)
            for entry in try folder.index("second.index.json")["cases"]?.arrayValue ?? [] {
                let name = try #require(entry["name"]?.stringValue)
                if name == "maml" { continue }
                let function = try #require(SecondOrderTests.functions[name], "no function \(name)")
                let (rtol, atol) = (entry["rtol"]?.doubleValue ?? 0, entry["atol"]?.doubleValue ?? 0)
                let x = Variable(try values.golden("\(name)/x", as: Double.self))
                let v = Variable(try values.golden("\(name)/v", as: Double.self))
                func expect(_ actual: Variable<Double>, _ part: String) throws {
                    let expected = try values.golden("\(name)/\(part)")
                    let mismatch = Golden.mismatch(
                        actual: AnyTensor(actual.value), expected: expected, rtol: rtol, atol: atol)
                    #expect(mismatch == nil, "\(name)/\(part) in \(folder)")
                }
                let (value, slope) = try valueAndGradient(at: x) { try function($0, constants) }
                try expect(value, "value")
                try expect(slope, "grad")
                try expect(try hvp({ try function($0, constants) }, at: x, along: v).product, "hvp")
                try expect(try jvp({ try function($0, constants) }, at: x, along: v).tangent, "jvp")
            }
        }
    }

    /// tanh(x W0 + b0) W1 + b1
    struct Net: Parameterized {
        typealias Scalar = Double
        var weights: [Variable<Double>]

        func callAsFunction(_ x: Variable<Double>) -> Variable<Double> {
            (x.matmul(weights[0]) + weights[1]).tanh().matmul(weights[2]) + weights[3]
        }

        mutating func visitParameters(_ visitor: inout some ParameterVisitor<Double>) {
            visitor.visit("weights", &weights)
        }
    }

    @Test("meta-gradients of MAML, full and first-order, by two nested calls", arguments: [true, false])
    func modelAgnosticMetaLearning(isFull: Bool) throws {
        for folder in try Golden.folders(topic: "core/ops") {
            let values = try folder.tensors("second.safetensors")
            let entry = try #require(
                try folder.index("second.index.json")["cases"]?.arrayValue?.first { $0["name"]?.stringValue == "maml" })
            let steps = try #require(entry["attrs"]?["inner_steps"]?.intValue)
            let rate = try #require(entry["attrs"]?["inner_lr"]?.doubleValue)
            func tensor(_ name: String) throws -> Variable<Double> {
                Variable(try values.golden("maml/\(name)", as: Double.self))
            }
            let net = Net(weights: try (0..<4).map { try tensor("p\($0)") })
            let (xs, ys, xq, yq) = try (tensor("Xs"), tensor("Ys"), tensor("Xq"), tensor("Yq"))
            let (loss, slope) = valueAndGradient(at: net) { net in
                var fast = net
                for _ in 0..<steps {
                    let (_, inner) = valueAndGradient(at: fast) { meanSquaredError($0(xs), ys) }
                    for index in fast.weights.indices {
                        let step = isFull ? inner.weights[index] : inner.weights[index].detached()
                        fast.weights[index] = fast.weights[index] - step * rate
                    }
                }
                return meanSquaredError(fast(xq), yq)
            }
            let part = isFull ? "full" : "first_order"
            let expected = try values.golden("maml/\(part)/query_loss", as: Double.self).scalar
            #expect(abs(loss.scalar - expected) < 1e-5)
            for index in 0..<4 {
                let mismatch = Golden.mismatch(
                    actual: AnyTensor(slope.weights[index].value),
                    expected: try values.golden("maml/\(part)/metagrad\(index)"), rtol: 5e-5, atol: 5e-6)
                #expect(mismatch == nil, "\(part), parameter \(index)")
            }
        }
    }
}
