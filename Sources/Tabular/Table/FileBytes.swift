import CZlib
import Glibc
import Tensor

/// Reads a whole file; a gzip stream, known by its first bytes, is inflated to at most `inflatedLimit` bytes.
package func readBytes(path: String, inflatedLimit: Int) throws(TableError) -> [UInt8] {
    let descriptor: Int32 = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw TableError(.unreadable(systemReason()), path: path) }
    defer { close(descriptor) }
    var information = stat()
    let size: Int = fstat(descriptor, &information) == 0 ? max(0, Int(information.st_size)) : 0
    // One byte more than the file shows its end without growing the buffer; pipes report size zero and grow.
    // Arrays stop the program when memory ends: ask first, in a way that the optimiser cannot leave out.
    let probe = mmap(nil, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let probe, probe != MAP_FAILED else {
        throw TableError(.unreadable("its \(size) bytes do not fit into memory"), path: path)
    }
    munmap(probe, size + 1)
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var filled: Int = 0
    while true {
        if filled == bytes.count { bytes.append(contentsOf: repeatElement(0, count: max(65_536, bytes.count))) }
        let room: Int = bytes.count - filled
        let got: Int = bytes.withUnsafeMutableBytes { buffer in
            read(descriptor, buffer.baseAddress.map { $0 + filled }, room)
        }
        if got < 0 {
            if errno == EINTR { continue }
            throw TableError(.unreadable(systemReason()), path: path)
        }
        if got == 0 { break }
        filled += got
    }
    bytes.removeLast(bytes.count - filled)
    if bytes.starts(with: [0x1F, 0x8B]) { return try inflate(bytes, limit: inflatedLimit, path: path) }
    return bytes
}

/// Writes a whole file, replacing what was there at once: nobody ever sees a part.
func writeBytes(_ bytes: [UInt8], path: String) throws(TableError) {
    do {
        try AtomicFile.write(to: path, bytes)
    } catch {
        throw TableError(.unwritable(error.problem), path: path)
    }
}

/// Inflates a gzip stream of one or more members; a stream that holds more than `limit` bytes is an error.
func inflate(_ compressed: [UInt8], limit: Int, path: String?) throws(TableError) -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window, plus 16 for the gzip header.
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw TableError(.corruptGzip("zlib cannot start"), path: path)
    }
    defer { inflateEnd(&stream) }
    // One byte more than may come out shows that too many do.
    let mostRoom: Int = max(limit, 0) + 1
    var output = [UInt8](repeating: 0, count: min(max(65_536, compressed.count * 4), mostRoom))
    var filled: Int = 0
    var consumed: Int = 0
    while true {
        if filled == output.count {
            output.append(contentsOf: repeatElement(0, count: min(output.count, mostRoom - filled)))
        }
        let input: Int = min(compressed.count - consumed, 1 << 30)
        let room: Int = min(output.count - filled, 1 << 30)
        let status: Int32 = compressed.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + consumed })
                stream.avail_in = UInt32(input)
                stream.next_out = target.baseAddress.map { $0 + filled }
                stream.avail_out = UInt32(room)
                return CZlib.inflate(&stream, Z_NO_FLUSH)
            }
        }
        consumed += input - Int(stream.avail_in)
        filled += room - Int(stream.avail_out)
        if filled > limit { throw TableError(.inflatesBeyond(limit), path: path) }
        if status == Z_STREAM_END {
            // Another member may follow; anything else after the end is padding.
            guard compressed[consumed...].starts(with: [0x1F, 0x8B]) else {
                output.removeLast(output.count - filled)
                return output
            }
            inflateReset(&stream)
        } else if status == Z_BUF_ERROR {
            // No progress with room to write: the input is used up.
            throw TableError(.corruptGzip("the stream ends before its last block"), path: path)
        } else if status != Z_OK {
            let reason: String = stream.msg.map { String(cString: $0) } ?? "zlib status \(status)"
            throw TableError(.corruptGzip(reason), path: path)
        }
    }
}

private func systemReason() -> String { String(cString: strerror(errno)) }
