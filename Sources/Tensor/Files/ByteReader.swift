/// A position in a file that reads little-endian fields and never passes its end.
struct ByteReader {
    let file: MappedFile

    /// Where the next field begins, in bytes from the start of the file.
    private(set) var position: Int

    /// Starts at a position that lies in the file or at its end.
    init(_ file: MappedFile, at position: Int = 0) {
        self.file = file
        self.position = position
    }

    /// The bytes that are left.
    var remaining: Int { file.bytes.count - position }

    /// Reads a fixed-width integer.
    mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, _ field: @autoclosure () -> String
    ) throws(TensorFileError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw truncated(needing: size, field()) }
        defer { position += size }
        return Value(littleEndian: file.bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// Takes a run of bytes whose length the file claims.
    mutating func readBytes(
        count: UInt64, _ field: @autoclosure () -> String
    ) throws(TensorFileError) -> UnsafeRawBufferPointer {
        guard count <= UInt64(remaining) else { throw truncated(needing: count, field()) }
        defer { position += Int(count) }
        return UnsafeRawBufferPointer(rebasing: file.bytes[position..<position + Int(count)])
    }

    /// An error about the field that begins `distance` bytes before the current position.
    func failure(
        _ problem: String, _ field: String, back distance: Int = 0, expected: String? = nil
    ) -> TensorFileError {
        TensorFileError(
            path: file.path, problem: problem, byteOffset: position - distance, field: field, expected: expected)
    }

    private func truncated(needing count: some FixedWidthInteger, _ field: String) -> TensorFileError {
        failure("\(remaining) bytes are left", field, expected: "\(count) bytes")
    }
}

/// The bytes of `shape` elements of `size` bytes, or nil if they exceed what can be addressed.
func checkedByteCount(_ extents: some Sequence<Int>, _ size: Int) -> Int? {
    var product = 1
    var isEmpty = false
    for extent in extents {
        if extent < 0 { return nil }
        if extent == 0 { isEmpty = true }
        let (next, overflow) = product.multipliedReportingOverflow(by: max(extent, 1))
        if overflow || next > Int.max / 16 { return nil }
        product = next
    }
    return isEmpty ? 0 : product * size
}
