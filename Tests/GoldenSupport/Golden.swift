import Glibc
import Tensor

/// The reference values that tests compare with.
///
/// They lie in `Tests/Golden` of the package; the environment variable `MARTLET_GOLDEN` adds colon-separated folders
/// that are laid out the same way (`<folder>/core/ops/...`). A test that loops over ``folders(topic:)`` and the cases
/// of each index needs no change when cases are added.
///
/// ```swift
/// for folder in try Golden.folders(topic: "core/ops") {
///     let index = try folder.index("ops.index.json")
///     let values = try folder.tensors("ops.safetensors")
/// }
/// ```
public enum Golden {
    /// The folders that hold a topic, the package's own first.
    ///
    /// - Throws: ``GoldenError`` if the package itself has no such topic; extra folders may lack it.
    public static func folders(topic: String) throws(GoldenError) -> [GoldenFolder] {
        let own = "\(packageDirectory)/Tests/Golden/\(topic)"
        guard isDirectory(own) else { throw GoldenError("the package has no golden folder \(own)") }
        var result = [GoldenFolder(path: own)]
        for root in (environment("MARTLET_GOLDEN") ?? "").split(separator: ":") {
            guard isDirectory(String(root)) else {
                throw GoldenError("MARTLET_GOLDEN names \(root), which is not a directory")
            }
            let folder = "\(root)/\(topic)"
            if isDirectory(folder) { result.append(GoldenFolder(path: folder)) }
        }
        return result
    }

    /// The directory of the package: from `MARTLET_PACKAGE_DIR`, else where this source file was compiled.
    public static var packageDirectory: String {
        if let directory = environment("MARTLET_PACKAGE_DIR") { return directory }
        return #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// Why reference values could not be read: an incomplete golden folder, never a failed comparison.
public struct GoldenError: Error, CustomStringConvertible {
    /// What is missing, and where.
    public let description: String

    /// Describes what is missing.
    public init(_ description: String) { self.description = description }
}

/// One folder of reference values on one topic.
public struct GoldenFolder: Sendable, CustomStringConvertible {
    /// The folder's path.
    public let path: String

    /// Names a folder below one that ``Golden/folders(topic:)`` gave.
    public init(path: String) { self.path = path }

    /// The folder's path.
    public var description: String { path }

    /// The path of a file in the folder.
    ///
    /// - Throws: ``GoldenError`` if it does not exist.
    public func file(_ name: String) throws(GoldenError) -> String {
        let file = "\(path)/\(name)"
        guard access(file, R_OK) == 0 else { throw GoldenError("the golden file \(file) is missing") }
        return file
    }

    /// A JSON file of the folder, such as an index of cases.
    public func index(_ name: String) throws(GoldenError) -> JSON {
        let file = try file(name)
        do { return try MappedFile(contentsOf: file).json() } catch { throw GoldenError("\(error)") }
    }

    /// A safetensors file of the folder.
    public func tensors(_ name: String) throws(GoldenError) -> SafetensorsFile {
        let file = try file(name)
        do { return try SafetensorsFile(contentsOf: file) } catch { throw GoldenError("\(error)") }
    }
}
