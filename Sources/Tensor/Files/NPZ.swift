import CZlib

/// Several named arrays in one file: a zip archive of .npy files, as `numpy.savez` writes it.
///
/// ```swift
/// try NPZ.write([("weights", AnyTensor(w)), ("steps", AnyTensor(n))], to: "run.npz")
/// for (name, tensor) in try NPZ.read("run.npz") { print(name, tensor) }
/// ```
public enum NPZ {
    /// The most that compressed members of a file may hold unless the caller allows more: 8 GiB.
    public static let defaultMaximumByteCount = 1 << 33

    /// Reads all arrays in the order of the archive's directory; members may be stored or deflated.
    ///
    /// - Parameters:
    ///   - path: the path of the archive.
    ///   - maximumByteCount: the most that deflated members may claim together, against zip bombs.
    public static func read(
        _ path: String, maximumByteCount: Int = defaultMaximumByteCount
    ) throws(TensorFileError) -> [(name: String, tensor: AnyTensor)] {
        try read(MappedFile(contentsOf: path), maximumByteCount)
    }

    /// Reads all arrays of an archive in memory; see ``read(_:maximumByteCount:)``.
    public static func read(
        bytes: [UInt8], maximumByteCount: Int = defaultMaximumByteCount
    ) throws(TensorFileError) -> [(name: String, tensor: AnyTensor)] {
        try read(MappedFile(bytes: bytes), maximumByteCount)
    }

    private static func read(
        _ file: MappedFile, _ maximumByteCount: Int
    ) throws(TensorFileError) -> [(name: String, tensor: AnyTensor)] {
        let archive = try ZipArchive(file, maximumByteCount: maximumByteCount)
        var result: [(name: String, tensor: AnyTensor)] = []
        for entry in archive.entries {
            guard entry.name.hasSuffix(".npy") else {
                throw TensorFileError(
                    path: file.path, problem: "the member is not an array", byteOffset: entry.range.lowerBound,
                    field: entry.name, expected: "a name that ends in .npy")
            }
            let tensor = try AnyTensor(npy: archive.contents(of: entry))
            result.append((String(entry.name.dropLast(4)), tensor))
        }
        return result
    }

    /// Writes arrays without compression; equal arrays give equal bytes. Replaces the file atomically.
    ///
    /// - Throws: ``TensorFileError`` also if a name occurs twice or a tensor is bfloat16, which .npy does not have.
    public static func write(
        _ tensors: [(name: String, tensor: AnyTensor)], to path: String
    ) throws(TensorFileError) {
        try AtomicFile.write(to: path) { (output) throws(TensorFileError) in
            try write(tensors, path: path) { (bytes) throws(TensorFileError) in try output.write(bytes) }
        }
    }

    /// The bytes of an archive; see ``write(_:to:)``.
    public static func bytes(_ tensors: [(name: String, tensor: AnyTensor)]) throws(TensorFileError) -> [UInt8] {
        var result: [UInt8] = []
        try write(tensors, path: "memory") { (bytes) throws(TensorFileError) in result.append(contentsOf: bytes) }
        return result
    }

    private static func write(
        _ tensors: [(name: String, tensor: AnyTensor)], path: String,
        _ output: (UnsafeRawBufferPointer) throws(TensorFileError) -> Void
    ) throws(TensorFileError) {
        func emit(_ bytes: [UInt8]) throws(TensorFileError) {
            try bytes.withUnsafeBufferPointer { (buffer) throws(TensorFileError) in
                try output(UnsafeRawBufferPointer(buffer))
            }
        }
        var records: [ZipRecord] = []
        var index = NameIndex()
        var offset = 0
        for (name, tensor) in tensors {
            let header = try NPYHeader(dtype: tensor.dtype, shape: tensor.shape).bytes(path: path)
            let checksum = tensor.withUnsafeBytes { elements in
                crc32_z(crc32_z(0, header, header.count), elements.baseAddress, elements.count)
            }
            let record = ZipRecord(
                name: name + ".npy", checksum: UInt32(truncatingIfNeeded: checksum),
                byteCount: header.count + tensor.byteCount, offset: offset)
            guard record.name.utf8.count <= 65_535 else {
                throw TensorFileError(path: path, problem: "the name is longer than 65535 bytes", field: name)
            }
            records.append(record)
            guard index.insertLast(record.name, in: { records[$0].name }) else {
                throw TensorFileError(path: path, problem: "the name occurs twice", field: name)
            }
            let local = record.localHeader
            try emit(local)
            try emit(header)
            try tensor.withUnsafeBytes { (elements) throws(TensorFileError) in try output(elements) }
            offset += local.count + record.byteCount
        }
        let directory = records.flatMap(\.directoryEntry)
        try emit(directory)
        try emit(ZipRecord.end(count: records.count, directoryOffset: offset, directorySize: directory.count))
    }
}

