import Foundation

/// The array of results on disk.
struct ResultsFile {
    let path: String

    /// Times in milliseconds and peak memory in MiB; behind each peer's time its ratio to ours.
    func table() throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        let results = try JSONDecoder().decode([Result].self, from: data)
        var peers: [String] = []
        for result in results where !peers.contains(result.peer) { peers.append(result.peer) }
        let names = ["workload", "threads", "Martlet"] + peers + ["of the limit", "MiB", "PyTorch's MiB"]
        var lines = [names.joined(separator: " | "), names.map { _ in "---" }.joined(separator: " | ")]
        for workload in Workload.all {
            for threads in Set(results.map(\.threads)).sorted() {
                let own = results.filter { $0.workload == workload.name && $0.threads == threads }
                guard let first = own.first else { continue }
                var cells = [workload.name, "\(threads)", milliseconds(first.ours_s)]
                for peer in peers {
                    let result = own.first { $0.peer == peer }
                    cells.append(
                        result.map { "\(milliseconds($0.peer_s)) (\(String(format: "%.2f", $0.ratio)))" } ?? "")
                }
                cells.append(first.limit_share.map { String(format: "%.0f %%", $0 * 100) } ?? "")
                cells.append("\(first.peak_bytes >> 20)")
                cells.append(own.first { $0.peer == "torch" }.map { "\($0.peer_peak_bytes >> 20)" } ?? "")
                lines.append(cells.joined(separator: " | "))
            }
        }
        return lines.map { "| \($0) |" }.joined(separator: "\n")
    }

    private func milliseconds(_ seconds: Double) -> String {
        String(format: seconds < 1e-3 ? "%.4f" : seconds < 1e-1 ? "%.2f" : "%.0f", seconds * 1e3)
    }

    /// Replaces the results of what has run and keeps the others.
    func merge(_ fresh: [Result]) throws {
        var results: [Result] = []
        if let data = FileManager.default.contents(atPath: path) {
            results = try JSONDecoder().decode([Result].self, from: data)
        }
        let done = Set(fresh.map { "\($0.workload) \($0.threads) \($0.peer)" })
        results.removeAll { done.contains("\($0.workload) \($0.threads) \($0.peer)") }
        results += fresh
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(results).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
