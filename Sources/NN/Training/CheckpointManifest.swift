import Tensor

/// The length and the checksum of every file of a checkpoint.
struct Manifest {
    private struct Entry {
        var name: String
        var byteCount: Int
        var checksum: UInt32
    }

    private static let fileName = "manifest.json"
    private var entries: [Entry] = []

    /// Describes the files in a folder.
    init(describing folder: String) throws(CheckpointError) {
        for name in try directoryEntries(folder).sorted() {
            let file = try mapped("\(folder)/\(name)")
            entries.append(Entry(name: name, byteCount: file.byteCount, checksum: file.withUnsafeBytes(crc32)))
        }
    }

    /// Reads the manifest of a checkpoint.
    init(readFrom folder: String) throws(CheckpointError) {
        let path = "\(folder)/\(Manifest.fileName)"
        let json = try readJSON(path)
        guard json["format"]?.intValue == 1, let files = json["files"]?.objectValue, !files.isEmpty else {
            throw .corrupted(path: path, problem: "it does not list the files of a checkpoint of format 1")
        }
        for member in files {
            guard let byteCount = member.value["bytes"]?.intValue, let checksum = member.value["crc32"]?.intValue,
                let checksum = UInt32(exactly: checksum), !member.key.contains("/")
            else { throw .corrupted(path: path, problem: "the entry \(member.key) is not a length and a checksum") }
            entries.append(Entry(name: member.key, byteCount: byteCount, checksum: checksum))
        }
    }

    func write(to folder: String) throws(CheckpointError) {
        var files = JSONObject()
        for entry in entries {
            files[entry.name] = ["bytes": .integer(Int64(entry.byteCount)), "crc32": .integer(Int64(entry.checksum))]
        }
        try writeJSON(["format": 1, "files": .object(files)], to: "\(folder)/\(Manifest.fileName)")
    }

    /// Compares the files with the manifest.
    func check(_ folder: String) throws(CheckpointError) {
        for entry in entries {
            let path = "\(folder)/\(entry.name)"
            let file = try mapped(path)
            guard file.byteCount == entry.byteCount else {
                throw .corrupted(path: path, problem: "it has \(file.byteCount) bytes, expected \(entry.byteCount)")
            }
            guard file.withUnsafeBytes(crc32) == entry.checksum else {
                throw .corrupted(path: path, problem: "its checksum is not that of what was written")
            }
        }
    }
}

/// Writes a JSON file, flushed to the disk.
func writeJSON(_ json: JSON, to path: String) throws(CheckpointError) {
    do {
        try AtomicFile.write(to: path, json.utf8())
    } catch let error as TensorFileError {
        throw .file(error)
    } catch {
        throw .corrupted(path: path, problem: "\(error)")
    }
}

/// Reads a JSON file of a checkpoint.
func readJSON(_ path: String) throws(CheckpointError) -> JSON {
    let file = try mapped(path)
    do { return try file.json() } catch { throw .corrupted(path: path, problem: "\(error)") }
}

/// A file's bytes; damage if it is not there.
func mapped(_ path: String) throws(CheckpointError) -> MappedFile {
    do { return try MappedFile(contentsOf: path) } catch { throw .corrupted(path: path, problem: error.problem) }
}

/// CRC-32 (ISO-HDLC, as in zip and gzip), eight bytes at a time (Kounavis & Berry, ISCC 2005).
func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    crc32Tables.withUnsafeBufferPointer { table in
        var crc: UInt32 = 0xFFFF_FFFF
        var position = 0
        while position + 8 <= bytes.count {
            let word =
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ UInt64(crc)
            var next: UInt32 = 0
            for byte in 0..<8 {
                next ^= table[(7 - byte) * 256 + Int(truncatingIfNeeded: (word >> UInt64(8 * byte)) & 0xFF)]
            }
            crc = next
            position += 8
        }
        while position < bytes.count {
            crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[position])) & 0xFF)]
            position += 1
        }
        return ~crc
    }
}

/// `crc32Tables[256 k + b]` advances the checksum of byte `b` over `k` more zero bytes.
private let crc32Tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
        var value = UInt32(byte)
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        tables[byte] = value
    }
    for position in 256..<tables.count {
        let shorter = tables[position - 256]
        tables[position] = shorter >> 8 ^ tables[Int(shorter & 0xFF)]
    }
    return tables
}()
