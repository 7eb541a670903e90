/// A GGUF file, version 2 or 3: typed metadata and weights in block formats (github.com/ggml-org/ggml, docs/gguf.md).
///
/// The file is mapped and tensors share the mapping. Opening checks every claim of the header against the file.
///
/// ```swift
/// let file = try GGUFFile(contentsOf: "model.gguf")
/// let layers = file["llama.block_count"]?.intValue
/// let embedding = try file.tensor(named: "token_embd.weight").dequantized()
/// ```
public struct GGUFFile: Sendable {
    /// A tensor of the file, not yet read.
    public struct Entry: Sendable, Hashable {
        /// The tensor's name.
        public let name: String
        /// How the file stores the elements.
        public let format: BlockFormat
        /// The extents of the axes, outermost first: the reverse of the order in the file.
        public let shape: TensorShape
        /// Where the blocks lie, in bytes from the start of the file.
        public let byteRange: Range<Int>
    }

    /// The version of the format: 2 or 3.
    public let version: Int

    /// The metadata in the order of the file.
    public let metadata: [(key: String, value: GGUFValue)]

    /// The tensors in the order of the file.
    public let entries: [Entry]

    /// The multiple of bytes at which every tensor begins.
    public let alignment: Int

    /// Where the tensors begin, in bytes from the start of the file.
    public let dataOffset: Int

    private let file: MappedFile
    private let metadataIndex: NameIndex
    private let entryIndex: NameIndex

    /// Maps a file and checks its header.
    public init(contentsOf path: String) throws(TensorFileError) {
        try self.init(MappedFile(contentsOf: path))
    }

    /// Reads a file that is in memory.
    public init(bytes: [UInt8]) throws(TensorFileError) {
        try self.init(MappedFile(bytes: bytes))
    }

    private init(_ file: MappedFile) throws(TensorFileError) {
        self.file = file
        var reader = ByteReader(file)
        let magic = try reader.readBytes(count: 4, "magic")
        guard magic.elementsEqual("GGUF".utf8) else {
            throw reader.failure("this is not a GGUF file", "magic", back: 4, expected: "GGUF")
        }
        let version = try reader.read(UInt32.self, "version")
        guard version == 2 || version == 3 else {
            let swapped = version.byteSwapped
            let problem =
                swapped == 2 || swapped == 3 ? "the file is big-endian" : "the version is \(version)"
            throw reader.failure(problem, "version", back: 4, expected: "little-endian version 2 or 3")
        }
        self.version = Int(version)
        let tensorCount = try reader.read(UInt64.self, "tensor count")
        let pairCount = try reader.read(UInt64.self, "metadata count")
        // A pair takes at least 13 bytes (empty name, one-byte value), a tensor 24 (empty name, no axes).
        guard pairCount <= UInt64(reader.remaining / 13) else {
            throw reader.failure(
                "the file claims \(pairCount) metadata pairs", "metadata count", back: 8,
                expected: "what fits in the \(reader.remaining) bytes that follow")
        }
        (metadata, metadataIndex) = try GGUFFile.readMetadata(&reader, count: Int(pairCount))
        alignment = try GGUFFile.alignment(in: metadata, reader)
        guard tensorCount <= UInt64(reader.remaining / 24) else {
            throw TensorFileError(
                path: file.path, problem: "the file claims \(tensorCount) tensors", byteOffset: 8,
                field: "tensor count", expected: "what fits in the \(reader.remaining) bytes after the metadata")
        }
        var infos: [TensorInfo] = []
        infos.reserveCapacity(Int(tensorCount))
        var index = NameIndex()
        for _ in 0..<Int(tensorCount) {
            let start = reader.position
            let info = try TensorInfo(&reader)
            infos.append(info)
            guard index.insertLast(info.name, in: { infos[$0].name }) else {
                throw TensorFileError(
                    path: file.path, problem: "the tensor name occurs twice", byteOffset: start, field: info.name)
            }
        }
        entryIndex = index
        let end = reader.position
        // Without tensors the padding may be missing.
        let dataOffset = infos.isEmpty ? end : (end + alignment - 1) / alignment * alignment
        self.dataOffset = dataOffset
        guard dataOffset <= file.bytes.count else {
            throw reader.failure("the file ends before the tensors", "data", expected: "padding to \(dataOffset)")
        }
        var entries: [Entry] = []
        entries.reserveCapacity(infos.count)
        for info in infos { entries.append(try info.entry(in: file, dataOffset, alignment)) }
        self.entries = entries
    }

