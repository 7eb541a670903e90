import Tabular

/// A family file of NCBI's Gene Expression Omnibus in its SOFT format: blocks that begin with `^`, lines `!name = value`
/// about them, and a table of tab-separated fields in the blocks of platforms and samples.
///
/// ```swift
/// let family = try SOFTFamily(contentsOf: "GSE13255_family.soft.gz")
/// let cohort = try family.cohort(name: "gse13255", characteristic: "status", positive: "cancer")
/// let genes = try cohort.collapsed(by: family.platforms[0].map(from: "ID", to: "Symbol"), .mostVariable)
/// ```
public struct SOFTFamily: Sendable {
    /// The annotation of the platforms, in the file's order.
    public let platforms: [PlatformTable]
    /// The accession numbers of the samples, in the file's order.
    public let samples: [String]
    /// The ids of the probes, in the order in which the samples' tables first name them.
    public let probes: [String]
    /// `[samples, probes]`, of the column `VALUE`; NaN where a value is missing or the sample has no such probe. Several
    /// values of one probe in one sample are averaged.
    public let values: FeatureMatrix
    /// What is said about each sample, by the name before the colon; nil where nothing is.
    public let characteristics: [String: [String?]]

    /// Reads a file, compressed or not.
    ///
    /// - Parameter platform: The accession of the platform whose samples are read; nil where all are of one.
    /// - Throws: ``CohortError/file(path:problem:)`` with the line and what was expected.
    public init(contentsOf path: String, platform: String? = nil) throws(CohortError) {
        let lines: [String]
        do {
            lines = try textLines(of: path)
        } catch {
            throw .file(path: path, problem: "\(error)")
        }
        try self.init(lines: lines, platform: platform, path: path)
    }

