import Glibc

/// Writes a text to the standard output at once, although its line is not finished.
func show(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
}

/// Writes a line to the standard error, where it does not mix with what a command was asked for.
func remark(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// All of the standard input as text; bytes that are not UTF-8 become U+FFFD.
func standardInput() -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count <= 0 { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}
