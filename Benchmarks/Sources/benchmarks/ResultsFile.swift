import Foundation

/// The array of results on disk.
struct ResultsFile {
    let path: String

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
