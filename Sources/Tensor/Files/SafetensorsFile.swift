/// A safetensors file: named tensors that are read when they are asked for.
///
/// The file is mapped; a tensor whose bytes are aligned for its type shares the mapping, others are copied. Opening
/// checks the whole header by the rules of the reference implementation (github.com/huggingface/safetensors).
///
/// ```swift
/// let file = try SafetensorsFile(contentsOf: "model.safetensors")
/// let embedding: Tensor<Float> = try file.tensor(named: "wte.weight", as: Float.self)
/// try SafetensorsFile.write([("x", AnyTensor(x))], metadata: ["format": "pt"], to: "x.safetensors")
/// ```
public struct SafetensorsFile: Sendable {
    /// A tensor of the file, not yet read.
    public struct Entry: Sendable, Hashable {
        /// The tensor's name.
        public let name: String
        /// How the file stores the elements.
        public let element: SafetensorsElement
        /// The extents of the axes.
        public let shape: TensorShape
        /// Where the elements lie, in bytes from the start of the file.
        public let byteRange: Range<Int>
    }

    /// The largest header that is read: 100 MB, as in the reference implementation.
    public static let maximumHeaderByteCount = 100_000_000

    /// The tensors in the order of the header.
    public let entries: [Entry]

    /// The texts under `__metadata__`, in the order of the header.
    public let metadata: [(key: String, value: String)]

    private let file: MappedFile
    private let index: NameIndex

    /// Maps a file and checks its header.
    public init(contentsOf path: String) throws(TensorFileError) {
        try self.init(MappedFile(contentsOf: path))
    }

    /// Reads a file that is in memory.
    public init(bytes: [UInt8]) throws(TensorFileError) {
        try self.init(MappedFile(bytes: bytes))
    }

    private init(_ file: MappedFile) throws(TensorFileError) {
        let header = try SafetensorsHeader(file)
        self.file = file
        entries = header.entries
        metadata = header.metadata
        index = header.index
    }

    /// The path of the file.
    public var path: String { file.path }

    /// The entry of a name, or nil. Constant time.
    public func entry(named name: String) -> Entry? {
        index.position(of: name) { entries[$0].name }.map { entries[$0] }
    }

    /// The tensor of a name in the element type of the file; 8-bit floats are converted to float32.
    public func tensor(named name: String) throws(TensorFileError) -> AnyTensor {
        let entry = try existingEntry(named: name)
        if let dtype = entry.element.dtype {
            return try file.tensor(at: entry.byteRange, dtype: dtype, shape: entry.shape)
        }
        let isE4M3 = entry.element == .float8e4m3
        let storage = try TensorStorage(byteCount: entry.byteRange.count * 4, readingFrom: path)
        let result = Tensor<Float>(storage: storage, layout: Layout(entry.shape))
        let target = result.pointer
        for (position, bits) in file.bytes[entry.byteRange].enumerated() {
            target[position] = isE4M3 ? Float8.e4m3(bits) : Float8.e5m2(bits)
        }
        return AnyTensor(result)
    }

    /// The tensor of a name, which must have the element type `Scalar`; nothing is converted but 8-bit floats.
    public func tensor<Scalar: TensorScalar>(
        named name: String, as type: Scalar.Type
    ) throws(TensorFileError) -> Tensor<Scalar> {
        let any = try tensor(named: name)
        guard let tensor = any.tensor(as: type) else {
            throw TensorFileError(
                path: path, problem: "the tensor holds \(any.dtype)", field: name, expected: "\(Scalar.dtype)")
        }
        return tensor
    }

    /// The stored bytes of a tensor along one axis; for 8-bit floats the only way to their bits.
    public func rawBytes(named name: String) throws(TensorFileError) -> Tensor<UInt8> {
        let entry = try existingEntry(named: name)
        let bytes = try file.tensor(at: entry.byteRange, dtype: .uint8, shape: [entry.byteRange.count])
        return Tensor(storage: bytes.storage, layout: bytes.layout)
    }

    private func existingEntry(named name: String) throws(TensorFileError) -> Entry {
        guard let entry = entry(named: name) else {
            throw TensorFileError(
                path: path, problem: "there is no tensor \"\(name)\"", field: name,
                expected: "one of the file's \(entries.count) tensors")
        }
        return entry
    }
}
