import Glibc

/// Calls a function with the path of a new directory, which is removed with its files afterwards.
func inTemporaryDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/martlet-test-XXXXXX".utf8CString)
    guard let created = mkdtemp(&template) else { fatalError("mkdtemp failed") }
    let directory = String(cString: created)
    defer {
        for name in fileNames(in: directory) { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }
    try body(directory)
}

/// The names in a directory, without `.` and `..`, sorted.
func fileNames(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}
