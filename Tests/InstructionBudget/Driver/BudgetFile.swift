import Tensor

/// The number of instructions that each workload may take, on disk.
struct BudgetFile {
    /// How far a count may lie above its budget: compilers and libraries move a little between versions.
    static let slack = 0.05

    let path: String
    private(set) var budgets: JSONObject

    init(path: String) throws {
        self.path = path
        budgets = try MappedFile(contentsOf: path).json().objectValue ?? [:]
    }

    subscript(name: String) -> Int? { budgets[name]?.intValue }

    /// Makes the counts the new budgets and forgets those of workloads that are gone.
    mutating func replace(by counts: [(name: String, count: Int)]) throws {
        budgets = [:]
        for (name, count) in counts { budgets[name] = .integer(Int64(count)) }
        try AtomicFile.write(to: path, JSON.object(budgets).utf8(indentation: 4) + [UInt8(ascii: "\n")])
    }
}
