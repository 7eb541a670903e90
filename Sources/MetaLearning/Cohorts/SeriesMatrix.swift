import Tabular
import Tensor

/// A series matrix of NCBI's Gene Expression Omnibus: lines of tab-separated, quoted fields, `!` lines about samples,
/// and between `!series_matrix_table_begin` and `_end` a line for each probe.
///
/// ```swift
/// let series = try SeriesMatrix(contentsOf: "GSE13255_series_matrix.txt.gz")
/// let cohort = try series.cohort(name: "gse13255", characteristic: "status", positive: "cancer")
/// ```
public struct SeriesMatrix: Sendable {
    /// The accession numbers of the samples, in the table's order.
    public let samples: [String]
    /// The ids of the probes, in the table's order.
    public let probes: [String]
    /// `[samples, probes]`; missing values are NaN.
    public let values: FeatureMatrix
    /// What is said about each sample, by the name before the colon; nil where nothing is.
    public let characteristics: [String: [String?]]

    /// Reads a file, compressed or not.
    ///
    /// - Throws: ``CohortError/file(path:problem:)`` with the line and what was expected.
    public init(contentsOf path: String) throws(CohortError) {
        let lines: [String]
        do {
            lines = try textLines(of: path)
        } catch {
            throw .file(path: path, problem: "\(error)")
        }
        try self.init(lines: lines, path: path)
    }

    /// Reads the lines of a file; the path is for errors.
    public init(lines: [String], path: String) throws(CohortError) {
        var samples: [String] = []
        var probes: [String] = []
        var rows: [[Double]] = []
        var notes: [[String]] = []
        var isInside = false
        var isComplete = false
        for (number, line) in lines.enumerated() {
            func problem(_ text: String) -> CohortError { .file(path: path, problem: "line \(number + 1): \(text)") }
            if line.hasPrefix("!series_matrix_table_begin") {
                isInside = true
            } else if line.hasPrefix("!series_matrix_table_end") {
                isInside = false
                isComplete = true
            } else if isInside, !line.isEmpty {
                let fields = GEOText.fields(line)
                if samples.isEmpty {
                    guard fields.first == "ID_REF", fields.count > 1 else {
                        throw problem("the table begins with \(fields.first ?? "nothing"), not with ID_REF and samples")
                    }
                    samples = Array(fields.dropFirst())
                    continue
                }
                guard fields.count == samples.count + 1 else {
                    throw problem("\(fields.count) fields, but the header has \(samples.count + 1)")
                }
                probes.append(fields[0])
                var numbers: [Double] = []
                for field in fields.dropFirst() {
                    guard let value = GEOText.number(field) else { throw problem("\"\(field)\" is not a number") }
                    numbers.append(value)
                }
                rows.append(numbers)
            } else if line.hasPrefix("!Sample_characteristics_ch1") {
                notes.append(Array(GEOText.fields(line).dropFirst()))
            }
        }
        guard isComplete, !samples.isEmpty else {
            throw .file(path: path, problem: "there is no table between series_matrix_table_begin and _end")
        }
        self.samples = samples
        self.probes = probes
        var values = FeatureMatrix(
            rows: samples.count, columns: probes.count,
            values: [Double](repeating: .nan, count: samples.count * probes.count))
        for (probe, numbers) in rows.enumerated() {
            for (sample, value) in numbers.enumerated() { values[sample, probe] = value }
        }
        self.values = values
        var characteristics: [String: [String?]] = [:]
        for line in notes {
            // A line's fields may be about different things: their names decide, not their places.
            for (sample, note) in line.enumerated() where sample < samples.count {
                guard let (name, value) = GEOText.characteristic(note) else { continue }
                characteristics[name, default: Array(repeating: nil, count: samples.count)][sample] = value
            }
        }
        self.characteristics = characteristics
    }

    /// The samples of which a characteristic is known, as a cohort.
    ///
    /// - Parameters:
    ///   - characteristic: The name before the colon.
    ///   - positive: The value that means the disease; others do not.
    ///   - excluding: Values whose samples are left out.
    ///   - allowsMissing: Whether values may be missing; see ``MissingValues``.
    /// - Throws: ``CohortError``.
    public func cohort(
        name: String, characteristic: String, positive: String, excluding: Set<String> = [],
        allowsMissing: Bool = false
    ) throws(CohortError) -> Cohort {
        try Cohort(
            name: name, probes: probes, values: values, characteristics: characteristics,
            characteristic: characteristic, positive: positive, excluding: excluding, allowsMissing: allowsMissing)
    }
}
