import ArgumentParser
import Foundation
import Report

@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks", abstract: "Times Martlet beside its peers.",
        subcommands: [Run.self, WorkerCommand.self, List.self, Table.self], defaultSubcommand: Run.self)
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs workloads in Martlet and in the peers by turns and prints a table.")

    @Option(help: "The workloads, separated by commas; all if absent.")
    var only = ""

    @Option(help: "The numbers of threads, separated by commas.")
    var threads = "1,2"

    @Option(help: "The peers, separated by commas; none to time Martlet alone.")
    var peers = "openblas,numpy,torch,torch_compile,torch_loop,jax,sklearn,llama_cpp,tokenizers"

    @Option(help: "The peers' Python.")
    var python = "python3"

    @Option(help: "The peers' program.")
    var worker = "peers/worker.py"

    @Option(help: "How often each library has its turn.")
    var rounds = 5

    @Option(help: "The seconds of a turn.")
    var seconds = 0.3

    @Option(help: "Where results go; those of workloads that did not run are kept.")
    var output: String?

    func run() throws {
        let names = only.split(separator: ",").map(String.init)
        for name in names where !Workload.all.contains(where: { $0.name == name }) {
            throw ValidationError("there is no workload \(name); see: benchmarks list")
        }
        let comparison = Comparison(
            python: python, worker: worker, peers: peers.split(separator: ",").map(String.init).filter { $0 != "none" },
            rounds: rounds, secondsPerRound: seconds)
        var results: [Result] = []
        for count in threads.split(separator: ",").compactMap({ Int($0) }) {
            let limits = try comparison.limits(threads: count)
            print(
                "\(count) thread\(count == 1 ? "" : "s"): limits "
                    + "\(limits.operationsPerSecond.formatted(1e9)) GFLOP/s (fastest sgemm), "
                    + "\(limits.bytesPerSecond.formatted(1e9)) GB/s (fastest triad)")
            for workload in Workload.all where names.isEmpty || names.contains(workload.name) {
                if let file = workload.file, access(file, R_OK) != 0 {
                    print("\(workload.name): skipped, there is no \(file)")
                    continue
                }
                for result in try comparison.results(of: workload, threads: count, limits: limits) {
                    results.append(result)
                    print(result.line)
                    fflush(nil)
                }
            }
        }
        if let output { try ResultsFile(path: output).merge(results) }
    }
}

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Runs one workload, told by standard input for how long.",
        shouldDisplay: false)

    @Argument var workload: String
    @Argument var threads: Int

    func run() throws {
        guard let workload = Workload.all.first(where: { $0.name == workload }) else {
            print("none")
            return
        }
        try Worker.run(workload, threads: threads)
    }
}

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Names the workloads.")

    func run() { for workload in Workload.all { print(workload.name) } }
}

struct Table: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints stored results as a table in Markdown: a line for each workload and number of threads.")

    @Argument(help: "The results.")
    var results = "results.json"

    func run() throws { print(try ResultsFile(path: results).table()) }
}

extension Double {
    fileprivate func formatted(_ unit: Double) -> String { String(format: "%.1f", self / unit) }
}

extension Result {
    /// A row of the printed table.
    fileprivate var line: String {
        let share = limit_share.map { String(format: "%4.0f %%", $0 * 100) } ?? "     –"
        let name = workload.padding(toLength: 30, withPad: " ", startingAt: 0)
        let peerName = peer.padding(toLength: 10, withPad: " ", startingAt: 0)
        return String(
            format: "%@ %d  ours %9.4f ms  %@ %9.4f ms  ratio %6.2f  limit %@  peak %5d / %5d MiB", name, threads,
            ours_s * 1e3, peerName, peer_s * 1e3, ratio, share, peak_bytes >> 20, peer_peak_bytes >> 20)
    }
}
