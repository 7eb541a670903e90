/// What an .npy file says about its array (NumPy Enhancement Proposal 1, versions 1 to 3).
struct NPYHeader {
    var dtype: DType
    var isBigEndian = false
    var isFortranOrder = false
    var shape: TensorShape

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    init(dtype: DType, shape: TensorShape) {
        self.dtype = dtype
        self.shape = shape
    }

    /// Reads the header and leaves the reader at the first element.
    init(_ reader: inout ByteReader) throws(TensorFileError) {
        let magic = try reader.readBytes(count: 6, "magic")
        guard magic.elementsEqual(NPYHeader.magic) else {
            throw reader.failure("this is not an .npy file", "magic", back: 6, expected: "\\x93NUMPY")
        }
        let major = try reader.read(UInt8.self, "version")
        let minor = try reader.read(UInt8.self, "version")
        guard (1...3).contains(major), minor == 0 else {
            throw reader.failure("the version is \(major).\(minor)", "version", back: 2, expected: "1.0, 2.0 or 3.0")
        }
        let length =
            major == 1
            ? UInt64(try reader.read(UInt16.self, "header length"))
            : UInt64(try reader.read(UInt32.self, "header length"))
        let start = reader.position
        let text = try reader.readBytes(count: length, "header")
        var parser = PythonLiteralReader(text: text, path: reader.file.path, start: start)
        let fields = try parser.readHeader()
        dtype = fields.dtype
        isBigEndian = fields.isBigEndian
        isFortranOrder = fields.isFortranOrder
        shape = fields.shape
    }

    /// The bytes that NumPy writes before the elements of a row-major little-endian array.
    func bytes(path: String) throws(TensorFileError) -> [UInt8] {
        let order = dtype.byteCount == 1 ? "|" : "<"
        let kind: String
        switch dtype {
        case .bool: kind = "b"
        case .uint8, .uint16, .uint32, .uint64: kind = "u"
        case .int8, .int16, .int32, .int64: kind = "i"
        case .float16, .float32, .float64: kind = "f"
        case .bfloat16:
            throw TensorFileError(
                path: path, problem: "the .npy format has no bfloat16", field: "descr", expected: "a cast to float32")
        }
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.rank == 1 ? "," : "")
        var text = "{'descr': '\(order)\(kind)\(dtype.byteCount)', 'fortran_order': False, 'shape': (\(extents)), }"
        // NumPy leaves room for the first axis to grow to 21 digits in place, then aligns the elements to 64 bytes.
        if shape.rank > 0 { text += String(repeating: " ", count: 21 - String(shape[0]).utf8.count) }
        let unpadded = NPYHeader.magic.count + 4 + text.utf8.count + 1
        text += String(repeating: " ", count: 64 - unpadded % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return NPYHeader.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
    }
}

/// Reads the Python dictionary that is an .npy header.
private struct PythonLiteralReader {
    let text: UnsafeRawBufferPointer
    let path: String
    /// The header's place in the file.
    let start: Int
    private var position = 0

    init(text: UnsafeRawBufferPointer, path: String, start: Int) {
        self.text = text
        self.path = path
        self.start = start
    }

    mutating func readHeader() throws(TensorFileError) -> (
        dtype: DType, isBigEndian: Bool, isFortranOrder: Bool, shape: TensorShape
    ) {
        var element: (dtype: DType, isBigEndian: Bool)?
        var isFortranOrder: Bool?
        var shape: TensorShape?
        try expect("{", "header")
        while !take("}") {
            let keyStart = position
            let key = try readString("header")
            try expect(":", key)
            switch key {
            case "descr" where element == nil: element = try readElementType()
            case "fortran_order" where isFortranOrder == nil: isFortranOrder = try readBool()
            case "shape" where shape == nil: shape = try readShape()
            default:
                position = keyStart
                throw failure("the key '\(key)' is unknown or repeated", "header", "descr, fortran_order, shape")
            }
            if !take(",") {
                try expect("}", "header")
                break
            }
        }
        skipSpace()
        if position < text.count { throw failure("text follows the dictionary", "header", "spaces") }
        guard let element else { throw failure("the key is missing", "descr", "a type such as '<f4'") }
        guard let isFortranOrder else { throw failure("the key is missing", "fortran_order", "True or False") }
        guard let shape else { throw failure("the key is missing", "shape", "a tuple such as (3, 4)") }
        return (element.dtype, element.isBigEndian, isFortranOrder, shape)
    }

