/// A value of a GGUF file's metadata with the type that the file gives it.
public enum GGUFValue: Sendable, Hashable {
    case uint8(UInt8)
    case int8(Int8)
    case uint16(UInt16)
    case int16(Int16)
    case uint32(UInt32)
    case int32(Int32)
    case float32(Float)
    case bool(Bool)
    case string(String)
    case array([GGUFValue])
    case uint64(UInt64)
    case int64(Int64)
    case float64(Double)

    /// The whole number, or nil if this is none or exceeds Int.
    public var intValue: Int? {
        switch self {
        case .uint8(let value): Int(value)
        case .int8(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint32(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint64(let value): Int(exactly: value)
        case .int64(let value): Int(value)
        default: nil
        }
    }

    /// The number as a Double, or nil; 64-bit integers beyond 2^53 are rounded.
    public var doubleValue: Double? {
        switch self {
        case .float32(let value): Double(value)
        case .float64(let value): value
        case .uint64(let value): Double(value)
        default: intValue.map(Double.init)
        }
    }

    /// The truth value, or nil.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The text, or nil.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, or nil.
    public var arrayValue: [GGUFValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The texts of an array that holds nothing else, or nil.
    public var stringArray: [String]? {
        guard let elements = arrayValue else { return nil }
        var result: [String] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard let text = element.stringValue else { return nil }
            result.append(text)
        }
        return result
    }
}

/// The number of a metadata type in the file.
enum GGUFValueType: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// The fewest bytes that a value takes in the file.
    var minimumByteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .string, .uint64, .int64, .float64: 8
        case .array: 12
        }
    }
}

extension ByteReader {
    /// How deep arrays of arrays may go; real files have none.
    private static let maximumArrayDepth = 16

    /// Reads a text: its length, then UTF-8.
    mutating func readGGUFString(_ field: String) throws(TensorFileError) -> String {
        let length = try read(UInt64.self, field)
        let bytes = try readBytes(count: length, field)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("the text is not valid UTF-8", field, back: bytes.count)
        }
        return text
    }

    mutating func readGGUFType(_ field: String) throws(TensorFileError) -> GGUFValueType {
        let number = try read(UInt32.self, field)
        guard let type = GGUFValueType(rawValue: number) else {
            throw failure("the value type is \(number)", field, back: 4, expected: "0 to 12")
        }
        return type
    }

    mutating func readGGUFValue(
        _ type: GGUFValueType, _ field: String, depth: Int = 0
    ) throws(TensorFileError) -> GGUFValue {
        switch type {
        case .uint8: return .uint8(try read(UInt8.self, field))
        case .int8: return .int8(try read(Int8.self, field))
        case .uint16: return .uint16(try read(UInt16.self, field))
        case .int16: return .int16(try read(Int16.self, field))
        case .uint32: return .uint32(try read(UInt32.self, field))
        case .int32: return .int32(try read(Int32.self, field))
        case .float32: return .float32(Float(bitPattern: try read(UInt32.self, field)))
        case .bool:
            let flag = try read(UInt8.self, field)
            guard flag <= 1 else { throw failure("the truth value is \(flag)", field, back: 1, expected: "0 or 1") }
            return .bool(flag == 1)
        case .string: return .string(try readGGUFString(field))
        case .uint64: return .uint64(try read(UInt64.self, field))
        case .int64: return .int64(try read(Int64.self, field))
        case .float64: return .float64(Double(bitPattern: try read(UInt64.self, field)))
        case .array:
            guard depth < ByteReader.maximumArrayDepth else {
                throw failure("arrays are nested more than \(ByteReader.maximumArrayDepth) deep", field)
            }
            let elementType = try readGGUFType(field)
            let count = try read(UInt64.self, field)
            guard count <= UInt64(remaining / elementType.minimumByteCount) else {
                throw failure(
                    "the array claims \(count) elements", field, back: 8,
                    expected: "what fits in the \(remaining) bytes that follow")
            }
            var elements: [GGUFValue] = []
            // A value takes more room than its bytes in the file: the claim alone reserves little.
            elements.reserveCapacity(min(Int(count), 65_536))
            for _ in 0..<Int(count) {
                elements.append(try readGGUFValue(elementType, field, depth: depth + 1))
            }
            return .array(elements)
        }
    }
}
