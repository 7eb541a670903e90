import Glibc
import Tabular
import Tensor
import Tokenizers
import Transformer

/// A reader of files from outside, and what must hold for any bytes it is given.
enum FuzzedReader: String, CaseIterable {
    case npy, npz, safetensors, shards, gguf, json, csv, gzip, arff, tokenizer, template, config, adapter

    /// Reads all that the bytes hold; false if the reader refuses them with its typed error.
    ///
    /// - Throws: ``Contradiction`` if what was read and written again reads differently.
    func accepts(_ bytes: [UInt8]) throws -> Bool {
        do {
            switch self {
            case .npy: try readNPY(bytes)
            case .npz: try readNPZ(bytes)
            case .safetensors: try readSafetensors(bytes)
            case .shards: try readShards(bytes)
            case .gguf: try readGGUF(bytes)
            case .json: try readJSON(bytes)
            case .csv: try readCSV(bytes)
            case .gzip: try readGzip(bytes)
            case .arff: try readARFF(bytes)
            case .tokenizer: try readTokenizer(bytes)
            case .template: try readTemplate(bytes)
            case .config: try readConfiguration(bytes)
            case .adapter: try readAdapter(bytes)
            }
            return true
        } catch is TensorFileError {
            return false
        } catch is TableError {
            return false
        } catch is JSONError {
            return false
        } catch is TokenizerError {
            return false
        } catch is ChatTemplateError {
            return false
        } catch is ConfigurationError {
            return false
        } catch is ModelFileError {
            return false
        }
    }

    /// The most heap memory that reading `byteCount` bytes, and the checks, may hold at once.
    ///
    /// A byte of a file becomes at most a few words in memory, such as a JSON value in an array that grows. In a table
    /// it may be a whole column, with a name, a buffer and a place in the index, and the checks hold two tables.
    func memoryLimit(byteCount: Int) -> Int {
        // What a template makes is bounded by its work, not by its length.
        if self == .template { return 1 << 29 }
        // Each call has a cache for words, and patterns are compiled: up to 20,000 instructions each.
        if self == .tokenizer { return 1 << 22 + 1024 * byteCount }
        // A configuration has an entry for each of at most 100,000 layers, and the checks hold a few of them.
        if self == .config { return 1 << 25 + 64 * byteCount }
        let isTable = self == .csv || self == .gzip || self == .arff
        let isCompressed = self == .npz || self == .gzip
        // A GGUF file may have a tokenizer, whose tables of characters are made once; adapters are computed with.
        let constant = self == .gguf || self == .adapter ? 1 << 20 : 1 << 16
        return constant + (isTable ? 512 : 64) * (byteCount + (isCompressed ? FuzzedReader.inflatedLimit : 0))
    }

    /// The most that compressed inputs may inflate to.
    static let inflatedLimit = 1 << 16
}

/// Something that was read twice in two ways.
struct Contradiction: Error, CustomStringConvertible {
    var description: String
}

func require(_ condition: Bool, _ what: String) throws {
    if !condition { throw Contradiction(description: what) }
}

// MARK: Tensors

private func readNPY(_ bytes: [UInt8]) throws { try checkTensor(AnyTensor(npyBytes: bytes)) }

private func checkTensor(_ tensor: AnyTensor) throws {
    let written = try tensor.npyBytes()
    let again = try AnyTensor(npyBytes: written)
    try require(again.dtype == tensor.dtype && again.shape == tensor.shape, "npy: another type or shape is read back")
    try require(bits(again) == bits(tensor), "npy: other elements are read back")
    try require(again.npyBytes() == written, "npy: other bytes are written again")
}

/// The elements in order, each as the bits of its value in double precision.
private func bits(_ tensor: AnyTensor) -> [UInt64] { tensor.cast(to: Double.self).array.map(\.bitPattern) }

private func readNPZ(_ bytes: [UInt8]) throws {
    let arrays = try NPZ.read(bytes: bytes, maximumByteCount: FuzzedReader.inflatedLimit)
    for (_, tensor) in arrays { try checkTensor(tensor) }
    let again = try NPZ.read(bytes: NPZ.bytes(arrays))
    try require(again.map { Array($0.name.utf8) } == arrays.map { Array($0.name.utf8) }, "npz: other names")
    for (one, other) in zip(again, arrays) {
        try require(bits(one.tensor) == bits(other.tensor), "npz: other elements")
    }
}

