extension SafetensorsFile {
    /// Writes tensors in the order of the reference implementation: by element type, the widest first, then by name.
    /// Replaces the file atomically.
    ///
    /// The result equals the reference's byte for byte; metadata is sorted by name, where the reference leaves the order
    /// of several entries to chance.
    ///
    /// - Throws: ``TensorFileError`` also if a name occurs twice or is `__metadata__`.
    public static func write(
        _ tensors: [(name: String, tensor: AnyTensor)], metadata: [String: String] = [:], to path: String
    ) throws(TensorFileError) {
        let plan = try WritingPlan(tensors, metadata, path: path)
        try AtomicFile.write(to: path) { (output) throws(TensorFileError) in
            try output.write(plan.header)
            for (_, tensor) in plan.tensors {
                try tensor.withUnsafeBytes { (bytes) throws(TensorFileError) in try output.write(bytes) }
            }
        }
    }

    /// The bytes of a file with the tensors; see ``write(_:metadata:to:)``.
    public static func bytes(
        _ tensors: [(name: String, tensor: AnyTensor)], metadata: [String: String] = [:]
    ) throws(TensorFileError) -> [UInt8] {
        let plan = try WritingPlan(tensors, metadata, path: "memory")
        var result = plan.header
        for (_, tensor) in plan.tensors { tensor.withUnsafeBytes { result.append(contentsOf: $0) } }
        return result
    }
}

/// The header and the order of the data of a file to be written.
private struct WritingPlan {
    var header: [UInt8]
    var tensors: [(name: String, tensor: AnyTensor)]

    init(
        _ unordered: [(name: String, tensor: AnyTensor)], _ metadata: [String: String], path: String
    ) throws(TensorFileError) {
        tensors = unordered.sorted { a, b in
            let (first, second) = (SafetensorsElement(a.tensor.dtype).order, SafetensorsElement(b.tensor.dtype).order)
            return first != second ? first > second : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        }
        var object = JSONObject()
        if !metadata.isEmpty {
            var texts = JSONObject()
            for (key, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                _ = texts.append(key, .string(value))
            }
            _ = object.append("__metadata__", .object(texts))
        }
        var offset = 0
        for (name, tensor) in tensors {
            let end = offset + tensor.byteCount
            let entry: JSONObject = [
                "dtype": .string(SafetensorsElement(tensor.dtype).rawValue),
                "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": .array([.integer(Int64(offset)), .integer(Int64(end))]),
            ]
            guard name != "__metadata__", object.append(name, .object(entry)) else {
                throw TensorFileError(
                    path: path, problem: "the name occurs twice or is reserved", field: name,
                    expected: "names that differ from each other and from __metadata__")
            }
            offset = end
        }
        var text: [UInt8]
        do { text = try JSON.object(object).utf8() } catch {
            throw TensorFileError(path: path, problem: error.problem, field: "header")
        }
        // Spaces after the object align the data to 8 bytes.
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        header = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }
}
