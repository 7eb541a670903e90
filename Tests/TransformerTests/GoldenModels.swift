import Glibc
import GoldenSupport
import Tensor
import Transformer

/// The small checkpoints of the golden folders.
enum GoldenModels {
    /// The folders of all checkpoints, those of `MARTLET_GOLDEN` included.
    static func folders() throws -> [GoldenFolder] {
        let folders = try Golden.folders(topic: "core/models").flatMap { root in
            entries(of: root.path).map { GoldenFolder(path: "\(root.path)/\($0)") }
        }
        if folders.count < 7 { throw GoldenError("there are \(folders.count) golden models, not 7") }
        return folders
    }

    /// One checkpoint of the package's own.
    static func folder(_ name: String) throws -> GoldenFolder {
        GoldenFolder(path: "\(try Golden.folders(topic: "core/models")[0].path)/\(name)")
    }

    /// One model of the package's own.
    static func model(_ name: String) throws -> TransformerModel { try TransformerModel(folder: folder(name).path) }
}

/// The names in a folder, sorted.
func entries(of path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
}
