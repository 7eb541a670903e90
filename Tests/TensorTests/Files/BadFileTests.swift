import CZlib
import Tensor
import Testing

/// Files that are wrong in one way each: every reader answers with a typed error that names the place.
@Suite("Bad files")
struct BadFileTests {
    /// Bytes that must be refused, with words that the error has to contain.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var bytes: [UInt8]
        var words: [String]
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ words: String...) {
            self.name = name
            self.bytes = bytes
            self.words = words
        }
    }

    private func check(_ test: Case, _ read: ([UInt8]) throws(TensorFileError) -> Void) {
        let before = Memory.snapshot().live
        let error = #expect(throws: TensorFileError.self, "\(test.name)") { try read(test.bytes) }
        for word in test.words {
            #expect(error?.description.contains(word) == true, "\(test.name): \(error?.description ?? "no error")")
        }
        #expect(Memory.snapshot().live - before < 1 << 24, "\(test.name)")
    }

    // MARK: npy

    private static func npy(_ header: String, data: [UInt8] = [], version: [UInt8] = [1, 0]) -> [UInt8] {
        let length = version[0] == 1 ? littleEndian(UInt16(header.utf8.count)) : littleEndian(UInt32(header.utf8.count))
        return [0x93] + Array("NUMPY".utf8) + version + length + Array(header.utf8) + data
    }

    private static func npyShape(_ shape: String) -> [UInt8] {
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }\n", data: [0, 0, 0, 0])
    }

    static let npyCases: [Case] = [
        Case("empty", [], "magic"),
        Case("wrong magic", Array("NOTNUMPY".utf8), "magic", "byte 0"),
        Case("unknown version", npy("{}", version: [4, 0]), "version", "4.0"),
        Case(
            "header beyond the file", [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255], "header", "4294967295"),
        Case("empty header", npy(""), "header"),
        Case("no dictionary", npy("[1, 2]"), "header"),
        Case("missing shape", npy("{'descr': '<f4', 'fortran_order': False}"), "shape"),
        Case("missing descr", npy("{'fortran_order': False, 'shape': ()}"), "descr"),
        Case("missing order", npy("{'descr': '<f4', 'shape': ()}"), "fortran_order"),
        Case("repeated key", npy("{'shape': (), 'shape': ()}"), "shape", "repeated"),
        Case("unknown key", npy("{'colour': 1}"), "colour"),
        Case("open string", npy("{'descr"), "string"),
        Case("text after the dictionary", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), } x"), "follows"),
        Case("objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }"), "|O"),
        Case("complex", npy("{'descr': '<c8', 'fortran_order': False, 'shape': (), }"), "<c8"),
        Case("records", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }"), "records"),
        Case("unknown byte order", npy("{'descr': '?f4', 'fortran_order': False, 'shape': (), }"), "?f4"),
        Case("order is no truth value", npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (), }"), "fortran_order"),
        Case("negative extent", npyShape("(-1,)"), "shape"),
        Case("extent beyond Int", npyShape("(99999999999999999999,)"), "shape", "too large"),
        Case("element count overflows", npyShape("(4294967296, 4294967296, 4294967296)"), "shape", "memory"),
        Case("overflow hidden by a zero", npyShape("(0, 4294967296, 4294967296, 4294967296)"), "shape", "memory"),
        Case("nine axes", npyShape("(1, 1, 1, 1, 1, 1, 1, 1, 1)"), "shape", "9"),
        Case("shape is no tuple", npyShape("3"), "shape"),
        Case("open tuple", npyShape("(3"), "shape"),
        Case("huge claim, few bytes", npyShape("(1000000000000,)"), "elements", "4000000000000"),
        Case("truncated", Array(npyShape("(1,)").dropLast()), "elements", "4 bytes"),
        Case("bytes after the array", npyShape("(1,)") + [0], "follow"),
    ]

    @Test("npy", arguments: npyCases)
    func npy(test: Case) { check(test) { (bytes) throws(TensorFileError) in _ = try AnyTensor(npyBytes: bytes) } }

    // MARK: safetensors

    private static func entry(_ dtype: String, _ shape: String, _ offsets: String) -> String {
        "{\"x\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }

    private static func two(_ first: String, _ second: String, names: (String, String) = ("x", "y")) -> [UInt8] {
        bytesOfSafetensors(
            """
            {"\(names.0)":{"dtype":"U8","shape":[2],"data_offsets":\(first)},\
            "\(names.1)":{"dtype":"U8","shape":[2],"data_offsets":\(second)}}
            """, data: [1, 2, 3, 4])
    }

    static let safetensorsCases: [Case] = [
        Case("empty", [], "header length"),
        Case("seven bytes", [1, 2, 3, 4, 5, 6, 7], "header length"),
        Case("header beyond the file", littleEndian(UInt64(100)) + Array("{}".utf8), "header length", "100"),
        Case("header beyond Int", littleEndian(UInt64.max) + Array("{}".utf8), "header length", "byte 0"),
        Case("header above 100 MB", littleEndian(UInt64(100_000_001)) + Array("{}".utf8), "at most 100000000"),
        Case("empty header", littleEndian(UInt64(0)), "header"),
        Case("space before the object", bytesOfSafetensors(" {}"), "begin"),
        Case("no JSON", bytesOfSafetensors("{]"), "header", "byte 9"),
        Case("depth bomb", bytesOfSafetensors("{\"a\":" + String(repeating: "[", count: 100_000)), "nested"),
        Case("repeated name", two("[0,2]", "[2,4]", names: ("x", "x")), "twice"),
        Case("entry is no object", bytesOfSafetensors("{\"x\":1}"), "x"),
        Case("unknown type", bytesOfSafetensors(entry("F99", "[1]", "[0,4]"), data: [0, 0, 0, 0]), "x.dtype", "F99"),
        Case("missing type", bytesOfSafetensors("{\"x\":{\"shape\":[],\"data_offsets\":[0,4]}}"), "x.dtype"),
        Case("negative extent", bytesOfSafetensors(entry("F32", "[-1]", "[0,4]")), "x.shape"),
        Case("fractional extent", bytesOfSafetensors(entry("F32", "[1.5]", "[0,4]")), "x.shape"),
        Case("nine axes", bytesOfSafetensors(entry("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), data: [0]), "x.shape", "9"),
        Case("overflow", bytesOfSafetensors(entry("F32", "[4294967296,4294967296,2]", "[0,4]")), "x.shape", "memory"),
        Case("three offsets", bytesOfSafetensors(entry("U8", "[1]", "[0,1,1]"), data: [0]), "data_offsets"),
        Case("offsets backwards", bytesOfSafetensors(entry("U8", "[0]", "[1,0]"), data: [0]), "data_offsets"),
        Case("offsets beyond the file", bytesOfSafetensors(entry("U8", "[4]", "[0,4]"), data: [0]), "data_offsets"),
        Case("offsets beyond Int", bytesOfSafetensors(entry("U8", "[4]", "[0,18446744073709551615]")), "data_offsets"),
        Case("size disagrees", bytesOfSafetensors(entry("F32", "[2]", "[0,4]"), data: [0, 0, 0, 0]), "8 bytes"),
        Case("overlap", two("[0,2]", "[1,3]"), "overlaps"),
        Case("same place", two("[0,2]", "[0,2]"), "overlaps"),
        Case("hole", two("[2,4]", "[2,4]"), "hole"),
        Case("bytes after the last tensor", two("[0,2]", "[2,4]") + [9], "follow"),
        Case("bytes without tensors", bytesOfSafetensors("{}", data: [1]), "follow"),
        Case("metadata is no object", bytesOfSafetensors("{\"__metadata__\":[]}"), "__metadata__"),
        Case("metadata is no text", bytesOfSafetensors("{\"__metadata__\":{\"a\":1}}"), "__metadata__.a"),
    ]

    @Test("safetensors", arguments: safetensorsCases)
    func safetensors(test: Case) {
        check(test) { (bytes) throws(TensorFileError) in _ = try SafetensorsFile(bytes: bytes) }
    }

    // MARK: GGUF

    private static func string(_ text: String) -> [UInt8] { littleEndian(UInt64(text.utf8.count)) + Array(text.utf8) }

    private static func gguf(
        pairs: [[UInt8]] = [], tensors: [[UInt8]] = [], data: [UInt8] = [], version: UInt32 = 3
    ) -> [UInt8] {
        var bytes = Array("GGUF".utf8) + littleEndian(version)
        bytes += littleEndian(UInt64(tensors.count)) + littleEndian(UInt64(pairs.count))
        bytes += pairs.flatMap { $0 } + tensors.flatMap { $0 }
        if !data.isEmpty { bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32) + data }
        return bytes
    }

    private static func pair(_ key: String, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
        string(key) + littleEndian(type) + value
    }

    private static func tensor(_ name: String, _ extents: [UInt64], _ type: UInt32, _ offset: UInt64) -> [UInt8] {
        let shape = littleEndian(UInt32(extents.count)) + extents.flatMap { littleEndian($0) }
        return string(name) + shape + littleEndian(type) + littleEndian(offset)
    }

    private static func array(_ type: UInt32, _ count: UInt64) -> [UInt8] { littleEndian(type) + littleEndian(count) }

    private static let good = [UInt8](repeating: 0, count: 64)

    static let ggufCases: [Case] = [
        Case("empty", [], "magic"),
        Case("wrong magic", Array("GGML".utf8) + good, "magic"),
        Case("version 1", gguf(version: 1), "version"),
        Case("big-endian", gguf(version: 0x0300_0000), "big-endian"),
        Case("truncated counts", Array(gguf().dropLast(9)), "count"),
        Case("2^63 pairs", Array(gguf().dropLast(8)) + littleEndian(UInt64(1) << 63), "metadata count"),
        Case(
            "2^63 tensors",
            Array("GGUF".utf8) + littleEndian(UInt32(3)) + littleEndian(UInt64(1) << 63) + littleEndian(UInt64(0)),
            "tensor count"),
        Case("string beyond the file", gguf(pairs: [littleEndian(UInt64.max) + good]), "metadata name 0"),
        Case("name is not UTF-8", gguf(pairs: [littleEndian(UInt64(1)) + [0xFF] + good]), "UTF-8"),
        Case("unknown value type", gguf(pairs: [pair("k", 13, good)]), "k", "13"),
        Case("truncated value", gguf(pairs: [pair("key", 10, [1, 2])]), "key"),
        Case("bad truth value", gguf(pairs: [pair("k", 7, [2] + good)]), "truth"),
        Case("repeated key", gguf(pairs: [pair("k", 0, [1]), pair("k", 0, [1])]), "twice"),
        Case("2^63 elements", gguf(pairs: [pair("k", 9, array(0, 1 << 63) + good)]), "k", "9223372036854775808"),
        Case("2^60 strings", gguf(pairs: [pair("k", 9, array(8, 1 << 60) + good)]), "k"),
        Case("array of unknown type", gguf(pairs: [pair("k", 9, array(99, 1) + good)]), "99"),
        Case("nested arrays", gguf(pairs: [pair("k", 9, (0..<1000).flatMap { _ in array(9, 1) })]), "nested"),
        Case("alignment 0", gguf(pairs: [pair("general.alignment", 4, littleEndian(UInt32(0)))]), "general.alignment"),
        Case("alignment 48", gguf(pairs: [pair("general.alignment", 4, littleEndian(UInt32(48)))]), "power of two"),
        Case("alignment is a text", gguf(pairs: [pair("general.alignment", 8, string("32"))]), "general.alignment"),
        Case("tensor name beyond the file", gguf(tensors: [littleEndian(UInt64(1) << 62) + good]), "tensor name"),
        Case("nine axes", gguf(tensors: [tensor("t", Array(repeating: 1, count: 9), 0, 0)], data: good), "n_dims", "9"),
        Case("extent beyond Int", gguf(tensors: [tensor("t", [1 << 63], 0, 0)], data: good), "dimensions"),
        Case("overflow", gguf(tensors: [tensor("t", [1 << 32, 1 << 32], 0, 0)], data: good), "memory"),
        Case("unknown tensor type", gguf(tensors: [tensor("t", [1], 23, 0)], data: good), "type", "23"),
        Case("rows of half blocks", gguf(tensors: [tensor("t", [48], 2, 0)], data: good), "multiple of 32"),
        Case("offset not aligned", gguf(tensors: [tensor("t", [1], 0, 4)], data: good), "offset", "multiple of 32"),
        Case("offset beyond the file", gguf(tensors: [tensor("t", [1], 0, 1 << 62)], data: good), "offset"),
        Case("tensor beyond the file", gguf(tensors: [tensor("t", [17], 0, 0)], data: good), "offset", "68"),
        Case("repeated tensor", gguf(tensors: [tensor("t", [1], 0, 0), tensor("t", [1], 0, 32)], data: good), "twice"),
        Case("no data", gguf(tensors: [tensor("t", [1], 0, 0)]), "data"),
    ]

    @Test("GGUF", arguments: ggufCases)
    func gguf(test: Case) { check(test) { (bytes) throws(TensorFileError) in _ = try GGUFFile(bytes: bytes) } }

    // MARK: npz

    /// An archive with one member; every claim of its headers can be changed.
    private static func zip(
        _ contents: [UInt8], name: String = "x.npy", method: UInt16 = 0, flags: UInt16 = 0, checksum: UInt32? = nil,
        size: UInt32? = nil, unpackedSize: UInt32? = nil, offset: UInt32 = 0, copies: Int = 1
    ) -> [UInt8] {
        let common: [UInt8] =
            littleEndian(UInt16(20)) + littleEndian(flags) + littleEndian(method) + littleEndian(UInt32(0))
            + littleEndian(checksum ?? UInt32(truncatingIfNeeded: crc32_z(0, contents, contents.count)))
            + littleEndian(size ?? UInt32(contents.count))
            + littleEndian(unpackedSize ?? UInt32(contents.count)) + littleEndian(UInt16(name.utf8.count))
            + littleEndian(UInt16(0))
        let local: [UInt8] = littleEndian(UInt32(0x0403_4B50)) + common + Array(name.utf8) + contents
        let directory: [UInt8] =
            littleEndian(UInt32(0x0201_4B50)) + littleEndian(UInt16(20)) + common + [UInt8](repeating: 0, count: 10)
            + littleEndian(offset) + Array(name.utf8)
        let end: [UInt8] =
            littleEndian(UInt32(0x0605_4B50)) + littleEndian(UInt32(0)) + littleEndian(UInt16(copies))
            + littleEndian(UInt16(copies)) + littleEndian(UInt32(directory.count * copies))
            + littleEndian(UInt32(local.count)) + littleEndian(UInt16(0))
        return local + (0..<copies).flatMap { _ in directory } + end
    }

    private static let scalar = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", data: [7])

    static let npzCases: [Case] = [
        Case("empty", [], "zip"),
        Case("no archive", [UInt8](repeating: 7, count: 1000), "zip"),
        Case("truncated", Array(zip(scalar).dropLast()), "zip"),
        Case("wrong checksum", zip(scalar, checksum: 1), "checksum", "x.npy"),
        Case("encrypted", zip(scalar, flags: 1), "encrypted"),
        Case("unknown method", zip(scalar, method: 12), "12"),
        Case("size beyond the file", zip(scalar, size: 99999, unpackedSize: 99999), "beyond"),
        Case("sizes disagree", zip(scalar, unpackedSize: 3), "stored"),
        Case("offset beyond the file", zip(scalar, offset: 99999), "outside"),
        Case("offset into the data", zip(scalar, offset: 1), "signature"),
        Case("64-bit sizes missing", zip(scalar, size: .max, unpackedSize: .max), "beyond"),
        Case("no array", zip(scalar, name: "x.txt"), "x.txt", ".npy"),
        Case("bad array", zip([1, 2, 3]), "x.npy", "magic"),
        Case("repeated member", zip(scalar, copies: 2), "twice"),
        Case("more members than the directory holds", zip(scalar).replacing(at: -12, with: [255, 255]), "cannot list"),
        Case("damaged deflate data", zip(scalar, method: 8, unpackedSize: 100), "deflated"),
        Case("bomb: impossible ratio", zip(scalar, method: 8, unpackedSize: .max - 1), "inflate"),
        Case("bomb: more than claimed", zip(deflated(100_000), method: 8, unpackedSize: 99), "deflated"),
        Case("less than claimed", zip(deflated(100), method: 8, unpackedSize: 200), "deflated"),
    ]

    /// That many zeros, deflated.
    private static func deflated(_ count: Int) -> [UInt8] {
        var length = compressBound(UInt(count))
        var result = [UInt8](repeating: 0, count: Int(length))
        compress2(&result, &length, [UInt8](repeating: 0, count: count), UInt(count), 9)
        // Without zlib's header of two bytes and checksum of four.
        return Array(result[2..<Int(length) - 4])
    }

    @Test("npz", arguments: npzCases)
    func npz(test: Case) { check(test) { (bytes) throws(TensorFileError) in _ = try NPZ.read(bytes: bytes) } }

    @Test("the unchanged files that the cases start from are good")
    func goodFiles() throws {
        #expect(try NPZ.read(bytes: BadFileTests.zip(BadFileTests.scalar)).count == 1)
        let deflated = BadFileTests.zip(BadFileTests.deflated(0), method: 8, checksum: 0, unpackedSize: 0)
        #expect(throws: TensorFileError.self) { try NPZ.read(bytes: deflated) }
        #expect(try AnyTensor(npyBytes: BadFileTests.npyShape("(1,)")).count == 1)
        #expect(try SafetensorsFile(bytes: BadFileTests.two("[0,2]", "[2,4]")).entries.count == 2)
        let tensors = [BadFileTests.tensor("t", [16], 0, 0), BadFileTests.tensor("u", [1], 0, 32)]
        let pairs = [BadFileTests.pair("k", 9, BadFileTests.array(9, 1) + BadFileTests.array(0, 1) + [5])]
        let file = try GGUFFile(bytes: BadFileTests.gguf(pairs: pairs, tensors: tensors, data: BadFileTests.good))
        #expect(file.entries.count == 2 && file["k"] == .array([.array([.uint8(5)])]))
    }
}

extension [UInt8] {
    /// The bytes with some replaced; a negative place counts from the end.
    func replacing(at place: Int, with bytes: [UInt8]) -> [UInt8] {
        let start = place < 0 ? count + place : place
        return Array(self[..<start]) + bytes + Array(self[(start + bytes.count)...])
    }
}
