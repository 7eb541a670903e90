// Counts the instructions of a few workloads and compares them with their budgets: `make budget`, and part of
// `make test`. Unlike seconds, counts are the same on a busy machine, so that a slow-down of a few per cent shows.
//
//     instruction-budget <budget file> [--update]     all workloads under callgrind
//     instruction-budget <workload>                   one workload, as callgrind runs it

import Glibc
import Tensor

/// Prints a row of the table; false if the count is above its budget.
func isWithinBudget(_ name: String, _ count: Int, _ budget: Int?) -> Bool {
    let ratio = budget.map { Double(count) / Double($0) }
    let verdict: String
    switch ratio {
    case nil: verdict = "no budget: make budget UPDATE=1"
    case let ratio? where ratio > 1 + BudgetFile.slack: verdict = "ABOVE ITS BUDGET"
    case let ratio? where ratio < 1 - BudgetFile.slack: verdict = "less than its budget: make budget UPDATE=1"
    default: verdict = ""
    }
    let share = ratio.map { "\(Double(Int(($0 * 1000).rounded())) / 10) %" } ?? "–"
    func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let title = name + String(repeating: " ", count: max(0, 30 - name.count))
    print(title, right("\(count)", 10), right(budget.map { "\($0)" } ?? "–", 10), right(share, 8), verdict)
    return ratio.map { $0 <= 1 + BudgetFile.slack } ?? false
}

func compareAll(with path: String, updating: Bool) throws -> Bool {
    var file = try BudgetFile(path: path)
    let names = Workload.all.map(\.name)
    let counts = try Callgrind(program: CommandLine.arguments[0]).counts(of: names)
    var isGood = true
    for (name, count) in zip(names, counts) where !isWithinBudget(name, count, file[name]) { isGood = false }
    guard updating else { return isGood }
    try file.replace(by: Array(zip(names, counts)).map { ($0, $1) })
    print("\(path) is written")
    return true
}

let arguments = CommandLine.arguments.dropFirst()
guard let first = arguments.first else {
    print("instruction-budget <budget file> [--update]")
    exit(2)
}
if let workload = Workload.all.first(where: { $0.name == first }) {
    workload.runCounted()
} else if InstructionSet.current == "scalar" {
    print("instruction budget: the counts are those of AVX2, which this processor does not have; nothing is counted")
} else {
    do {
        exit(try compareAll(with: first, updating: arguments.contains("--update")) ? 0 : 1)
    } catch {
        print("instruction budget: \(error)")
        exit(2)
    }
}