    /// Reads the lines of a file; the path is for errors.
    public init(lines: [String], platform: String? = nil, path: String) throws(CohortError) {
        var reader = SOFTReader(path: path)
        for (number, line) in lines.enumerated() { try reader.read(line, number: number + 1) }
        try reader.finish()
        platforms = reader.platforms
        let measured = reader.samples.filter { platform == nil || $0.platform == platform }
        func problem(_ text: String) -> CohortError { .file(path: path, problem: text) }
        let found = Set(reader.samples.compactMap(\.platform)).sorted()
        guard !measured.isEmpty else {
            let wanted = platform.map { " of platform \($0), only of \(found.joined(separator: ", "))" } ?? ""
            throw problem("there are no samples with a table" + wanted)
        }
        if platform == nil, found.count > 1 {
            throw problem("the samples are of the platforms \(found.joined(separator: ", ")); choose one")
        }
        var places: [String: Int] = [:]
        var probes: [String] = []
        for sample in measured {
            for (probe, _) in sample.values where places[probe] == nil {
                places[probe] = probes.count
                probes.append(probe)
            }
        }
        var values = FeatureMatrix(
            rows: measured.count, columns: probes.count,
            values: [Double](repeating: .nan, count: measured.count * probes.count))
        var characteristics: [String: [String?]] = [:]
        for (row, sample) in measured.enumerated() {
            var sums: [Int: (sum: Double, count: Int)] = [:]
            for (probe, value) in sample.values where !value.isNaN {
                let place = places[probe]!
                let (sum, count) = sums[place] ?? (0, 0)
                sums[place] = (sum + value, count + 1)
            }
            for (place, own) in sums { values[row, place] = own.sum / Double(own.count) }
            for note in sample.characteristics {
                characteristics[note.name, default: Array(repeating: nil, count: measured.count)][row] = note.value
            }
        }
        samples = measured.map(\.accession)
        self.probes = probes
        self.values = values
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

/// Reads a family file line by line.
private struct SOFTReader {
    struct Sample {
        let accession: String
        var platform: String?
        var rowCount: Int?
        var characteristics: [(name: String, value: String)] = []
        var values: [(probe: String, value: Double)] = []
        var hasTable = false
    }

    enum Block { case other, platform(String), sample }

    struct Table {
        let name: String
        let line: Int
        var columns: [String] = []
        var probe = 0
        var value = 0
    }

    let path: String
    var platforms: [PlatformTable] = []
    var samples: [Sample] = []
    var block = Block.other
    var table: Table?

    init(path: String) { self.path = path }

    mutating func read(_ line: String, number: Int) throws(CohortError) {
        let path = path
        func problem(_ text: String) -> CohortError { .file(path: path, problem: "line \(number): \(text)") }
        if table != nil, !line.hasPrefix("!"), !line.hasPrefix("^") {
            if !line.isEmpty { try readRow(GEOText.fields(line), problem) }
            return
        }
        let (key, value) = parts(line)
        switch key {
        case "^SAMPLE", "^PLATFORM", "^SERIES", "^DATABASE":
            if let table { throw problem("the table of line \(table.line) has no \(table.name)_table_end") }
            if key == "^SAMPLE" {
                guard !value.isEmpty else { throw problem("a sample without an accession") }
                if samples.contains(where: { $0.accession == value }) { throw problem("sample \(value) occurs twice") }
                try checkRows(problem)
                samples.append(Sample(accession: value))
                block = .sample
            } else {
                block = key == "^PLATFORM" ? .platform(value) : .other
            }
        case "!sample_table_begin", "!platform_table_begin":
            let name = key == "!sample_table_begin" ? "sample" : "platform"
            switch (block, name) {
            case (.sample, "sample"):
                let last = samples.count - 1
                if samples[last].hasTable { throw problem("a second table of the sample") }
                samples[last].hasTable = true
            case (.platform(let id), "platform"): platforms.append(PlatformTable(id: id, columns: [], rows: []))
            default: throw problem("a table of a \(name) outside the block of one")
            }
            table = Table(name: name, line: number)
        case "!sample_table_end", "!platform_table_end":
            guard let open = table, key == "!\(open.name)_table_end" else {
                throw problem("\(key) without a table of that kind")
            }
            guard !open.columns.isEmpty else { throw problem("the table has no header") }
            table = nil
        default:
            if let table { throw problem("\(key) within the \(table.name)'s table") }
            if case .sample = block { try readNote(key, value, problem) }
        }
    }

    mutating func finish() throws(CohortError) {
        if let table {
            throw .file(
                path: path, problem: "the file ends within the \(table.name)'s table that begins in line \(table.line)")
        }
        try checkRows { .file(path: path, problem: $0) }
        samples.removeAll { !$0.hasTable }
    }

    /// The text before the first `=` and after it.
    private func parts(_ line: String) -> (key: String, value: String) {
        guard let equals = line.firstIndex(of: "=") else { return (line.trimmingSpaces(), "") }
        return (line[..<equals].trimmingSpaces(), line[line.index(after: equals)...].trimmingSpaces())
    }

    private mutating func readNote(
        _ key: String, _ value: String, _ problem: (String) -> CohortError
    ) throws(CohortError) {
        let last = samples.count - 1
        switch key {
        case "!Sample_platform_id": samples[last].platform = value
        case "!Sample_characteristics_ch1":
            if let note = GEOText.characteristic(value) { samples[last].characteristics.append(note) }
        case "!Sample_data_row_count":
            guard let count = Int(value), count >= 0 else { throw problem("\"\(value)\" is no number of rows") }
            samples[last].rowCount = count
        default: break
        }
    }

    private mutating func readRow(_ fields: [String], _ problem: (String) -> CohortError) throws(CohortError) {
        guard var open = table else { return }
        let (platform, sample) = (platforms.count - 1, samples.count - 1)
        if open.columns.isEmpty {
            open.columns = fields
            if open.name == "sample" {
                guard let probe = fields.firstIndex(of: "ID_REF"), let value = fields.firstIndex(of: "VALUE") else {
                    throw problem("the columns are \(fields.joined(separator: ", ")), without ID_REF and VALUE")
                }
                (open.probe, open.value) = (probe, value)
            } else {
                platforms[platform].columns = fields
            }
            table = open
            return
        }
        guard fields.count == open.columns.count else {
            throw problem("\(fields.count) fields, but the header has \(open.columns.count)")
        }
        guard open.name == "sample" else {
            platforms[platform].rows.append(fields)
            return
        }
        guard let value = GEOText.number(fields[open.value]) else {
            throw problem("\"\(fields[open.value])\" is not a number")
        }
        samples[sample].values.append((fields[open.probe], value))
    }

    /// Compares the rows of the last sample with what is said about their number; 0 is said of samples without a table.
    private func checkRows(_ problem: (String) -> CohortError) throws(CohortError) {
        guard let last = samples.last, last.hasTable, let count = last.rowCount, count != last.values.count else {
            return
        }
        throw problem("sample \(last.accession) has \(last.values.count) rows, but its row count is \(count)")
    }
}
