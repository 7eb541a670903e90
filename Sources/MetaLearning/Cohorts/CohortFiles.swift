import Tabular
import Tensor

extension Cohort {
    /// Reads a cohort from arrays: expression `[people, probes]`, labels `[people]`, and probe ids, one a line.
    ///
    /// - Parameter allowsMissing: Whether values may be missing, which is NaN; see ``MissingValues``.
    /// - Throws: ``CohortError``.
    public init(
        name: String, expression: String, labels: String, probes: String, allowsMissing: Bool = false
    ) throws(CohortError) {
        let x = try Self.array(expression)
        let y = try Self.array(labels)
        guard x.rank == 2 else { throw .file(path: expression, problem: "an array of rank \(x.rank), not 2") }
        guard y.rank == 1 else { throw .file(path: labels, problem: "an array of rank \(y.rank), not 1") }
        let ids: [String]
        do {
            ids = try textLines(of: probes).map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        } catch {
            throw .file(path: probes, problem: "\(error)")
        }
        let features = FeatureMatrix(Tensor<Double>(converting: x))
        let numbers = Tensor<Double>(converting: y).array
        if let row = numbers.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw .file(path: labels, problem: "the label of row \(row) is \(numbers[row]), neither 0 nor 1")
        }
        try self.init(
            name: name, probes: ids, features: features, labels: numbers.map { Int($0) }, allowsMissing: allowsMissing)
    }

    private static func array(_ path: String) throws(CohortError) -> AnyTensor {
        do { return try AnyTensor(contentsOf: path) } catch { throw .file(path: path, problem: "\(error)") }
    }

    /// Reads a cohort from a table, CSV or compressed: a column for each probe, and one of labels.
    ///
    /// - Parameters:
    ///   - label: The column of labels.
    ///   - positive: The value that means the disease, others do not; nil for labels that are 0 and 1.
    ///   - allowsMissing: Whether cells may be empty; see ``MissingValues``.
    /// - Throws: ``CohortError``.
    public init(
        name: String, table path: String, label: String = "y", positive: String? = nil, allowsMissing: Bool = false
    ) throws(CohortError) {
        do {
            let table = try Table(csv: path)
            let classes = try table.labels(label)
            let names = classes.indices.map { classes.names[$0] }
            if positive == nil, let row = names.firstIndex(where: { $0 != "0" && $0 != "1" }) {
                throw CohortError.file(
                    path: path, problem: "the label of row \(row) is \"\(names[row])\", neither 0 nor 1")
            }
            if let positive, !classes.names.contains(positive) {
                throw CohortError.file(
                    path: path,
                    problem: "no label is \"\(positive)\"; there are \(classes.names.joined(separator: ", "))")
            }
            let isPositive = classes.matches(positive ?? "1")
            let rest = try table.removing(label)
            try self.init(
                name: name, probes: rest.columnNames, features: try rest.features(),
                labels: isPositive.map { $0 ? 1 : 0 }, allowsMissing: allowsMissing)
        } catch let error as CohortError {
            throw error
        } catch {
            throw .file(path: path, problem: "\(error)")
        }
    }

    /// Reads a cohort as its command-line name says: `NAME=TABLE.csv[.gz]` with a column `y` of zeros and ones,
    /// `NAME=TABLE.csv[.gz],COLUMN=VALUE` for another column, `NAME=X.npy,Y.npy,PROBES.txt`, or
    /// `NAME=SERIES.txt[.gz],KEY=VALUE`, a GEO series matrix, or a SOFT family if the file's name has `.soft` in it, whose
    /// characteristic KEY is VALUE for the disease.
    ///
    /// - Parameters:
    ///   - isIntensity: Whether values are intensities, whose logarithm to base 2 is taken.
    ///   - allowsMissing: Whether values may be missing; see ``MissingValues``.
    /// - Throws: ``CohortError``.
    public init(
        specification text: String, isIntensity: Bool = false, allowsMissing: Bool = false
    ) throws(CohortError) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw .file(path: text, problem: "not of the form NAME=FILE")
        }
        let name = String(text[..<equals])
        let parts = text[text.index(after: equals)...].split(separator: ",").map(String.init)
        var cohort: Cohort
        if parts.count == 3, parts[0].hasSuffix(".npy") {
            cohort = try Cohort(
                name: name, expression: parts[0], labels: parts[1], probes: parts[2], allowsMissing: allowsMissing)
        } else if parts.count == 1 {
            cohort = try Cohort(name: name, table: parts[0], allowsMissing: allowsMissing)
        } else if parts.count == 2, let equals = parts[1].firstIndex(of: "=") {
            let key = String(parts[1][..<equals])
            let value = String(parts[1][parts[1].index(after: equals)...])
            if parts[0].hasSuffix(".csv") || parts[0].hasSuffix(".csv.gz") {
                cohort = try Cohort(
                    name: name, table: parts[0], label: key, positive: value, allowsMissing: allowsMissing)
            } else if parts[0].contains(".soft") {
                cohort = try SOFTFamily(contentsOf: parts[0]).cohort(
                    name: name, characteristic: key, positive: value, allowsMissing: allowsMissing)
            } else {
                cohort = try SeriesMatrix(contentsOf: parts[0]).cohort(
                    name: name, characteristic: key, positive: value, allowsMissing: allowsMissing)
            }
        } else {
            throw .file(
                path: text, problem: "neither a table, nor three files, nor a table or series matrix with KEY=VALUE")
        }
        if isIntensity { cohort = try cohort.logarithmic() }
        self = cohort
    }

    /// log₂ max(x, 1) of intensities.
    ///
    /// - Throws: ``CohortError/alreadyLogarithmic(cohort:largest:)`` if no value reaches 50, unless `isForced`.
    public func logarithmic(isForced: Bool = false) throws(CohortError) -> Cohort {
        let largest = features.values.max() ?? 0
        if largest < 50, !isForced { throw .alreadyLogarithmic(cohort: name, largest: largest) }
        var result = self
        result.features = FeatureMatrix(features.tensor.maximum(Tensor(1)).log2())
        return result
    }
}

/// The lines of a text file, compressed or not.
func textLines(of path: String) throws -> [String] {
    let bytes = try readBytes(path: path, inflatedLimit: Table.defaultInflatedLimit)
    return String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        .map(String.init)
}

extension StringProtocol {
    /// The text without spaces and tabs at its ends.
    func trimmingSpaces() -> String {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
