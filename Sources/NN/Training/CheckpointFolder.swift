import Glibc
import Tensor

/// A folder of checkpoints of one run, each a folder of its own that appears complete or not at all.
///
/// A checkpoint is written under a temporary name, flushed to the disk and renamed; a crash at any moment leaves the
/// earlier ones as they are. `manifest.json` holds the length and the CRC-32 of every file, so that damage is found.
public struct CheckpointFolder: Sendable, Hashable {
    /// The folder's path.
    public let path: String

    /// Names a folder; it need not exist yet.
    public init(_ path: String) { self.path = path }

    /// The steps with a checkpoint, the earliest first.
    public func steps() throws(CheckpointError) -> [Int] {
        guard access(path, F_OK) == 0 else { return [] }
        return try directoryEntries(path).compactMap(CheckpointFolder.step(ofEntry:)).sorted()
    }

    /// The folder of the checkpoint of a step.
    public func path(ofStep step: Int) -> String {
        let digits = String(step)
        return "\(path)/step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    }

    /// The step of the latest checkpoint.
    public func latestStep() throws(CheckpointError) -> Int {
        guard let step = try steps().last else { throw .noCheckpoint(folder: path) }
        return step
    }

    /// Writes a checkpoint, replacing one of the same step, and removes all but the latest `keeping`.
    ///
    /// - Parameters:
    ///   - step: the training step the checkpoint is of.
    ///   - keeping: how many of the latest checkpoints stay, at least 1.
    ///   - body: writes the files into the folder it is given.
    public func write(
        step: Int, keeping: Int, _ body: (_ folder: String) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        try makeDirectories(path)
        removeLeftovers()
        let temporary = "\(path)/.\(getpid())-\(UInt32.random(in: 0...UInt32.max)).tmp"
        guard mkdir(temporary, 0o777) == 0 else { throw .latest(temporary, "create the folder") }
        do throws(CheckpointError) {
            try body(temporary)
            try Manifest(describing: temporary).write(to: temporary)
            try flush(temporary)
            try install(temporary, as: path(ofStep: step))
        } catch {
            removeFolder(temporary)
            throw error
        }
        try flush(path)
        for old in try steps().dropLast(max(keeping, 1)) where old != step { try remove(step: old) }
    }

    /// Checks a checkpoint's files against its manifest.
    public func verify(step: Int) throws(CheckpointError) {
        let folder = path(ofStep: step)
        guard access(folder, F_OK) == 0 else { throw .noCheckpoint(folder: folder) }
        try Manifest(readFrom: folder).check(folder)
    }

    private static func step(ofEntry name: String) -> Int? {
        guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0 else { return nil }
        return step
    }

    /// Makes a complete folder visible; exchanges it with an older one of the same name in one system call.
    private func install(_ temporary: String, as target: String) throws(CheckpointError) {
        if rename(temporary, target) == 0 { return }
        guard errno == EEXIST || errno == ENOTEMPTY else { throw .latest(target, "rename a new checkpoint to") }
        guard exchange(temporary, target) else { throw .latest(target, "replace") }
        removeFolder(temporary)
    }

    /// Takes a checkpoint out of sight before its files go, so that nobody sees a part of it.
    private func remove(step: Int) throws(CheckpointError) {
        let hidden = "\(path)/.\(getpid())-\(UInt32.random(in: 0...UInt32.max)).tmp"
        guard rename(path(ofStep: step), hidden) == 0 else { throw .latest(path(ofStep: step), "remove") }
        removeFolder(hidden)
    }

    /// Removes what processes that have died since left under temporary names.
    private func removeLeftovers() {
        for name in (try? directoryEntries(path)) ?? [] where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            guard let process = Int32(name.dropFirst().prefix { $0 != "-" }) else { continue }
            if process != getpid(), kill(process, 0) != 0, errno == ESRCH { removeFolder("\(path)/\(name)") }
        }
    }
}

extension CheckpointError {
    /// An error with the text of `errno`, which the failed call has just set.
    static func latest(_ path: String, _ operation: String) -> CheckpointError {
        .system(path: path, operation: operation, reason: String(cString: strerror(errno)))
    }
}

/// The names in a directory but `.` and `..`.
func directoryEntries(_ path: String) throws(CheckpointError) -> [String] {
    guard let directory = opendir(path) else { throw .latest(path, "list") }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

private func makeDirectories(_ path: String) throws(CheckpointError) {
    var status = stat()
    if stat(path, &status) == 0 {
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .system(path: path, operation: "use as a folder", reason: "it is a file")
        }
        return
    }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectories(String(path[..<slash])) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .latest(path, "create the folder") }
}

/// Swaps the names of two folders in one system call, so that each name leads to one of them at any moment.
private func exchange(_ first: String, _ second: String) -> Bool {
    // The C library has the function, its module for Swift does not.
    typealias RenameAt = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    guard let address = dlsym(nil, "renameat2") else {
        errno = ENOSYS
        return false
    }
    let exchangeFlag: UInt32 = 2  // RENAME_EXCHANGE of linux/fs.h
    return unsafeBitCast(address, to: RenameAt.self)(AT_FDCWD, first, AT_FDCWD, second, exchangeFlag) == 0
}

/// Removes a folder of files; what cannot be removed stays under its temporary name.
private func removeFolder(_ path: String) {
    for name in (try? directoryEntries(path)) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
}

/// Waits until a directory's entries are on the disk.
private func flush(_ directory: String) throws(CheckpointError) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .latest(directory, "open") }
    defer { close(descriptor) }
    // Some file systems cannot flush directories.
    if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP { throw .latest(directory, "flush") }
}
