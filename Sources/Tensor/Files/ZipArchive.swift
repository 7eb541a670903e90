import CZlib

/// The members of a zip file: stored or deflated, with or without the 64-bit extension (PKWARE APPNOTE 6.3.10).
struct ZipArchive {
    struct Entry {
        var name: String
        var isDeflated: Bool
        var checksum: UInt32
        /// Where the member's bytes lie in the file.
        var range: Range<Int>
        var byteCount: Int
    }

    let file: MappedFile
    let entries: [Entry]

    /// Reads the directory and checks it against the file.
    ///
    /// - Parameter maximumByteCount: the most that all deflated members together may claim to hold.
    init(_ file: MappedFile, maximumByteCount: Int) throws(TensorFileError) {
        self.file = file
        let directory = try ZipDirectory(file)
        var reader = ByteReader(file, at: directory.start)
        var entries: [Entry] = []
        var index = NameIndex()
        var inflatedByteCount = 0
        for position in 0..<directory.entryCount {
            let start = reader.position
            let entry = try ZipArchive.readEntry(&reader, directory, position)
            entries.append(entry)
            if !index.insertLast(entry.name, in: { entries[$0].name }) {
                throw TensorFileError(
                    path: file.path, problem: "the name occurs twice", byteOffset: start, field: entry.name)
            }
            if entry.isDeflated {
                // The sum cannot overflow: each claim is at most 1032 times the size of its part of the file.
                inflatedByteCount = min(inflatedByteCount, Int.max / 2) + entry.byteCount
            }
        }
        guard inflatedByteCount <= maximumByteCount else {
            throw TensorFileError(
                path: file.path, problem: "the members claim \(inflatedByteCount) bytes when inflated",
                byteOffset: directory.start, field: "uncompressed size", expected: "at most \(maximumByteCount)")
        }
        // Members that share bytes are how small archives pretend to be huge.
        let inOrder = entries.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (one, other) in zip(inOrder, inOrder.dropFirst()) where other.range.lowerBound < one.range.upperBound {
            throw TensorFileError(
                path: file.path, problem: "the member overlaps the member \(one.name)",
                byteOffset: other.range.lowerBound, field: other.name)
        }
        self.entries = entries
    }

    private static func readEntry(
        _ reader: inout ByteReader, _ directory: ZipDirectory, _ position: Int
    ) throws(TensorFileError) -> Entry {
        let field = "directory entry \(position)"
        guard try reader.read(UInt32.self, field) == 0x0201_4B50 else {
            throw reader.failure("the directory entry has no signature", field, back: 4, expected: "PK\\1\\2")
        }
        _ = try reader.read(UInt32.self, field)
        let flags = try reader.read(UInt16.self, field)
        let method = try reader.read(UInt16.self, field)
        _ = try reader.read(UInt32.self, field)
        let checksum = try reader.read(UInt32.self, field)
        var packed = UInt64(try reader.read(UInt32.self, field))
        var unpacked = UInt64(try reader.read(UInt32.self, field))
        let nameLength = try reader.read(UInt16.self, field)
        let extraLength = try reader.read(UInt16.self, field)
        let commentLength = try reader.read(UInt16.self, field)
        _ = try reader.read(UInt64.self, field)
        var offset = UInt64(try reader.read(UInt32.self, field))
        let nameBytes = try reader.readBytes(count: UInt64(nameLength), "\(field), name")
        guard let name = String(validating: nameBytes, as: UTF8.self) else {
            throw reader.failure("the name is not valid UTF-8", field, back: Int(nameLength))
        }
        let extraStart = reader.position
        _ = try reader.readBytes(count: UInt64(extraLength), name)
        let afterExtra = reader.position
        try readZip64(
            ByteReader(reader.file, at: extraStart), end: afterExtra, &unpacked, &packed, &offset, field: name)
        _ = try reader.readBytes(count: UInt64(commentLength), name)

        func failure(_ problem: String, _ expected: String? = nil) -> TensorFileError {
            TensorFileError(
                path: reader.file.path, problem: problem, byteOffset: extraStart - Int(nameLength) - 46, field: name,
                expected: expected)
        }
        if flags & 1 != 0 { throw failure("the member is encrypted", "a plain member") }
        guard method == 0 || method == 8 else {
            throw failure("the compression method is \(method)", "0 (stored) or 8 (deflated)")
        }
        guard offset <= UInt64(directory.start) else { throw failure("the member lies outside the file") }
        var local = ByteReader(reader.file, at: Int(offset))
        guard try local.read(UInt32.self, name) == 0x0403_4B50 else {
            throw local.failure("the member has no signature", name, back: 4, expected: "PK\\3\\4")
        }
        _ = try local.readBytes(count: 22, name)
        let localNameLength = try local.read(UInt16.self, name)
        let localExtraLength = try local.read(UInt16.self, name)
        _ = try local.readBytes(count: UInt64(localNameLength) + UInt64(localExtraLength), name)
        guard local.position <= directory.start, packed <= UInt64(directory.start - local.position) else {
            throw failure("the member's \(packed) bytes reach beyond the directory")
        }
        if method == 0, packed != unpacked {
            throw failure("a stored member claims \(packed) and \(unpacked) bytes", "equal sizes")
        }
        // Deflate cannot do better: 258 bytes from two bits.
        if method == 8, unpacked / 1032 > packed {
            throw failure("\(packed) bytes cannot inflate to the claimed \(unpacked)", "at most 1032 times as many")
        }
        return Entry(
            name: name, isDeflated: method == 8, checksum: checksum,
            range: local.position..<local.position + Int(packed), byteCount: Int(unpacked))
    }

