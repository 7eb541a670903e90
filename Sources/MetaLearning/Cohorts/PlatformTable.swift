import Tabular

/// The annotation of a platform's probes, as a SOFT file has it: which gene a probe measures, and whatever else is known.
public struct PlatformTable: Sendable, Hashable {
    /// The platform's accession.
    public let id: String
    /// The names of the columns.
    public internal(set) var columns: [String]
    /// The fields of every probe, in the order of the columns.
    public internal(set) var rows: [[String]]

    /// What one column says about the ids in another, as symbols of genes about probes; empty fields are left out. Of an
    /// id that occurs more than once, the first row counts. A field that names several genes is one text.
    ///
    /// - Throws: ``CohortError/file(path:problem:)`` if there is no such column.
    public func map(from key: String = "ID", to value: String) throws(CohortError) -> [String: String] {
        func place(_ name: String) throws(CohortError) -> Int {
            guard let place = columns.firstIndex(of: name) else {
                throw .file(
                    path: id, problem: "there is no column \(name), only \(columns.joined(separator: ", "))")
            }
            return place
        }
        let (from, to) = (try place(key), try place(value))
        var result: [String: String] = [:]
        for row in rows where !row[to].isEmpty && result[row[from]] == nil { result[row[from]] = row[to] }
        return result
    }
}

/// What stands for a gene that several probes measure.
public enum ProbeChoice: Sendable, Hashable {
    /// The mean of the probes.
    case mean
    /// The probe with the largest variance over people, the first of several.
    case mostVariable
}

extension Cohort {
    /// The cohort by gene instead of probe, in the order of the genes' first probes.
    ///
    /// No label is used; the variance is that of all people, so that a choice of probes by it is made outside of
    /// cross-validation.
    ///
    /// - Parameters:
    ///   - genes: The gene of each probe; others are left out.
    ///   - choice: What stands for a gene that several probes measure.
    /// - Throws: ``CohortError/missingProbes(_:cohort:)`` if no probe has a gene.
    public func collapsed(by genes: [String: String], _ choice: ProbeChoice) throws(CohortError) -> Cohort {
        var order: [String] = []
        var columns: [String: [Int]] = [:]
        for (column, probe) in probes.enumerated() {
            guard let gene = genes[probe] else { continue }
            if columns[gene] == nil { order.append(gene) }
            columns[gene, default: []].append(column)
        }
        guard !order.isEmpty else { throw .missingProbes(genes.keys.sorted(), cohort: name) }
        var result = self
        result.probes = order
        result.features = FeatureMatrix(
            rows: count, columns: order.count, values: [Double](repeating: .nan, count: count * order.count))
        for (place, gene) in order.enumerated() {
            var own = columns[gene] ?? []
            if choice == .mostVariable {
                let variances = own.map { variance(ofColumn: $0) }
                let largest = variances.indices.max { (variances[$0], $1) < (variances[$1], $0) } ?? 0
                own = [own[largest]]
            }
            for row in 0..<count {
                let known = own.map { features[row, $0] }.filter { !$0.isNaN }
                if !known.isEmpty { result.features[row, place] = known.reduce(0, +) / Double(known.count) }
            }
        }
        return result
    }

    /// The mean square around the mean of a column's known values; 0 where there are none.
    private func variance(ofColumn column: Int) -> Double {
        let known = features.column(column).filter { !$0.isNaN }
        guard !known.isEmpty else { return 0 }
        let mean = known.reduce(0, +) / Double(known.count)
        return known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)
    }
}