private func readSafetensors(_ bytes: [UInt8]) throws {
    let file = try SafetensorsFile(bytes: bytes)
    var tensors: [(name: String, tensor: AnyTensor)] = []
    for entry in file.entries {
        let tensor = try file.tensor(named: entry.name)
        try require(tensor.shape == entry.shape, "safetensors: \(entry.name) has another shape")
        let (once, again) = try (file.rawBytes(named: entry.name), file.rawBytes(named: entry.name))
        try require(once.array == again.array, "safetensors: \(entry.name) has other bytes")
        tensors.append((entry.name, tensor))
    }
    let metadata = Dictionary(file.metadata.map { ($0.key, $0.value) }) { first, _ in first }
    let again = try SafetensorsFile(bytes: SafetensorsFile.bytes(tensors, metadata: metadata))
    try require(again.entries.count == tensors.count, "safetensors: another number of tensors is read back")
    for (name, tensor) in tensors {
        try require(bits(again.tensor(named: name)) == bits(tensor), "safetensors: other elements are read back")
    }
}

private func readGGUF(_ bytes: [UInt8]) throws {
    let file = try GGUFFile(bytes: bytes)
    for (key, value) in file.metadata {
        try require(file[key] != nil, "gguf: a metadata name is not found")
        _ = (value.intValue, value.doubleValue, value.boolValue, value.stringValue, value.stringArray)
    }
    for entry in file.entries {
        let values = try file.tensor(named: entry.name).dequantized()
        try require(values.shape == entry.shape, "gguf: \(entry.name) has another shape")
    }
    if let tokenizer = try? Tokenizer(gguf: file) { _ = tokenizer.encode("Hello, wörld!", allowSpecial: .all) }
}

/// The index of a sharded file, beside one file that has a tensor `x`.
private func readShards(_ bytes: [UInt8]) throws {
    let shards = try ShardedSafetensors(index: inputFile(bytes))
    for name in shards.names {
        let (once, again) = try (shards.tensor(named: name), shards.tensor(named: name))
        try require(bits(once) == bits(again), "shards: other elements are read again")
    }
}

// MARK: Texts

private func readJSON(_ bytes: [UInt8]) throws {
    if let value = try? JSON(parsing: bytes, allowingNonFinite: true) {
        let text = try value.utf8(indentation: 0, allowingNonFinite: true)
        let again = try JSON(parsing: text, allowingNonFinite: true).utf8(indentation: 0, allowingNonFinite: true)
        try require(text == again, "json: another text is written again")
    }
    let value = try JSON(parsing: bytes)
    try require(JSON(parsing: value.utf8()) == value, "json: another value is read back")
    _ = try value.utf8(sortedKeys: true)
}

private func readCSV(_ bytes: [UInt8]) throws {
    let bare = CSVOptions(delimiter: UInt8(ascii: ";"), hasHeader: false, encoding: .utf8OrWindows1252)
    if let table = try? Table(csv: bytes, options: bare) { try checkTable(table, bare) }
    try checkTable(Table(csv: bytes), CSVOptions())
}

private func checkTable(_ table: Table, _ original: CSVOptions) throws {
    for name in table.columnNames { _ = try? table.labels(name) }
    _ = try? table.features()
    var options = original
    options.encoding = .utf8
    options.kinds = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0.kind) })
    let again = try Table(csv: table.csv(options: options), options: options)
    try require(again == table, "csv: another table is read back")
}

private func readGzip(_ bytes: [UInt8]) throws {
    let table = try Table(csv: inputFile(bytes), options: CSVOptions(inflatedLimit: FuzzedReader.inflatedLimit))
    try require(table.columns.allSatisfy { $0.count == table.rowCount }, "csv: columns of different lengths")
}

private func readARFF(_ bytes: [UInt8]) throws {
    let table = try Table(arff: bytes, encoding: .utf8OrWindows1252)
    for name in table.columnNames { _ = try? table.labels(name) }
    _ = try? table.features()
}

// MARK: Files

/// Writes the bytes where readers that want a path find them.
func inputFile(_ bytes: [UInt8], named name: String = "input") throws -> String {
    let path = "\(folder)/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    try require(write(descriptor, bytes, bytes.count) == bytes.count, "\(path) cannot be written")
    return path
}

/// A folder in memory with a safetensors file `a` that holds a tensor `x`; it goes when the process ends.
private let folder: String = {
    let path = "/dev/shm/martlet-fuzzing-\(getpid())"
    mkdir(path, 0o700)
    let written: Void? = try? SafetensorsFile.write([("x", AnyTensor(Tensor<Float>([1, 2])))], to: "\(path)/a")
    precondition(written != nil, "\(path) cannot be written")
    atexit {
        for name in ["a", "input", "adapter_config.json", "adapter_model.safetensors"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }
    return path
}()