    /// Replaces the sizes that are too large for 32 bits by those in the extra field 1.
    private static func readZip64(
        _ start: ByteReader, end: Int, _ unpacked: inout UInt64, _ packed: inout UInt64, _ offset: inout UInt64,
        field: String
    ) throws(TensorFileError) {
        var reader = start
        let large = UInt64(UInt32.max)
        while end - reader.position >= 4 {
            let identifier = try reader.read(UInt16.self, field)
            let size = Int(try reader.read(UInt16.self, field))
            guard size <= end - reader.position else {
                throw reader.failure("an extra field is longer than its room", field, back: 2)
            }
            if identifier != 1 {
                _ = try reader.readBytes(count: UInt64(size), field)
                continue
            }
            let fieldEnd = reader.position + size
            func readLarge(_ value: inout UInt64) throws(TensorFileError) {
                if value != large { return }
                guard fieldEnd - reader.position >= 8 else {
                    throw reader.failure("the 64-bit sizes are missing", field)
                }
                value = try reader.read(UInt64.self, field)
            }
            try readLarge(&unpacked)
            try readLarge(&packed)
            try readLarge(&offset)
            return
        }
    }

    /// The member's bytes: the file's own if stored, else inflated; the checksum has been compared.
    func contents(of entry: Entry) throws(TensorFileError) -> MappedFile {
        let packed = UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
        let name = "\(file.path)(\(entry.name))"
        let contents =
            entry.isDeflated
            ? try inflated(packed, entry, named: name) : MappedFile(borrowing: packed, owner: file, named: name)
        let checksum = UInt32(truncatingIfNeeded: crc32_z(0, contents.bytes.baseAddress, contents.bytes.count))
        guard checksum == entry.checksum else {
            throw TensorFileError(
                path: file.path, problem: "the checksum is \(checksum)", byteOffset: entry.range.lowerBound,
                field: entry.name, expected: "\(entry.checksum)")
        }
        return contents
    }

