import Glibc

/// A file that grows at its end; every write reaches the operating system before the call returns.
///
/// It keeps its first error and writes nothing after that, so that a log never has a hole that nobody knows of.
struct AppendingFile: ~Copyable {
    let path: String
    private let descriptor: Int32
    private(set) var firstError: ReportError?
    private var isClosed = false

    /// Opens a file for appending, or creates it.
    ///
    /// - Parameter mustBeNew: Throws if the file exists.
    init(path: String, mustBeNew: Bool = false) throws(ReportError) {
        self.path = path
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (mustBeNew ? O_EXCL : 0)
        descriptor = open(path, flags, 0o666)
        if descriptor < 0 { throw .system(path, "opening") }
    }

    /// Whether the file ends in the middle of a line, as after a crash.
    var endsInsideLine: Bool {
        let reader = open(path, O_RDONLY | O_CLOEXEC)
        guard reader >= 0 else { return false }
        defer { _ = Glibc.close(reader) }
        let size = lseek(reader, 0, SEEK_END)
        var last: UInt8 = 0
        return size > 0 && pread(reader, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    mutating func append(_ bytes: [UInt8]) {
        guard firstError == nil, !isClosed else { return }
        if !AtomicFile.writeAll(descriptor, bytes) { firstError = .system(path, "appending") }
    }

    /// Flushes to the disk and closes; throws the first error of all writes.
    mutating func close() throws(ReportError) {
        if !isClosed {
            isClosed = true
            // Pipes and terminals cannot be flushed to a disk and say EINVAL.
            if fsync(descriptor) != 0, errno != EINVAL, firstError == nil { firstError = .system(path, "flushing") }
            if Glibc.close(descriptor) != 0, firstError == nil { firstError = .system(path, "closing") }
        }
        if let firstError { throw firstError }
    }

    deinit {
        if !isClosed { _ = Glibc.close(descriptor) }
    }
}
