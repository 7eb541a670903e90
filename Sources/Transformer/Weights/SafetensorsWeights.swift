import Autograd
import Glibc
import NN
import Tensor

/// The weights of a folder in Hugging Face's layout: model.safetensors, or several files with an index.
///
/// Where both are there, model.safetensors counts, as for transformers.
///
/// Float32 tensors share the mapping of the file until something changes them; other types are converted.
struct SafetensorsWeights: WeightSource {
    let names: ParameterNames
    private let file: WeightFiles
    private let family: TransformerFamily
    private let path: String
    private let root: RootName
    private var wanted: Set<String> = []
    private var mismatch: TensorMismatch
    private var failure: TensorFileError?

    /// One file, or several.
    private enum WeightFiles {
        case single(SafetensorsFile)
        case sharded(ShardedSafetensors)

        var names: [String] {
            switch self {
            case .single(let file): file.entries.map(\.name)
            case .sharded(let files): files.names
            }
        }

        func shape(of name: String) -> TensorShape? {
            switch self {
            case .single(let file): file.entry(named: name)?.shape
            case .sharded(let files): files.shard(of: name)?.entry(named: name)?.shape
            }
        }

        func tensor(named name: String) throws(TensorFileError) -> AnyTensor {
            switch self {
            case .single(let file): try file.tensor(named: name)
            case .sharded(let files): try files.tensor(named: name)
            }
        }
    }

    /// What stands before all names but the head's: files of a model without its head leave it out, and files of a BERT
    /// with one add it.
    private struct RootName {
        var usual: String
        var inFile: String

        func applied(to name: String) -> String {
            guard usual != inFile, name.hasPrefix(usual), !name.hasPrefix("lm_head") else { return name }
            return inFile + name.dropFirst(usual.count)
        }
    }

    /// The index of several files.
    private static func index(of folder: String) -> String { "\(folder)/model.safetensors.index.json" }

    /// Removes an index and its files from a folder that has one file with all weights by now.
    ///
    /// The index goes first: files without it are never read.
    static func removeShards(from folder: String) throws(TensorFileError) {
        let path = index(of: folder)
        guard access(path, F_OK) == 0 else { return }
        // An index that cannot be read names nothing that could be removed.
        let places = (try? MappedFile(contentsOf: path).json())?["weight_map"]?.objectValue
        var names = Set(places?.compactMap(\.value.stringValue) ?? [])
        // Only files of this folder.
        names = names.filter { !$0.contains("/") && $0.hasSuffix(".safetensors") && $0 != "model.safetensors" }
        for file in [path] + names.sorted().map({ "\(folder)/\($0)" }) where unlink(file) != 0 && errno != ENOENT {
            throw TensorFileError(
                path: file, problem: "cannot remove what is replaced: \(String(cString: strerror(errno)))")
        }
    }

    init(folder: String, _ family: TransformerFamily) throws(TensorFileError) {
        let whole = "\(folder)/model.safetensors"
        let index = SafetensorsWeights.index(of: folder)
        if access(whole, F_OK) != 0, access(index, F_OK) == 0 {
            path = index
            file = .sharded(try ShardedSafetensors(index: index))
        } else {
            path = whole
            file = .single(try SafetensorsFile(contentsOf: path))
        }
        self.family = family
        names = .huggingFace(family)
        mismatch = TensorMismatch(path: path)
        let usual = family == .bert ? "" : family == .gpt2 ? "transformer." : "model."
        let other = family == .bert ? "bert." : ""
        let lacksUsual = !file.names.contains { $0.hasPrefix(usual) }
        let hasOther = family == .bert && file.names.contains { $0.hasPrefix(other) }
        root = RootName(usual: usual, inFile: lacksUsual || hasOther ? other : usual)
    }

    func contains(_ name: String) -> Bool { file.shape(of: root.applied(to: name)) != nil }

    mutating func matrix(_ name: String, _ shape: TensorShape, isResidual: Bool) -> WeightMatrix {
        WeightMatrix(tensor(name, shape))
    }

    mutating func vector(_ name: String, count: Int, start: Float) -> Variable<Float> { tensor(name, [count]) }

    private mutating func tensor(_ plainName: String, _ shape: TensorShape) -> Variable<Float> {
        var name = root.applied(to: plainName)
        if file.shape(of: name) == nil, let older = ParameterNames.olderName(of: name), file.shape(of: older) != nil {
            name = older
        }
        wanted.insert(name)
        guard let found = file.shape(of: name) else {
            mismatch.missing.append(name)
            return Variable(0)
        }
        guard found == shape else {
            mismatch.misshaped.append(.init(name: name, expected: shape, found: found))
            return Variable(0)
        }
        do { return Variable(try file.tensor(named: name).cast(to: Float.self)) } catch {
            if failure == nil { failure = error }
            return Variable(0)
        }
    }

    /// Throws everything that did not fit.
    func check(tiesEmbeddings: Bool) throws(ModelFileError) {
        if let failure { throw .file(failure) }
        var mismatch = mismatch
        mismatch.unexpected = file.names.filter { !wanted.contains($0) && !isIgnored($0, tiesEmbeddings) }
        if !mismatch.isEmpty { throw .weights(mismatch) }
    }

    /// Tensors that some versions of transformers wrote and that models do not need: causal masks, frequencies, a tied
    /// head; and the heads that a BERT was trained with.
    private func isIgnored(_ name: String, _ tiesEmbeddings: Bool) -> Bool {
        switch family {
        case .gpt2:
            name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias")
                || tiesEmbeddings && name == "lm_head.weight"
        case .bert: name.hasPrefix("cls.") || name.hasSuffix("position_ids")
        default: name.hasSuffix("rotary_emb.inv_freq") || tiesEmbeddings && name == "lm_head.weight"
        }
    }
}
