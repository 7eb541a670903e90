import Glibc
import Tensor

/// Runs workloads under valgrind's callgrind, each in a process of its own.
struct Callgrind {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// The program that does one workload when it is called with the name.
    let program: String
    /// Where counts and logs go while the processes run.
    private let folder: String

    init(program: String) throws {
        self.program = program
        var template = Array("/tmp/martlet-budget-XXXXXX".utf8CString)
        guard let created = mkdtemp(&template) else { throw Failure(description: "no folder in /tmp can be made") }
        folder = String(cString: created)
    }

    /// The number of instructions of each workload, in the same order; as many run at once as there are cores.
    ///
    /// Whatever could make two runs or two machines differ is fixed: one thread, one instruction set, OpenBLAS's kernels
    /// of one processor, one seed for hash tables.
    func counts(of names: [String]) throws -> [Int] {
        for (name, value) in [
            "MARTLET_ISA": "avx2", "MARTLET_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell",
            "OPENBLAS_NUM_THREADS": "1", "SWIFT_DETERMINISTIC_HASHING": "1",
        ] { setenv(name, value, 1) }
        defer { removeFolder() }
        var running: [pid_t: String] = [:]
        for name in names {
            if running.count >= max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) { try waitForOne(&running) }
            running[try start(name)] = name
        }
        while !running.isEmpty { try waitForOne(&running) }
        return try names.map(readCount)
    }

    private func start(_ name: String) throws -> pid_t {
        let arguments = [
            "valgrind", "--tool=callgrind", "--toggle-collect=budget_counted",
            "--callgrind-out-file=\(folder)/\(name).out", program, name,
        ]
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/\(name).log", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var process: pid_t = 0
        let code = posix_spawnp(&process, "valgrind", &actions, nil, &pointers, environ)
        guard code == 0 else {
            throw Failure(description: "valgrind cannot be started: \(String(cString: strerror(code)))")
        }
        return process
    }

    private func waitForOne(_ running: inout [pid_t: String]) throws {
        var status: Int32 = 0
        let process = waitpid(-1, &status, 0)
        guard let name = running.removeValue(forKey: process) else { throw Failure(description: "a process is lost") }
        guard status == 0 else {
            let log = (try? MappedFile(contentsOf: "\(folder)/\(name).log").array) ?? []
            throw Failure(description: "\(name) failed under valgrind:\n\(String(decoding: log, as: UTF8.self))")
        }
    }

    private func readCount(_ name: String) throws -> Int {
        let text = String(decoding: try MappedFile(contentsOf: "\(folder)/\(name).out").array, as: UTF8.self)
        let line = text.split(separator: "\n").last { $0.hasPrefix("totals: ") }
        guard let count = line.flatMap({ Int($0.dropFirst(8)) }), count > 0 else {
            throw Failure(description: "callgrind counted nothing of \(name)")
        }
        return count
    }

    private func removeFolder() {
        for name in Workload.all.map(\.name) {
            unlink("\(folder)/\(name).out")
            unlink("\(folder)/\(name).log")
        }
        rmdir(folder)
    }
}
