import Glibc

/// What can go wrong when a report or a log is written.
public enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file operation failed: which file, which step, and the reason that the system gave.
    case cannotWrite(path: String, step: String, reason: String)
    /// The path exists and is not a regular file.
    case notAFile(path: String)

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .cannotWrite(let path, let step, let reason):
            "Cannot write \(path): \(step) failed: \(reason)."
        case .notAFile(let path):
            "Cannot write \(path): it exists and is not a regular file."
        }
    }

    static func system(_ path: String, _ step: String) -> ReportError {
        .cannotWrite(path: path, step: step, reason: String(cString: strerror(errno)))
    }
}

/// Files that are either complete or not there: readers never see half of one.
enum AtomicFile {
    /// Replaces the file at `path` by `text` in UTF-8.
    static func write(_ text: String, to path: String) throws(ReportError) {
        try write(Array(text.utf8), to: path)
    }

    /// Replaces the file at `path`: writes a new file beside it, flushes it to the disk and renames it.
    ///
    /// A symbolic link stays one, its target is replaced; the permissions of an existing file are kept.
    static func write(_ bytes: [UInt8], to path: String) throws(ReportError) {
        var target = path
        var mode: mode_t?
        var information = stat()
        if stat(path, &information) == 0 {
            guard information.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
            mode = information.st_mode & 0o7777
            if let resolved = realpath(path, nil) {
                target = String(cString: resolved)
                free(resolved)
            }
        }
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
        let temporary = folder + ".\(UInt64.random(in: 0...UInt64.max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system(path, "creating a temporary file in \(folder)") }
        do throws(ReportError) {
            try fill(descriptor, with: bytes, mode: mode, path: path)
        } catch {
            _ = unlink(temporary)
            throw error
        }
        guard rename(temporary, target) == 0 else {
            let error = ReportError.system(path, "renaming the temporary file")
            _ = unlink(temporary)
            throw error
        }
        // The new name is on the disk only once the folder is; a file system that cannot flush folders still has the file.
        let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folderDescriptor >= 0 {
            _ = fsync(folderDescriptor)
            _ = close(folderDescriptor)
        }
    }

    private static func fill(
        _ descriptor: Int32, with bytes: [UInt8], mode: mode_t?, path: String
    ) throws(ReportError) {
        var failure: ReportError?
        if let mode, fchmod(descriptor, mode) != 0 { failure = .system(path, "setting the permissions") }
        if failure == nil, !writeAll(descriptor, bytes) { failure = .system(path, "writing") }
        if failure == nil, fsync(descriptor) != 0 { failure = .system(path, "flushing") }
        if close(descriptor) != 0, failure == nil { failure = .system(path, "closing") }
        if let failure { throw failure }
    }

    /// Writes all bytes, however many calls that takes; false with `errno` set if one fails.
    static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    return false
                }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }
}