/// What a zip file says about one stored member.
private struct ZipRecord {
    var name: String
    var checksum: UInt32
    var byteCount: Int
    var offset: Int

    private static let limit32 = 0xFFFF_FFFF

    private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func saturated(_ value: Int) -> [UInt8] { little(UInt32(min(value, limit32))) }

    /// From "version needed" to "uncompressed size": version 4.5 for 64-bit sizes, names in UTF-8, stored, 1 January
    /// 1980, so that equal content gives equal files.
    private var commonFields: [UInt8] {
        let version: UInt16 = byteCount >= ZipRecord.limit32 || offset >= ZipRecord.limit32 ? 45 : 20
        let flags: UInt16 = name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 0x0800
        let head: [UInt8] = ZipRecord.little(version) + ZipRecord.little(flags) + [0, 0, 0, 0, 0x21, 0]
        let sizes: [UInt8] = ZipRecord.saturated(byteCount) + ZipRecord.saturated(byteCount)
        return head + ZipRecord.little(checksum) + sizes
    }

    var localHeader: [UInt8] {
        var extra: [UInt8] = []
        if byteCount >= ZipRecord.limit32 {
            let size = ZipRecord.little(UInt64(byteCount))
            extra = ZipRecord.little(UInt16(1)) + ZipRecord.little(UInt16(16)) + size + size
        }
        let lengths = ZipRecord.little(UInt16(name.utf8.count)) + ZipRecord.little(UInt16(extra.count))
        return ZipRecord.little(UInt32(0x0403_4B50)) + commonFields + lengths + Array(name.utf8) + extra
    }

    var directoryEntry: [UInt8] {
        var large: [UInt8] = []
        if byteCount >= ZipRecord.limit32 {
            let size = ZipRecord.little(UInt64(byteCount))
            large = size + size
        }
        if offset >= ZipRecord.limit32 { large += ZipRecord.little(UInt64(offset)) }
        var extra: [UInt8] = []
        if !large.isEmpty {
            extra = ZipRecord.little(UInt16(1)) + ZipRecord.little(UInt16(large.count)) + large
        }
        var result = ZipRecord.little(UInt32(0x0201_4B50)) + ZipRecord.little(UInt16(45)) + commonFields
        result += ZipRecord.little(UInt16(name.utf8.count)) + ZipRecord.little(UInt16(extra.count))
        // No comment, first disk, no attributes.
        result += [UInt8](repeating: 0, count: 10) + ZipRecord.saturated(offset)
        return result + Array(name.utf8) + extra
    }

    static func end(count: Int, directoryOffset: Int, directorySize: Int) -> [UInt8] {
        var result: [UInt8] = []
        if count >= 0xFFFF || directoryOffset >= limit32 || directorySize >= limit32 {
            let place = UInt64(directoryOffset + directorySize)
            result += little(UInt32(0x0606_4B50)) + little(UInt64(44)) + little(UInt16(45)) + little(UInt16(45))
            result += little(UInt64(0)) + little(UInt64(count)) + little(UInt64(count))
            result += little(UInt64(directorySize)) + little(UInt64(directoryOffset))
            result += little(UInt32(0x0706_4B50)) + little(UInt32(0)) + little(place) + little(UInt32(1))
        }
        let shortCount = little(UInt16(min(count, 0xFFFF)))
        result += little(UInt32(0x0605_4B50)) + little(UInt32(0)) + shortCount + shortCount
        return result + saturated(directorySize) + saturated(directoryOffset) + little(UInt16(0))
    }
}
