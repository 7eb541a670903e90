import Autograd
import NN
import Tensor

/// How a model computes with the quantised weights of a GGUF file.
public enum GGUFPrecision: Sendable, Hashable {
    /// Weights stay quantised, and activations are rounded to integers for products with them: the fastest.
    case quantized
    /// Weights stay quantised, activations stay in float32.
    case exact
    /// Weights become float32, four bytes each, so that they can be trained.
    case dequantized
}

/// The weights of a GGUF file; matrices stay quantised.
///
/// Files of Llama models have the rows of queries and keys in another order, for pairs of neighbours that turn together;
/// here they get transformers' order back. Rows are independent blocks, so nothing is lost.
struct GGUFWeights: WeightSource {
    let names: ParameterNames
    private let file: GGUFFile
    private let configuration: TransformerConfiguration
    private let precision: GGUFPrecision
    private var wanted: Set<String> = ["rope_freqs.weight"]
    private var mismatch: TensorMismatch

    init(_ file: GGUFFile, _ configuration: TransformerConfiguration, _ precision: GGUFPrecision) {
        names = .gguf(configuration.family)
        self.file = file
        self.configuration = configuration
        self.precision = precision
        mismatch = TensorMismatch(path: file.path)
    }

    func contains(_ name: String) -> Bool { file.entry(named: name) != nil }

    mutating func matrix(_ name: String, _ shape: TensorShape, isResidual: Bool) -> WeightMatrix {
        guard let blocks = tensor(name, shape) else { return WeightMatrix(Variable(0)) }
        let ordered = isPermuted(name).map { blocks.withRowsUnpermuted(heads: $0) } ?? blocks
        if let plain = ordered.plain, ordered.format == .float32 {
            return WeightMatrix(Variable(plain.cast(to: Float.self)))
        }
        if precision == .dequantized { return WeightMatrix(Variable(ordered.dequantized())) }
        return WeightMatrix(QuantizedMatrix(ordered), isExact: precision == .exact)
    }

    mutating func vector(_ name: String, count: Int, start: Float) -> Variable<Float> {
        guard let blocks = tensor(name, [count]) else { return Variable(0) }
        // Biases of queries and keys are permuted with their rows.
        if let heads = isPermuted(name) {
            let pairs = blocks.dequantized().reshaped([heads, count / heads / 2, 2])
            return Variable(pairs.permuted([0, 2, 1]).contiguous().reshaped([count]))
        }
        return Variable(blocks.dequantized())
    }

    private mutating func tensor(_ name: String, _ shape: TensorShape) -> QuantizedTensor? {
        wanted.insert(name)
        guard let entry = file.entry(named: name), let tensor = try? file.tensor(named: name) else {
            mismatch.missing.append(name)
            return nil
        }
        guard entry.shape == shape else {
            mismatch.misshaped.append(.init(name: name, expected: shape, found: entry.shape))
            return nil
        }
        return tensor
    }

    /// The number of heads of a matrix or a bias whose rows are permuted, else nil.
    private func isPermuted(_ name: String) -> Int? {
        guard configuration.family == .llama else { return nil }
        if name.hasSuffix(".attn_q.weight") || name.hasSuffix(".attn_q.bias") { return configuration.headCount }
        if name.hasSuffix(".attn_k.weight") || name.hasSuffix(".attn_k.bias") { return configuration.keyHeadCount }
        return nil
    }

    /// Throws everything that did not fit.
    func check() throws(ModelFileError) {
        var mismatch = mismatch
        mismatch.unexpected = file.entries.map(\.name).filter { !wanted.contains($0) }
        if !mismatch.isEmpty { throw .weights(mismatch) }
    }
}

extension QuantizedTensor {
    /// Row `half · r + i` of a head from row `2 i + r`, where a head has two halves r of rows i.
    fileprivate func withRowsUnpermuted(heads: Int) -> QuantizedTensor {
        let (width, half) = (rowByteCount, rowCount / heads / 2)
        var bytes = [UInt8](repeating: 0, count: byteCount)
        withUnsafeBytes { source in
            bytes.withUnsafeMutableBytes { target in
                for row in 0..<rowCount {
                    let (head, place) = (row / (2 * half), row % (2 * half))
                    let origin = head * 2 * half + 2 * (place % half) + place / half
                    target[row * width..<(row + 1) * width].copyBytes(
                        from: source[origin * width..<(origin + 1) * width])
                }
            }
        }
        return QuantizedTensor(blocks: bytes, format: format, shape: shape)
    }
}
