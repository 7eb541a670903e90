import Foundation

/// Runs the tool that was built beside the tests.
struct Tool {
    /// What a run left.
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()

    /// Starts the tool.
    ///
    /// - Parameters:
    ///   - arguments: what stands behind its name.
    ///   - input: what it reads from its standard input.
    ///   - models: the folder where it looks for the models of `make models`.
    init(_ arguments: [String], input: String = "", models: String = "/nowhere") throws {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.executableURL = tests.deletingLastPathComponent().appendingPathComponent("martlet")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["MARTLET_MODELS": models, "SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        pipe.fileHandleForWriting.write(Data(input.utf8))
        try pipe.fileHandleForWriting.close()
    }

    /// Asks it to stop, as Ctrl-C does.
    func interrupt() { process.interrupt() }

    /// Waits until it has written a line of errors that contains a text.
    func waitForRemark(_ text: String) -> String {
        var seen = ""
        while !seen.contains(text) {
            let data = errors.fileHandleForReading.availableData
            if data.isEmpty { break }
            seen += String(decoding: data, as: UTF8.self)
        }
        return seen
    }

    /// Waits for its end. The outputs here are far smaller than a pipe's buffer.
    func wait() -> Result {
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self),
            errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
    }

    /// Runs the tool to its end.
    static func run(_ arguments: String..., input: String = "", models: String = "/nowhere") throws -> Result {
        try Tool(arguments, input: input, models: models).wait()
    }
}

/// An empty folder that goes away with the object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-commands-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
