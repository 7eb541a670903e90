import Tabular

/// What the text formats of NCBI's Gene Expression Omnibus have in common.
enum GEOText {
    /// The fields of a line: separated by tabs, maybe in quotes.
    static func fields(_ line: String) -> [String] {
        line.split(separator: "\t", omittingEmptySubsequences: false).map { field in
            let text = field.trimmingSpaces()
            guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
            return String(text.dropFirst().dropLast())
        }
    }

    /// The number of a field: NaN for a missing one, nil for one that is no finite number.
    static func number(_ field: String) -> Double? {
        if field.isEmpty || field == "null" || field == "NA" || field == "NaN" { return .nan }
        return Double(field).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The name and the value of a characteristic, `name: value`; nil for a note of another form.
    static func characteristic(_ note: String) -> (name: String, value: String)? {
        guard let colon = note.firstIndex(of: ":") else { return nil }
        return (note[..<colon].trimmingSpaces(), note[note.index(after: colon)...].trimmingSpaces())
    }
}

extension Cohort {
    /// The samples of which a characteristic is known.
    init(
        name: String, probes: [String], values: FeatureMatrix, characteristics: [String: [String?]],
        characteristic: String, positive: String, excluding: Set<String>, allowsMissing: Bool
    ) throws(CohortError) {
        guard let found = characteristics[characteristic] else {
            throw .file(
                path: name,
                problem: "there is no characteristic \"\(characteristic)\", only "
                    + characteristics.keys.sorted().joined(separator: ", "))
        }
        let chosen = found.indices.filter { sample in found[sample].map { !excluding.contains($0) } ?? false }
        try self.init(
            name: name, probes: probes, features: values.selecting(rows: chosen),
            labels: chosen.map { found[$0] == positive ? 1 : 0 }, mergesDuplicates: true, allowsMissing: allowsMissing)
    }
}
