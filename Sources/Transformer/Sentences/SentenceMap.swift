import Autograd
import NN
import Tensor

/// A map of a sentence's vector that follows pooling: f(W x + b), sentence-transformers' module Dense.
public struct SentenceMap: Sendable {
    /// The non-linearity of a map.
    public enum Activation: String, Sendable, Hashable, CaseIterable {
        /// None.
        case identity = "Identity"
        /// The hyperbolic tangent.
        case tanh = "Tanh"
    }

    /// `[out, in]`.
    public let weight: Tensor<Float>

    /// `[out]`, or nil.
    public let bias: Tensor<Float>?

    /// What follows.
    public let activation: Activation

    /// Creates a map.
    ///
    /// Traps if the weight is no matrix or the bias does not have one number for each of its rows.
    public init(weight: Tensor<Float>, bias: Tensor<Float>? = nil, activation: Activation = .identity) {
        guard weight.rank == 2, bias.map({ $0.shape == [weight.shape[0]] }) ?? true else {
            trap("SentenceMap: the weight \(weight.shape) and the bias \(bias?.shape ?? []) do not fit")
        }
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    /// Reads a folder such as 2_Dense: config.json and model.safetensors.
    ///
    /// - Parameters:
    ///   - folder: the folder.
    ///   - inputs: the number of features that come in.
    /// - Throws: ``ModelFileError`` with everything that does not fit.
    init(folder: String, inputs: Int) throws(ModelFileError) {
        let path = "\(folder)/config.json"
        let json: JSON
        do { json = try MappedFile(contentsOf: path).json() } catch { throw .file(error) }
        var fields = ConfigurationFields(json)
        let width = fields.size("in_features")
        let outputs = fields.size("out_features")
        let hasBias = fields.flag("bias", default: true)
        let name = fields.text("activation_function", default: "torch.nn.modules.activation.Tanh")
        let activation = Activation(rawValue: lastName(name))
        if activation == nil {
            let known = Activation.allCases.map(\.rawValue).joined(separator: " or ")
            fields.note("activation_function", "is \"\(name)\"", expected: known)
        }
        if fields.problems.isEmpty, width != inputs {
            fields.note("in_features", "is \(width)", expected: "the \(inputs) features that come in")
        }
        do { try fields.check(path) } catch { throw .configuration(error) }

        let file: SafetensorsFile
        do { file = try SafetensorsFile(contentsOf: "\(folder)/model.safetensors") } catch { throw .file(error) }
        var mismatch = TensorMismatch(path: file.path)
        let wanted: [(String, TensorShape)] =
            [("linear.weight", [outputs, inputs])] + (hasBias ? [("linear.bias", [outputs])] : [])
        for (name, shape) in wanted {
            guard let found = file.entry(named: name)?.shape else {
                mismatch.missing.append(name)
                continue
            }
            if found != shape { mismatch.misshaped.append(.init(name: name, expected: shape, found: found)) }
        }
        mismatch.unexpected = file.entries.map(\.name).filter { name in !wanted.contains { $0.0 == name } }
        guard mismatch.isEmpty else { throw .weights(mismatch) }
        do {
            let weight = try file.tensor(named: "linear.weight").cast(to: Float.self)
            let bias = hasBias ? try file.tensor(named: "linear.bias").cast(to: Float.self) : nil
            self.init(weight: weight, bias: bias, activation: activation ?? .identity)
        } catch { throw .file(error) }
    }

    /// `[sentences, in]` to `[sentences, out]`.
    func callAsFunction(_ x: Variable<Float>) -> Variable<Float> {
        let result = x.linear(Variable(weight), bias: bias.map { Variable($0) })
        return activation == .tanh ? result.tanh() : result
    }
}
