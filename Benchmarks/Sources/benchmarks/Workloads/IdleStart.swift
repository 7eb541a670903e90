import Foundation

let startWorkloads: [Workload] = [
    // A program that imports the core, does one operation and ends.
    Workload("idle_start", .none) {
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let program = own.deletingLastPathComponent().appendingPathComponent("idle").path
        return { run(program) }
    }
]

/// Starts a program without arguments and waits for its end.
private func run(_ program: String) {
    var process = pid_t()
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
    defer { free(arguments[0]) }
    guard posix_spawn(&process, program, nil, nil, &arguments, environ) == 0 else {
        fatalError("\(program) cannot be started")
    }
    var status: Int32 = 0
    waitpid(process, &status, 0)
}
