/// A tensor on its way into a GGUF file: what the header says about it, and how its blocks are made once they are needed.
///
/// A file is written tensor by tensor, so no more than one has to be in memory.
public struct GGUFTensor: Sendable {
    /// The name, at most 63 bytes, as ggml reads it.
    public var name: String
    /// How the elements are stored.
    public var format: BlockFormat
    /// The extents of the axes, outermost first, at most four.
    public var shape: TensorShape
    /// Makes the tensor, which must have this format and shape.
    public var make: @Sendable () throws(TensorFileError) -> QuantizedTensor

    /// Describes a tensor that is made when it is written.
    public init(
        name: String, format: BlockFormat, shape: TensorShape,
        make: @escaping @Sendable () throws(TensorFileError) -> QuantizedTensor
    ) {
        self.name = name
        self.format = format
        self.shape = shape
        self.make = make
    }

    /// Describes a tensor that is there.
    public init(name: String, _ tensor: QuantizedTensor) {
        self.init(name: name, format: tensor.format, shape: tensor.shape) { () throws(TensorFileError) in tensor }
    }
}

extension GGUFFile {
    /// Writes metadata and tensors as a GGUF file of version 3, in their order. Replaces the file atomically.
    ///
    /// Tensors begin at multiples of `general.alignment`, of 32 if the metadata do not say it. An empty array is written as
    /// one of texts.
    ///
    /// ```swift
    /// let metadata: [(key: String, value: GGUFValue)] = [("general.architecture", .string("llama"))]
    /// try GGUFFile.write([GGUFTensor(name: "x", QuantizedTensor(quantizing: x, as: .q8_0))], metadata: metadata, to: path)
    /// ```
    ///
    /// - Throws: ``TensorFileError`` also if a name occurs twice or is too long, an array mixes types, or the alignment is no
    ///   power of two.
    public static func write(
        _ tensors: [GGUFTensor], metadata: [(key: String, value: GGUFValue)], to path: String
    ) throws(TensorFileError) {
        let plan = try GGUFWritingPlan(tensors, metadata, path: path)
        try AtomicFile.write(to: path) { (output) throws(TensorFileError) in
            try output.write(plan.header)
            for tensor in tensors {
                try plan.made(tensor).withUnsafeBytes { (bytes) throws(TensorFileError) in
                    try output.write(bytes)
                    try output.write(plan.padding(after: bytes.count))
                }
            }
        }
    }

    /// The bytes of a file; see ``write(_:metadata:to:)``.
    public static func bytes(
        _ tensors: [GGUFTensor], metadata: [(key: String, value: GGUFValue)]
    ) throws(TensorFileError) -> [UInt8] {
        let plan = try GGUFWritingPlan(tensors, metadata, path: "memory")
        var result = plan.header
        for tensor in tensors {
            try plan.made(tensor).withUnsafeBytes { bytes in
                result.append(contentsOf: bytes)
                result += plan.padding(after: bytes.count)
            }
        }
        return result
    }
}

/// The header of a file to be written, with where everything will lie.
private struct GGUFWritingPlan {
    /// The longest name that ggml reads (GGML_MAX_NAME less the final zero).
    private static let longestName = 63
    /// The most axes that ggml reads (GGML_MAX_DIMS).
    private static let mostAxes = 4

    private(set) var header: [UInt8] = []
    private let alignment: Int
    private let path: String

    init(
        _ tensors: [GGUFTensor], _ metadata: [(key: String, value: GGUFValue)], path: String
    ) throws(TensorFileError) {
        self.path = path
        alignment = try GGUFWritingPlan.alignment(metadata, path)
        header += "GGUF".utf8
        header.append(little: UInt32(3))
        header.append(little: UInt64(tensors.count))
        header.append(little: UInt64(metadata.count))
        var keys = NameIndex()
        for (position, pair) in metadata.enumerated() {
            guard keys.insertLast(pair.key, in: { metadata[$0].key }) else {
                throw TensorFileError(
                    path: path, problem: "the metadata name occurs twice", field: metadata[position].key)
            }
            header.append(gguf: pair.key)
            guard header.append(typed: pair.value) else {
                throw TensorFileError(
                    path: path, problem: "the array mixes types", field: pair.key, expected: "values of one type")
            }
        }
        var names = NameIndex()
        var offset = 0
        for tensor in tensors {
            guard names.insertLast(tensor.name, in: { tensors[$0].name }) else {
                throw TensorFileError(path: path, problem: "the tensor name occurs twice", field: tensor.name)
            }
            try check(tensor)
            header.append(gguf: tensor.name)
            header.append(little: UInt32(tensor.shape.rank))
            for extent in tensor.shape.reversed() { header.append(little: UInt64(extent)) }
            header.append(little: tensor.format.rawValue)
            header.append(little: UInt64(offset))
            let byteCount = tensor.shape.elementCount / tensor.format.blockLength * tensor.format.blockByteCount
            offset += byteCount + padding(after: byteCount).count
        }
        header += padding(after: header.count)
    }

