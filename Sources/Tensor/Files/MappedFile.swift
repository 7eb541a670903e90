import Glibc

/// A file's bytes, mapped into memory read-only.
///
/// Pages are read from disk when they are first touched, so opening a large file costs nothing. The mapping shows the
/// file that was opened even if another file is renamed to its place; a file that someone shortens in place while it is
/// mapped ends the process (SIGBUS), as in every program that maps files.
///
/// `@unchecked Sendable`: the bytes are never written.
public final class MappedFile: @unchecked Sendable {
    /// The path that was opened, or the name of bytes in memory.
    public let path: String

    /// The file's bytes; valid while this object lives.
    let bytes: UnsafeRawBufferPointer

    private enum Origin { case mapping, allocation, borrowed(AnyObject) }
    private let origin: Origin

    /// Maps a regular file.
    public init(contentsOf path: String) throws(TensorFileError) {
        self.path = path
        origin = .mapping
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "cannot open the file") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemError(path, "cannot inspect the file") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TensorFileError(path: path, problem: "this is not a regular file")
        }
        let size = Int(status.st_size)
        if size == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw systemError(path, "cannot map \(size) bytes")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    /// Holds a copy of bytes that are in memory already, under a name for error messages.
    public init(bytes source: [UInt8], named name: String = "memory") {
        path = name
        origin = .allocation
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
        copy.copyBytes(from: source)
        bytes = UnsafeRawBufferPointer(copy)
    }

    /// A part of another file's bytes, or memory that `owner` keeps alive.
    init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject, named name: String) {
        path = name
        origin = .borrowed(owner)
        self.bytes = bytes
    }

    deinit {
        switch origin {
        case .mapping: if bytes.count > 0 { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
        case .allocation: bytes.deallocate()
        case .borrowed: break
        }
    }

    /// The size of the file.
    public var byteCount: Int { bytes.count }

    /// Calls a function with the file's bytes; the pointer is valid during the call only.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// Tells the system that whole pages in a part of the mapping are not needed soon.
    func releasePages(of part: UnsafeRawBufferPointer) {
        guard case .mapping = origin, let start = part.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (Int(bitPattern: start) + page - 1) / page * page
        let end = (Int(bitPattern: start) + part.count) / page * page
        if first < end { madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_DONTNEED) }
    }

    /// A copy of the file's bytes.
    public var array: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The file as a JSON text; the error names the file.
    public func json() throws(TensorFileError) -> JSON {
        do {
            return try withUnsafeBytes { (bytes) throws(JSONError) in
                try JSON(parsing: bytes.assumingMemoryBound(to: UInt8.self))
            }
        } catch {
            throw TensorFileError(
                path: path, problem: error.problem, byteOffset: error.byteOffset, expected: "JSON")
        }
    }

    /// The elements in a range of the file, which the caller has checked: the mapped memory itself if it is aligned
    /// for the type, else a copy.
    func tensor(at range: Range<Int>, dtype: DType, shape: TensorShape) throws(TensorFileError) -> AnyTensor {
        let part = UnsafeRawBufferPointer(rebasing: bytes[range])
        let address = Int(bitPattern: part.baseAddress)
        let hasForeignFlags = dtype == .bool && part.contains { $0 > 1 }
        if part.isEmpty || address % dtype.byteCount != 0 || hasForeignFlags {
            let storage = try TensorStorage(byteCount: part.count, readingFrom: path)
            return AnyTensor(copying: part, dtype: dtype, shape: shape, to: storage)
        }
        let storage = TensorStorage(borrowing: part, owner: self)
        return AnyTensor(dtype: dtype, storage: storage, layout: Layout(shape))
    }
}

/// An error with the text of `errno`, which the failed call has just set.
func systemError(_ path: String, _ problem: String) -> TensorFileError {
    let code = errno
    return TensorFileError(path: path, problem: "\(problem): \(String(cString: strerror(code))) (errno \(code))")
}
