import Tabular
import Tensor

/// People measured in one study: expression of genes, and who has the disease.
///
/// ```swift
/// let cohort = try Cohort(name: "mine", expression: "x.npy", labels: "y.npy", probes: "genes.txt")
/// ```
public struct Cohort: Sendable, Hashable {
    /// What the cohort is called in tables.
    public var name: String
    /// The ids of the columns.
    public var probes: [String]
    /// `[people, probes]`, on a logarithmic scale; NaN where a value is missing.
    public var features: FeatureMatrix
    /// 1 for the disease, else 0.
    public var labels: [Int]

    /// Joins measurements and labels.
    ///
    /// - Parameters:
    ///   - mergesDuplicates: Whether probes of one id are replaced by the mean of their values at the place of the first.
    ///   - allowsMissing: Whether values may be missing, which is NaN; see ``MissingValues``.
    /// - Throws: ``CohortError`` if counts differ, a label is neither 0 nor 1, only one of them occurs, a value is
    ///   infinite, or missing unless `allowsMissing`; ``CohortError/duplicateProbe(_:cohort:)`` unless `mergesDuplicates`.
    public init(
        name: String, probes: [String], features: FeatureMatrix, labels: [Int], mergesDuplicates: Bool = false,
        allowsMissing: Bool = false
    ) throws(CohortError) {
        guard probes.count == features.columns, labels.count == features.rows else {
            throw .countsDiffer(
                cohort: name, rows: features.rows, labels: labels.count, columns: features.columns,
                probes: probes.count)
        }
        if let row = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw .badLabel(cohort: name, row: row, label: labels[row])
        }
        guard labels.contains(0), labels.contains(1) else { throw .oneClass(cohort: name) }
        if let index = features.values.firstIndex(where: { !$0.isFinite && !(allowsMissing && $0.isNaN) }) {
            throw .missingValue(
                cohort: name, row: index / features.columns, probe: probes[index % features.columns])
        }
        var places: [String: [Int]] = [:]
        for (column, probe) in probes.enumerated() { places[probe, default: []].append(column) }
        self.name = name
        self.labels = labels
        self.probes = probes
        self.features = features
        guard places.count < probes.count else { return }
        guard mergesDuplicates else {
            let twice = probes.first { (places[$0]?.count ?? 0) > 1 } ?? ""
            throw .duplicateProbe(twice, cohort: name)
        }
        var seen: Set<String> = []
        self.probes = probes.filter { seen.insert($0).inserted }
        var merged: [Double] = []
        for row in 0..<features.rows {
            for probe in self.probes {
                let known = (places[probe] ?? []).map { features[row, $0] }.filter { !$0.isNaN }
                merged.append(known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count))
            }
        }
        self.features = FeatureMatrix(rows: features.rows, columns: self.probes.count, values: merged)
    }

    /// The number of people.
    public var count: Int { labels.count }

    /// Stops unless every value is there.
    ///
    /// - Throws: ``CohortError/missingValue(cohort:row:probe:)``.
    func requireComplete() throws(CohortError) {
        guard let index = features.values.firstIndex(where: { !$0.isFinite }) else { return }
        throw .missingValue(cohort: name, row: index / features.columns, probe: probes[index % features.columns])
    }

    /// Some of the people.
    public func selecting(_ rows: [Int]) -> (features: FeatureMatrix, labels: [Int]) {
        (features.selecting(rows: rows), rows.map { labels[$0] })
    }
}

/// What is wrong with a cohort, or with cohorts together.
public enum CohortError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Rows and labels, or columns and probe ids, do not match.
    case countsDiffer(cohort: String, rows: Int, labels: Int, columns: Int, probes: Int)
    /// A label that is neither 0 nor 1.
    case badLabel(cohort: String, row: Int, label: Int)
    /// All people have the same label.
    case oneClass(cohort: String)
    /// A value is missing or infinite.
    case missingValue(cohort: String, row: Int, probe: String)
    /// A probe has no value in the rows that a study learns from.
    case noValue(probe: String, cohort: String)
    /// Two columns have the same id.
    case duplicateProbe(String, cohort: String)
    /// The cohort lacks probes that a model was trained on.
    case missingProbes([String], cohort: String)
    /// The cohorts share too few probes.
    case tooFewSharedProbes(have: Int, need: Int, cohorts: [String])
    /// The table seems to be on a logarithmic scale already.
    case alreadyLogarithmic(cohort: String, largest: Double)
    /// A file is not what it should be.
    case file(path: String, problem: String)
    /// Two cohorts have the same name.
    case duplicateName(String)
    /// There is no cohort of that name.
    case noSuchCohort(String, have: [String])
    /// A class has too few people.
    case tooFewPeople(cohort: String, label: Int, have: Int, need: Int)
    /// The training part of a fold has too few people of a class to learn from.
    case degenerateFold(cohort: String, fold: Int, label: Int, have: Int)
    /// A cohort, or a set of its people, has too few of them for a task.
    case tooFewPeopleForTask(cohort: String, have: Int, need: Int)
    /// There is no cohort at all.
    case noCohorts

    /// The error as a sentence.
    public var description: String {
        switch self {
        case .countsDiffer(let cohort, let rows, let labels, let columns, let probes):
            "Cohort \(cohort) has \(rows) rows and \(labels) labels, \(columns) columns and \(probes) probe ids."
        case .badLabel(let cohort, let row, let label):
            "The label of row \(row) of cohort \(cohort) is \(label); labels are 0 and 1."
        case .oneClass(let cohort): "All people of cohort \(cohort) have the same label; a study needs both."
        case .missingValue(let cohort, let row, let probe):
            "The value of probe \(probe) in row \(row) of cohort \(cohort) is missing or infinite; impute it first."
        case .noValue(let probe, let cohort):
            "Probe \(probe) has no value in the rows of cohort \(cohort) to learn from; leave it out."
        case .duplicateProbe(let probe, let cohort):
            "Probe \(probe) occurs more than once in cohort \(cohort); merge duplicates or rename them."
        case .missingProbes(let probes, let cohort):
            "Cohort \(cohort) lacks \(probes.count) probes of the model, the first of them \(probes.first ?? "")."
        case .tooFewSharedProbes(let have, let need, let cohorts):
            "The cohorts \(cohorts.joined(separator: ", ")) share \(have) probes; at least \(need) are needed."
        case .alreadyLogarithmic(let cohort, let largest):
            "The largest value of cohort \(cohort) is \(largest): it seems to be logarithmic already."
        case .file(let path, let problem): "\(path): \(problem)"
        case .duplicateName(let name): "Two cohorts are called \(name); tables could not tell them apart."
        case .noSuchCohort(let name, let have):
            "There is no cohort \(name); there are \(have.joined(separator: ", "))."
        case .tooFewPeople(let cohort, let label, let have, let need):
            "Cohort \(cohort) has \(have) people of class \(label); at least \(need) are needed."
        case .degenerateFold(let cohort, let fold, let label, let have):
            "The training part of fold \(fold) of cohort \(cohort) has \(have) people of class \(label); 2 are needed."
        case .tooFewPeopleForTask(let cohort, let have, let need):
            "A task of cohort \(cohort) has \(have) people to draw or in a set; at least \(need) are needed."
        case .noCohorts: "There is no cohort to draw tasks from."
        }
    }
}