    private static func alignment(
        _ metadata: [(key: String, value: GGUFValue)], _ path: String
    ) throws(TensorFileError) -> Int {
        guard let value = metadata.first(where: { $0.key == "general.alignment" })?.value else { return 32 }
        guard case .uint32(let alignment) = value, alignment > 0, alignment & (alignment - 1) == 0 else {
            throw TensorFileError(
                path: path, problem: "the alignment is \(value)", field: "general.alignment",
                expected: "a power of two of type uint32")
        }
        return Int(alignment)
    }

    private func check(_ tensor: GGUFTensor) throws(TensorFileError) {
        func failure(_ problem: String, _ expected: String) -> TensorFileError {
            TensorFileError(path: path, problem: problem, field: tensor.name, expected: expected)
        }
        guard (1...GGUFWritingPlan.longestName).contains(tensor.name.utf8.count) else {
            throw failure(
                "the tensor name has \(tensor.name.utf8.count) bytes",
                "1 to \(GGUFWritingPlan.longestName), as ggml reads")
        }
        guard tensor.shape.rank <= GGUFWritingPlan.mostAxes else {
            throw failure(
                "the tensor has \(tensor.shape.rank) axes", "at most \(GGUFWritingPlan.mostAxes), as ggml reads")
        }
        let columns = tensor.shape.rank == 0 ? 1 : tensor.shape[-1]
        guard columns % tensor.format.blockLength == 0 else {
            throw failure(
                "\(tensor.format) cannot hold rows of \(columns)", "a multiple of \(tensor.format.blockLength)")
        }
    }

    /// The tensor, which must be what was announced.
    func made(_ tensor: GGUFTensor) throws(TensorFileError) -> QuantizedTensor {
        let made = try tensor.make()
        guard made.format == tensor.format, made.shape == tensor.shape else {
            throw TensorFileError(
                path: path, problem: "the tensor became \(made)", field: tensor.name,
                expected: "\(tensor.format)\(tensor.shape)")
        }
        return made
    }

    /// Zeros up to the next multiple of the alignment.
    func padding(after count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
    }
}

extension [UInt8] {
    fileprivate mutating func append(little value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends a text: its length, then UTF-8.
    fileprivate mutating func append(gguf text: String) {
        append(little: UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }

    /// Appends the number of a value's type and the value; false for an array of several types.
    fileprivate mutating func append(typed value: GGUFValue) -> Bool {
        append(little: value.type.rawValue)
        return append(value)
    }

    private mutating func append(_ value: GGUFValue) -> Bool {
        switch value {
        case .uint8(let value): append(value)
        case .int8(let value): append(little: value)
        case .uint16(let value): append(little: value)
        case .int16(let value): append(little: value)
        case .uint32(let value): append(little: value)
        case .int32(let value): append(little: value)
        case .float32(let value): append(little: value.bitPattern)
        case .bool(let value): append(value ? 1 : 0)
        case .string(let text): append(gguf: text)
        case .uint64(let value): append(little: value)
        case .int64(let value): append(little: value)
        case .float64(let value): append(little: value.bitPattern)
        case .array(let elements):
            let type = elements.first?.type ?? .string
            append(little: type.rawValue)
            append(little: UInt64(elements.count))
            for element in elements {
                guard element.type == type, append(element) else { return false }
            }
        }
        return true
    }
}

extension GGUFValue {
    /// The number of the value's type in a file.
    var type: GGUFValueType {
        switch self {
        case .uint8: .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .uint32: .uint32
        case .int32: .int32
        case .float32: .float32
        case .bool: .bool
        case .string: .string
        case .array: .array
        case .uint64: .uint64
        case .int64: .int64
        case .float64: .float64
        }
    }
}