    private func failure(_ problem: String, _ field: String, _ expected: String? = nil) -> TensorFileError {
        TensorFileError(
            path: path, problem: problem, byteOffset: start + position, field: field, expected: expected)
    }

    private var next: UInt8 { position < text.count ? text[position] : 0 }

    private mutating func skipSpace() {
        while next == 0x20 || next == 0x0A || next == 0x09 || next == 0x0D { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        if next != UInt8(ascii: character) { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, _ field: String) throws(TensorFileError) {
        if !take(character) {
            throw failure("the header is not a dictionary as NumPy writes it", field, "\(character)")
        }
    }

    private mutating func readString(_ field: String) throws(TensorFileError) -> String {
        skipSpace()
        let quote = next
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw failure("this is not a string", field, "a quoted string")
        }
        position += 1
        let first = position
        while position < text.count, text[position] != quote { position += 1 }
        guard position < text.count else { throw failure("a string has no end", field) }
        defer { position += 1 }
        return String(decoding: text[first..<position], as: UTF8.self)
    }

    private mutating func readElementType() throws(TensorFileError) -> (dtype: DType, isBigEndian: Bool) {
        let expected = "one of b1 u1 i1 u2 i2 f2 u4 i4 f4 u8 i8 f8 after <, > or |"
        skipSpace()
        if next == UInt8(ascii: "[") { throw failure("arrays of records are not tensors", "descr", expected) }
        let before = position
        let text = try readString("descr")
        let dtype: DType?
        switch text.dropFirst() {
        case "b1": dtype = .bool
        case "u1": dtype = .uint8
        case "i1": dtype = .int8
        case "u2": dtype = .uint16
        case "i2": dtype = .int16
        case "f2": dtype = .float16
        case "u4": dtype = .uint32
        case "i4": dtype = .int32
        case "f4": dtype = .float32
        case "u8": dtype = .uint64
        case "i8": dtype = .int64
        case "f8": dtype = .float64
        default: dtype = nil
        }
        guard let dtype, let order = text.utf8.first, "<>|=".utf8.contains(order) else {
            position = before
            throw failure("the element type '\(text)' is not supported", "descr", expected)
        }
        return (dtype, order == UInt8(ascii: ">"))
    }

    private mutating func readBool() throws(TensorFileError) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)]
        where text[position...].prefix(word.utf8.count).elementsEqual(word.utf8) {
            position += word.utf8.count
            return value
        }
        throw failure("this is not a truth value", "fortran_order", "True or False")
    }

    private mutating func readShape() throws(TensorFileError) -> TensorShape {
        let expected = "a tuple such as (3, 4)"
        let first = position
        guard take("(") else { throw failure("this is not a tuple", "shape", expected) }
        var extents: [Int] = []
        while !take(")") {
            let digitsStart = position
            var extent = 0
            while next &- UInt8(ascii: "0") < 10 {
                let (product, overflow) = extent.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(Int(next &- UInt8(ascii: "0")))
                if overflow || carry { throw failure("an extent is too large", "shape") }
                extent = sum
                position += 1
            }
            if position == digitsStart { throw failure("an extent is not a number", "shape", expected) }
            // Python 2 wrote long integers as 3L.
            _ = take("L")
            extents.append(extent)
            if !take(",") {
                guard take(")") else { throw failure("the tuple has no end", "shape", expected) }
                break
            }
        }
        guard extents.count <= TensorShape.maximumRank else {
            position = first
            let most = TensorShape.maximumRank
            throw failure("the array has \(extents.count) axes", "shape", "at most \(most)")
        }
        guard checkedByteCount(extents, 1) != nil else {
            position = first
            throw failure("the shape has more elements than memory can hold", "shape")
        }
        return TensorShape(extents)
    }
}
