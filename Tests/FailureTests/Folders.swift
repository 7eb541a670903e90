import Foundation

/// A folder that goes with its content when the object does.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/martlet-failure-XXXXXX".utf8CString)
        guard let created = mkdtemp(&template) else { fatalError("mkdtemp failed") }
        path = String(cString: created)
        // Other users have to find the way to the folders below.
        chmod(path, 0o755)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Makes a folder inside.
    func folder(_ name: String) -> String {
        mkdir("\(path)/\(name)", 0o755)
        return "\(path)/\(name)"
    }
}

/// A small file system in memory, mounted while the object lives.
final class FileSystem {
    private let path: String

    init(mountedAt path: String, byteCount: Int) throws {
        self.path = path
        guard FileSystem.mount("tmpfs", path, "tmpfs", 0, "size=\(byteCount)") == 0 else { throw Refused() }
    }

    deinit { _ = FileSystem.unmount(path) }

    struct Refused: Error {}

    /// Whether this process may mount file systems: root may, unless a container forbids it.
    static let canMount: Bool = {
        let folder = TemporaryFolder()
        return (try? FileSystem(mountedAt: folder.path, byteCount: 4096)) != nil
    }()

    // The C library has the functions, its module for Swift does not.
    private typealias Mount =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>, UInt, UnsafePointer<CChar>
        ) -> Int32
    private typealias Unmount = @convention(c) (UnsafePointer<CChar>) -> Int32
    private static let mount = unsafeBitCast(dlsym(nil, "mount"), to: Mount.self)
    private static let unmount = unsafeBitCast(dlsym(nil, "umount"), to: Unmount.self)
}