    private func inflated(
        _ packed: UnsafeRawBufferPointer, _ entry: Entry, named name: String
    ) throws(TensorFileError) -> MappedFile {
        let storage = try TensorStorage(byteCount: entry.byteCount, readingFrom: file.path)
        func failure(_ problem: String) -> TensorFileError {
            TensorFileError(
                path: file.path, problem: problem, byteOffset: entry.range.lowerBound, field: entry.name,
                expected: "\(entry.byteCount) bytes")
        }
        var stream = z_stream()
        // Negative window bits: raw deflate data without a zlib header.
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw failure("zlib could not start")
        }
        defer { inflateEnd(&stream) }
        var input = 0
        var output = 0
        let piece = 1 << 30
        var status = Z_OK
        while status == Z_OK {
            let (inputCount, outputCount) = (min(packed.count - input, piece), min(entry.byteCount - output, piece))
            let source = packed.baseAddress.map { $0 + input }
            stream.next_in = UnsafeMutablePointer(mutating: source?.assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(inputCount)
            stream.next_out = (storage.bytes + output).assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(outputCount)
            status = inflate(&stream, Z_NO_FLUSH)
            input += inputCount - Int(stream.avail_in)
            output += outputCount - Int(stream.avail_out)
        }
        guard status == Z_STREAM_END, output == entry.byteCount else {
            throw failure("the deflated data is damaged or has another length; \(output) bytes came out")
        }
        return MappedFile(
            borrowing: UnsafeRawBufferPointer(start: storage.bytes, count: entry.byteCount), owner: storage,
            named: name)
    }
}

/// Where a zip file's directory lies and how many members it lists.
private struct ZipDirectory {
    var start: Int
    var entryCount: Int

    init(_ file: MappedFile) throws(TensorFileError) {
        let bytes = file.bytes
        func failure(_ problem: String, at offset: Int? = nil) -> TensorFileError {
            TensorFileError(
                path: file.path, problem: problem, byteOffset: offset, field: "end of directory",
                expected: "a zip file")
        }
        // The end record stands at the very end, but for a comment of at most 65535 bytes.
        var end = bytes.count - 22
        let earliest = max(0, end - 65_535)
        while end >= earliest {
            let signature = bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self)
            let commentLength = bytes.loadUnaligned(fromByteOffset: end + 20, as: UInt16.self)
            if signature == 0x0605_4B50, Int(commentLength) == bytes.count - end - 22 { break }
            end -= 1
        }
        guard bytes.count >= 22, end >= earliest else { throw failure("the file has no zip directory") }
        var reader = ByteReader(file, at: end + 4)
        let disk = try reader.read(UInt32.self, "disk number")
        _ = try reader.read(UInt16.self, "entries on this disk")
        var count = UInt64(try reader.read(UInt16.self, "entry count"))
        var size = UInt64(try reader.read(UInt32.self, "directory size"))
        var offset = UInt64(try reader.read(UInt32.self, "directory offset"))
        var limit = end
        if end >= 20, bytes.loadUnaligned(fromByteOffset: end - 20, as: UInt32.self) == 0x0706_4B50 {
            let place = bytes.loadUnaligned(fromByteOffset: end - 12, as: UInt64.self)
            guard end >= 76, place <= UInt64(end - 76) else {
                throw failure("the 64-bit end record lies outside the file", at: end - 20)
            }
            var record = ByteReader(file, at: Int(place))
            guard try record.read(UInt32.self, "64-bit end record") == 0x0606_4B50 else {
                throw failure("the 64-bit end record has no signature", at: Int(place))
            }
            _ = try record.readBytes(count: 28, "64-bit end record")
            count = try record.read(UInt64.self, "entry count")
            size = try record.read(UInt64.self, "directory size")
            offset = try record.read(UInt64.self, "directory offset")
            limit = Int(place)
        } else if disk != 0 {
            throw failure("the archive is split over several files", at: end + 4)
        }
        guard offset <= UInt64(limit), size <= UInt64(limit) - offset else {
            throw failure("the directory of \(size) bytes at \(offset) lies outside the file", at: end + 12)
        }
        guard count <= size / 46 else {
            throw failure("a directory of \(size) bytes cannot list \(count) members", at: end + 10)
        }
        start = Int(offset)
        entryCount = Int(count)
    }
}
