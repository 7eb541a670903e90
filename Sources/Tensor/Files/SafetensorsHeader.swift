/// The checked header of a safetensors file.
struct SafetensorsHeader {
    private(set) var entries: [SafetensorsFile.Entry] = []
    private(set) var metadata: [(key: String, value: String)] = []
    private(set) var index = NameIndex()

    private let path: String
    /// Where the elements begin.
    private let dataStart: Int

    init(_ file: MappedFile) throws(TensorFileError) {
        path = file.path
        var reader = ByteReader(file)
        let length = try reader.read(UInt64.self, "header length")
        guard length <= UInt64(SafetensorsFile.maximumHeaderByteCount) else {
            throw reader.failure(
                "the header claims \(length) bytes", "header length", back: 8,
                expected: "at most \(SafetensorsFile.maximumHeaderByteCount)")
        }
        guard length <= UInt64(reader.remaining) else {
            throw reader.failure(
                "the header claims \(length) bytes", "header length", back: 8,
                expected: "at most the \(reader.remaining) bytes that follow")
        }
        let text = try reader.readBytes(count: length, "header")
        guard text.first == UInt8(ascii: "{") else {
            throw reader.failure("the header does not begin an object", "header", back: text.count, expected: "{")
        }
        dataStart = reader.position
        let json: JSON
        do {
            json = try JSON(parsing: text.assumingMemoryBound(to: UInt8.self))
        } catch {
            throw TensorFileError(
                path: path, problem: error.problem, byteOffset: 8 + error.byteOffset, field: "header",
                expected: "JSON")
        }
        let object = json.objectValue ?? JSONObject()
        entries.reserveCapacity(object.count)
        for member in object.members {
            if member.key == "__metadata__" {
                try readMetadata(member.value)
            } else {
                let entry = try readEntry(member.key, member.value, dataByteCount: reader.remaining)
                entries.append(entry)
                _ = index.insertLast(entry.name) { entries[$0].name }
            }
        }
        try checkCoverage(dataEnd: file.bytes.count)
    }

    private func failure(_ problem: String, _ field: String, _ expected: String? = nil, at offset: Int = 8)
        -> TensorFileError
    {
        TensorFileError(path: path, problem: problem, byteOffset: offset, field: field, expected: expected)
    }

    private mutating func readMetadata(_ value: JSON) throws(TensorFileError) {
        guard let object = value.objectValue else {
            throw failure("the metadata is not an object", "__metadata__", "texts by name")
        }
        for member in object.members {
            guard let text = member.value.stringValue else {
                throw failure("the value is not a text", "__metadata__.\(member.key)", "a string")
            }
            metadata.append((member.key, text))
        }
    }

    private func readEntry(
        _ name: String, _ value: JSON, dataByteCount: Int
    ) throws(TensorFileError) -> SafetensorsFile.Entry {
        guard let object = value.objectValue else {
            throw failure("the entry is not an object", name, "dtype, shape and data_offsets")
        }
        guard let typeName = object["dtype"]?.stringValue, let element = SafetensorsElement(rawValue: typeName) else {
            let found = object["dtype"]?.stringValue ?? "missing"
            throw failure("the element type is \(found)", "\(name).dtype", "F32, BF16 or another type of the format")
        }
        guard let extents = wholeNumbers(object["shape"]) else {
            throw failure("the shape is not a list of whole numbers", "\(name).shape")
        }
        guard extents.count <= TensorShape.maximumRank else {
            let most = TensorShape.maximumRank
            throw failure("the tensor has \(extents.count) axes", "\(name).shape", "at most \(most)")
        }
        guard let byteCount = checkedByteCount(extents, element.byteCount) else {
            throw failure("the shape \(extents) has more elements than memory can hold", "\(name).shape")
        }
        guard let offsets = wholeNumbers(object["data_offsets"]), offsets.count == 2 else {
            throw failure("the offsets are not two whole numbers", "\(name).data_offsets", "[begin, end]")
        }
        let (begin, end) = (offsets[0], offsets[1])
        guard begin <= end, end <= dataByteCount else {
            throw failure(
                "the offsets \(begin) and \(end) leave the data", "\(name).data_offsets",
                "begin <= end <= \(dataByteCount)", at: dataStart)
        }
        guard end - begin == byteCount else {
            throw failure(
                "\(end - begin) bytes do not hold \(element.rawValue) elements of the shape \(extents)",
                "\(name).data_offsets", "\(byteCount) bytes", at: dataStart + begin)
        }
        return SafetensorsFile.Entry(
            name: name, element: element, shape: TensorShape(extents),
            byteRange: dataStart + begin..<dataStart + end)
    }

    private func wholeNumbers(_ value: JSON?) -> [Int]? {
        guard let elements = value?.arrayValue else { return nil }
        var result: [Int] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard case .integer(let number) = element, number >= 0 else { return nil }
            result.append(Int(number))
        }
        return result
    }

    /// The tensors must cover the data exactly: no holes, no overlaps, nothing after the last one.
    private func checkCoverage(dataEnd: Int) throws(TensorFileError) {
        let inOrder = entries.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        var position = dataStart
        for entry in inOrder {
            let start = entry.byteRange.lowerBound
            guard start == position else {
                let what = start < position ? "overlaps another tensor" : "leaves a hole before it"
                throw failure(
                    "the tensor begins at \(start - dataStart) and \(what)", "\(entry.name).data_offsets",
                    "\(position - dataStart)", at: start)
            }
            position = entry.byteRange.upperBound
        }
        guard position == dataEnd else {
            throw failure(
                "\(dataEnd - position) bytes follow the last tensor", "data", "the end of the file", at: position)
        }
    }
}
