import Glibc

/// Replaces files so that a reader, or a crash, sees either the old content or the new one, never a part.
///
/// The content goes to a temporary file in the same directory, which is flushed to disk and renamed over the target;
/// then the directory is flushed. When anything fails, the temporary file is removed and the old file stays.
///
/// ```swift
/// try AtomicFile.write(to: "config.json", Array(text.utf8))
/// ```
public enum AtomicFile {
    /// Replaces or creates a file with the given bytes.
    public static func write(to path: String, _ bytes: [UInt8]) throws(TensorFileError) {
        try write(to: path) { (output) throws(TensorFileError) in
            try output.write(bytes)
        }
    }

    /// Replaces or creates a file with what `body` writes; an error from `body` leaves the old file as it was.
    public static func write(
        to path: String, _ body: (borrowing Output) throws(TensorFileError) -> Void
    ) throws(TensorFileError) {
        let target = resolvingLink(path)
        let (temporary, descriptor) = try createTemporary(beside: target, requestedPath: path)
        do {
            try body(Output(path: path, descriptor: descriptor))
            try finish(descriptor, target: target, path: path)
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        guard close(descriptor) == 0 else {
            let failure = systemError(path, "cannot close the temporary file")
            unlink(temporary)
            throw failure
        }
        guard rename(temporary, target) == 0 else {
            let failure = systemError(path, "cannot rename the temporary file into place")
            unlink(temporary)
            throw failure
        }
        try flushDirectory(of: target, path: path)
    }

    /// Where the content of a new file goes.
    public struct Output: ~Copyable {
        let path: String
        let descriptor: Int32

        /// Appends bytes to the file.
        public borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(TensorFileError) {
            var rest = bytes
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    throw systemError(path, "cannot write \(rest.count) bytes")
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }

        /// Appends bytes to the file.
        public borrowing func write(_ bytes: [UInt8]) throws(TensorFileError) {
            try bytes.withUnsafeBufferPointer { (buffer) throws(TensorFileError) in
                try write(UnsafeRawBufferPointer(buffer))
            }
        }
    }

    /// The file behind a symbolic link, so that writing replaces the file and not the link.
    private static func resolvingLink(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func createTemporary(
        beside target: String, requestedPath: String
    ) throws(TensorFileError) -> (path: String, descriptor: Int32) {
        let (directory, name) = split(target)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw TensorFileError(path: requestedPath, problem: "the path does not name a file")
        }
        var generator = SystemRandomNumberGenerator()
        while true {
            // File names hold at most 255 bytes; the random part keeps writers of one file apart.
            let suffix = String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 36)
            let stem = String(decoding: name.utf8.prefix(200), as: UTF8.self)
            let temporary = directory + "." + stem + "." + suffix + ".tmp"
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (temporary, descriptor) }
            if errno != EEXIST { throw systemError(requestedPath, "cannot create a temporary file beside it") }
        }
    }

    /// Gives the new file the old one's permissions and waits until its content is on the disk.
    private static func finish(_ descriptor: Int32, target: String, path: String) throws(TensorFileError) {
        var status = stat()
        if stat(target, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw TensorFileError(path: path, problem: "this exists and is not a regular file")
            }
            _ = fchmod(descriptor, status.st_mode & 0o7777)
        }
        guard fsync(descriptor) == 0 else { throw systemError(path, "cannot flush the file to disk") }
    }

    private static func flushDirectory(of target: String, path: String) throws(TensorFileError) {
        let directory = split(target).directory
        let descriptor = open(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "cannot open the directory to flush it") }
        defer { close(descriptor) }
        // Some file systems cannot flush directories; the rename itself is atomic there too.
        if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP {
            throw systemError(path, "cannot flush the directory to disk")
        }
    }

    /// The directory with its final slash (empty for a bare name) and the last component.
    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        let start = path.utf8.index(after: slash)
        return (String(path[..<start]), String(path[start...]))
    }
}
