import Glibc
import GoldenSupport
import Tensor
import Testing

/// The guides under Docs/Guides, whose code must be the code of this folder's tests.
enum Guides {
    /// The blocks of Swift in a guide.
    static func blocks(of guide: String) throws -> [String] {
        let path = "\(Golden.packageDirectory)/Docs/Guides/\(guide).md"
        let text = String(decoding: try MappedFile(contentsOf: path).array, as: UTF8.self)
        return text.components("```swift\n").dropFirst().compactMap { $0.components("```").first }
    }

    /// Checks that a test's source contains every block of a guide, line by line, apart from indentation and imports.
    static func expect(_ guide: String, in file: String) throws {
        let source = plain(String(decoding: try MappedFile(contentsOf: file).array, as: UTF8.self))
        let blocks = try blocks(of: guide)
        #expect(!blocks.isEmpty)
        for block in blocks { #expect(source.contains(plain(block)), "\(guide): \(block)") }
    }

    private static func plain(_ code: String) -> String {
        let lines = code.split(separator: "\n").map { line in
            String(line.drop { $0 == " " })
        }
        return lines.filter { !$0.hasPrefix("import ") }.joined(separator: "\n")
    }
}

extension String {
    /// The parts between separators.
    fileprivate func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}

/// The two real models that `make models` fetches; tests that need an absent one are skipped and say so.
enum RealModels {
    static let smolLM2 = path("SmolLM2-135M-Instruct.Q4_1.gguf")
    static let miniLM = path("all-MiniLM-L6-v2")
    static let advice = "the models are not there: run `make models`"

    private static func path(_ name: String) -> String? {
        func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        let cache = environment("XDG_CACHE_HOME") ?? "\(environment("HOME") ?? "")/.cache"
        let path = "\(environment("MARTLET_MODELS") ?? "\(cache)/martlet/models")/\(name)"
        return access(path, R_OK) == 0 ? path : nil
    }
}

/// Calls a function with an empty folder that goes away afterwards.
func inTemporaryFolder(_ body: (_ folder: String) throws -> Void) throws {
    var template = Array("/tmp/martlet-guides-XXXXXX".utf8CString)
    guard let created = mkdtemp(&template) else { fatalError("mkdtemp failed") }
    let folder = String(cString: created)
    defer { removeTree(folder) }
    try body(folder)
}

private func removeTree(_ path: String) {
    guard let directory = opendir(path) else { return }
    defer {
        closedir(directory)
        rmdir(path)
    }
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name == "." || name == ".." { continue }
        if unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
    }
}
