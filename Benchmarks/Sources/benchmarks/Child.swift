import Foundation

/// A worker process: a workload in one library, waiting for rounds.
final class Child {
    enum Failure: Error, CustomStringConvertible {
        case died(String)

        var description: String {
            switch self {
            case .died(let command): "the worker ended early: \(command)"
            }
        }
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffered = Data()
    private let command: String

    /// Starts a worker; nil if the library has no such workload.
    init?(_ arguments: [String]) throws {
        command = arguments.joined(separator: " ")
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.standardInput = input
        process.standardOutput = output
        process.standardError =
            ProcessInfo.processInfo.environment["BENCH_VERBOSE"] == nil
            ? FileHandle.nullDevice : FileHandle.standardError
        try process.run()
        switch try line() {
        case "ready": return
        case "none": return nil
        default: throw Failure.died(command)
        }
    }

    /// Has the worker call its workload for about so many seconds.
    func round(seconds: Double) throws -> Round {
        try input.fileHandleForWriting.write(contentsOf: Data("\(seconds)\n".utf8))
        return try JSONDecoder().decode(Round.self, from: Data(line().utf8))
    }

    private func line() throws -> String {
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffered[buffered.startIndex..<end], as: UTF8.self)
                buffered = Data(buffered[(end + 1)...])
                return line
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw Failure.died(command) }
            buffered += more
        }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
