import CZlib
import Glibc
import GoldenSupport
import Tensor
import Tokenizers

/// The tokenizers that golden files name.
enum TokenizerFiles {
    /// Loads a tokenizer by name: from a golden folder, if it has a file of that name, else from the package's own.
    static func load(_ name: String, near folder: GoldenFolder? = nil) throws -> Tokenizer {
        let path = try path(name, near: folder)
        return path.hasSuffix(".gz")
            ? try Tokenizer(json: inflated(path), named: path) : try Tokenizer(contentsOf: path)
    }

    /// The path of a tokenizer's file, which may end in `.gz`.
    static func path(_ name: String, near folder: GoldenFolder? = nil) throws -> String {
        var directories: [String] = []
        if let folder {
            directories += [
                folder.path, "\(folder.path)/files", "\(folder.path)/\(name)",
                "\(folder.path)/../../data/core/tokenizers",
            ]
        }
        directories.append("\(Golden.packageDirectory)/Tests/Golden/core/tokenizers/files")
        for directory in directories {
            for file in ["\(name).tokenizer.json", "\(name)/tokenizer.json", "tokenizer.json"] {
                for suffix in ["", ".gz"] where access("\(directory)/\(file)\(suffix)", R_OK) == 0 {
                    if file == "tokenizer.json", !directory.hasSuffix("/\(name)") { continue }
                    return "\(directory)/\(file)\(suffix)"
                }
            }
        }
        throw GoldenError("there is no tokenizer \(name) near \(folder?.path ?? "the package")")
    }

    /// The bytes of a tokenizer's file.
    static func bytes(_ name: String) throws -> [UInt8] {
        let path = try path(name)
        return path.hasSuffix(".gz") ? try inflated(path) : try MappedFile(contentsOf: path).array
    }

    /// The bytes of a gzip file.
    static func inflated(_ path: String) throws -> [UInt8] {
        guard let file = gzopen(path, "rb") else { throw GoldenError("cannot open \(path)") }
        defer { gzclose(file) }
        var result: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = gzread(file, &part, UInt32(part.count)), count > 0 {
            result.append(contentsOf: part[..<Int(count)])
        }
        return result
    }
}

extension JSON {
    /// The whole numbers of an array.
    var integers: [Int] { arrayValue?.compactMap(\.intValue) ?? [] }

    /// The strings of an array.
    var strings: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }
}

/// Whether two texts have the same bytes; strings themselves compare canonical equivalents as equal.
func sameBytes(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

/// Whether two lists of texts have the same bytes.
func sameBytes(_ a: [String], _ b: [String]) -> Bool { a.count == b.count && zip(a, b).allSatisfy(sameBytes) }