    private static func readMetadata(
        _ reader: inout ByteReader, count: Int
    ) throws(TensorFileError) -> ([(key: String, value: GGUFValue)], NameIndex) {
        var metadata: [(key: String, value: GGUFValue)] = []
        metadata.reserveCapacity(count)
        var index = NameIndex()
        for position in 0..<count {
            let start = reader.position
            let key = try reader.readGGUFString("metadata name \(position)")
            let type = try reader.readGGUFType(key)
            metadata.append((key, try reader.readGGUFValue(type, key)))
            guard index.insertLast(key, in: { metadata[$0].key }) else {
                throw TensorFileError(
                    path: reader.file.path, problem: "the metadata name occurs twice", byteOffset: start, field: key)
            }
        }
        return (metadata, index)
    }

    private static func alignment(
        in metadata: [(key: String, value: GGUFValue)], _ reader: ByteReader
    ) throws(TensorFileError) -> Int {
        guard let value = metadata.first(where: { $0.key == "general.alignment" })?.value else { return 32 }
        guard case .uint32(let alignment) = value, alignment > 0, alignment & (alignment - 1) == 0 else {
            throw reader.failure(
                "the alignment is \(value)", "general.alignment", expected: "a power of two of type uint32")
        }
        return Int(alignment)
    }

    /// The path of the file.
    public var path: String { file.path }

    /// The metadata value of a name, or nil. Constant time.
    public subscript(key: String) -> GGUFValue? {
        metadataIndex.position(of: key) { metadata[$0].key }.map { metadata[$0].value }
    }

    /// The entry of a tensor, or nil. Constant time.
    public func entry(named name: String) -> Entry? {
        entryIndex.position(of: name) { entries[$0].name }.map { entries[$0] }
    }

    /// The tensor of a name, as it lies in the file.
    public func tensor(named name: String) throws(TensorFileError) -> QuantizedTensor {
        guard let entry = entry(named: name) else {
            throw TensorFileError(
                path: path, problem: "there is no tensor \"\(name)\"", field: name,
                expected: "one of the file's \(entries.count) tensors")
        }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.byteRange])
        let storage = TensorStorage(borrowing: bytes, owner: file)
        return QuantizedTensor(format: entry.format, shape: entry.shape, storage: storage)
    }
}

/// What the header says about one tensor.
private struct TensorInfo {
    let name: String
    let format: BlockFormat
    let shape: TensorShape
    let byteCount: Int
    let offset: UInt64
    /// Where the offset stands in the file.
    let offsetPosition: Int

    init(_ reader: inout ByteReader) throws(TensorFileError) {
        name = try reader.readGGUFString("tensor name")
        let rank = try reader.read(UInt32.self, "\(name), n_dims")
        guard rank <= UInt32(TensorShape.maximumRank) else {
            throw reader.failure(
                "the tensor has \(rank) axes", "\(name), n_dims", back: 4,
                expected: "at most \(TensorShape.maximumRank)")
        }
        let shapePosition = reader.position
        var extents: [Int] = []
        for _ in 0..<rank {
            let extent = try reader.read(UInt64.self, "\(name), dimensions")
            guard let extent = Int(exactly: extent) else {
                throw reader.failure("an extent is \(extent)", "\(name), dimensions", back: 8)
            }
            extents.append(extent)
        }
        let type = try reader.read(UInt32.self, "\(name), type")
        guard let format = BlockFormat(rawValue: type) else {
            throw reader.failure(
                "the tensor type \(type) is not supported", "\(name), type", back: 4,
                expected: "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 or Q2_K to Q6_K")
        }
        self.format = format
        let (field, distance) = ("\(name), dimensions", reader.position - shapePosition)
        guard checkedByteCount(extents, 4) != nil else {
            throw reader.failure("the shape has more elements than memory can hold", field, back: distance)
        }
        guard (extents.first ?? 1) % format.blockLength == 0 else {
            throw reader.failure(
                "\(format) cannot hold rows of \(extents.first ?? 1)", field, back: distance,
                expected: "a multiple of \(format.blockLength)")
        }
        shape = TensorShape(extents.reversed())
        byteCount = shape.elementCount / format.blockLength * format.blockByteCount
        offsetPosition = reader.position
        offset = try reader.read(UInt64.self, "\(name), offset")
    }

    func entry(
        in file: MappedFile, _ dataOffset: Int, _ alignment: Int
    ) throws(TensorFileError) -> GGUFFile.Entry {
        func failure(_ problem: String, _ expected: String) -> TensorFileError {
            TensorFileError(
                path: file.path, problem: problem, byteOffset: offsetPosition, field: "\(name), offset",
                expected: expected)
        }
        guard offset % UInt64(alignment) == 0 else {
            throw failure("the offset is \(offset)", "a multiple of \(alignment)")
        }
        let available = file.bytes.count - dataOffset
        guard offset <= UInt64(available), byteCount <= available - Int(offset) else {
            throw failure(
                "\(byteCount) bytes at \(offset) reach beyond the file", "an end within the \(available) bytes of data")
        }
        let start = dataOffset + Int(offset)
        return GGUFFile.Entry(name: name, format: format, shape: shape, byteRange: start..<start + byteCount)
    }
}
