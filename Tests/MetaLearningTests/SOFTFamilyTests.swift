import Foundation
import MetaLearning
import Tabular
import Testing

/// Two platforms and four samples, as GEO writes them; the numbers are made up.
private let text = """
    ^DATABASE = GeoMiame
    !Database_name = Gene Expression Omnibus (GEO)
    !Database_institute = NCBI NLM NIH
    ^SERIES = GSE0
    !Series_title = Blood = cancer?
    !Series_sample_id = GSM1
    ^PLATFORM = GPL1
    !Platform_title = HumanHT-12
    #ID = Unique identifier for the probe
    #Symbol = Gene symbol
    !platform_table_begin
    ID\tSpecies\tSymbol
    ILMN_1\tHomo sapiens\tTP53
    ILMN_2\tHomo sapiens\tEGFR
    ILMN_3\tHomo sapiens\tTP53
    ILMN_4\tHomo sapiens\t
    !platform_table_end
    ^SAMPLE = GSM1
    !Sample_title = one
    !Sample_characteristics_ch1 = status: cancer
    !Sample_characteristics_ch1 = age: 61
    !Sample_platform_id = GPL1
    !Sample_data_row_count = 4
    #ID_REF =
    #VALUE = log2 of the intensity
    !sample_table_begin
    ID_REF\tDetection Pval\tVALUE
    ILMN_1\t0.01\t1.5
    ILMN_2\t0.02\t-2e-1
    ILMN_3\t0.03\t3
    ILMN_4\t0.04\t4
    !sample_table_end
    ^SAMPLE = GSM2
    !Sample_characteristics_ch1 = age: 50
    !Sample_characteristics_ch1 = status:control
    !Sample_characteristics_ch1 = a note
    !Sample_platform_id = GPL1
    !sample_table_begin
    ID_REF\tVALUE
    ILMN_2\t6
    "ILMN_1"\t"5"
    ILMN_3\tnull
    ILMN_4\t8
    !sample_table_end
    ^SAMPLE = GSM3
    !Sample_characteristics_ch1 = status: control
    !Sample_platform_id = GPL1
    !sample_table_begin
    ID_REF\tVALUE
    ILMN_1\t7
    ILMN_2\t8
    ILMN_2\t10
    ILMN_3\t9
    !sample_table_end
    ^SAMPLE = GSM4
    !Sample_characteristics_ch1 = age: 44
    !Sample_platform_id = GPL1
    !sample_table_begin
    ID_REF\tVALUE
    ILMN_1\t1
    !sample_table_end
    """

@Suite struct SOFTFamilyTests {
    private func family(_ text: String = text, platform: String? = nil) throws -> SOFTFamily {
        try SOFTFamily(lines: text.components(separatedBy: "\n"), platform: platform, path: "f.soft")
    }

    @Test("samples' tables are joined by probe, with what is not there as missing")
    func values() throws {
        let read = try family()
        #expect(read.samples == ["GSM1", "GSM2", "GSM3", "GSM4"])
        #expect(read.probes == ["ILMN_1", "ILMN_2", "ILMN_3", "ILMN_4"])
        #expect(Array(read.values.row(0)) == [1.5, -0.2, 3, 4])
        #expect(read.values.row(1).map { $0.isNaN ? -1 : $0 } == [5, 6, -1, 8])
        #expect(read.values.row(2).map { $0.isNaN ? -1 : $0 } == [7, 9, 9, -1])
        #expect(read.values.row(3).map { $0.isNaN ? -1 : $0 } == [1, -1, -1, -1])
        #expect(read.characteristics["status"] == ["cancer", "control", "control", nil])
        #expect(read.characteristics["age"] == ["61", "50", nil, "44"])
    }

    @Test("a cohort has the samples of which the characteristic is known")
    func cohort() throws {
        let read = try family()
        let cohort = try read.cohort(
            name: "own", characteristic: "status", positive: "cancer", allowsMissing: true)
        #expect(cohort.labels == [1, 0, 0] && cohort.probes == read.probes)
        #expect(throws: CohortError.missingValue(cohort: "own", row: 1, probe: "ILMN_3")) {
            try read.cohort(name: "own", characteristic: "status", positive: "cancer")
        }
        #expect(throws: CohortError.self) { try read.cohort(name: "own", characteristic: "sex", positive: "m") }
        #expect(throws: CohortError.oneClass(cohort: "own")) {
            try read.cohort(
                name: "own", characteristic: "status", positive: "cancer", excluding: ["control"], allowsMissing: true)
        }
    }

    @Test("platforms map probes to genes, and probes of one gene become one")
    func genes() throws {
        let read = try family()
        let genes = try read.platforms[0].map(to: "Symbol")
        #expect(read.platforms[0].id == "GPL1")
        #expect(genes == ["ILMN_1": "TP53", "ILMN_2": "EGFR", "ILMN_3": "TP53"])
        let cohort = try read.cohort(
            name: "own", characteristic: "status", positive: "cancer", allowsMissing: true)
        let means = try cohort.collapsed(by: genes, .mean)
        #expect(means.probes == ["TP53", "EGFR"] && means.labels == cohort.labels)
        #expect(means.features.column(0) == [2.25, 5, 8] && means.features.column(1) == [-0.2, 6, 9])
        // 3 and 9 vary more than 1.5, 5 and 7.
        let variable = try cohort.collapsed(by: genes, .mostVariable)
        #expect(variable.features.column(0).map { $0.isNaN ? -1 : $0 } == [3, -1, 9])
        #expect(throws: CohortError.missingProbes(["x"], cohort: "own")) { try cohort.collapsed(by: ["x": "y"], .mean) }
        #expect {
            try read.platforms[0].map(to: "Gene")
        } throws: {
            "\($0)".contains("GPL1: there is no column Gene, only ID, Species, Symbol")
        }
    }

    @Test("files are read with any line ends")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString).soft")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.replacingOccurrences(of: "\n", with: "\r\n").utf8).write(to: URL(fileURLWithPath: path))
        let read = try SOFTFamily(contentsOf: path)
        #expect(read.probes.count == 4 && read.characteristics["status"]?[0] == "cancer")
        #expect(throws: CohortError.self) { try SOFTFamily(contentsOf: path + ".missing") }
    }

    @Test("samples of several platforms are an error until one is chosen")
    func platforms() throws {
        let mixed = text.replacingOccurrences(
            of: "^SAMPLE = GSM4\n!Sample_characteristics_ch1 = age: 44\n!Sample_platform_id = GPL1",
            with: "^SAMPLE = GSM4\n!Sample_characteristics_ch1 = age: 44\n!Sample_platform_id = GPL2")
        #expect { try family(mixed) } throws: { "\($0)".contains("of the platforms GPL1, GPL2; choose one") }
        #expect(try family(mixed, platform: "GPL1").samples == ["GSM1", "GSM2", "GSM3"])
        #expect { try family(mixed, platform: "GPL3") } throws: {
            "\($0)".contains("of platform GPL3, only of GPL1, GPL2")
        }
    }

    @Test(
        "what is no family file is an error with its line",
        arguments: [
            ("ILMN_1\t0.01\t1.5", "ILMN_1\t0.01", "line 28: 2 fields, but the header has 3"),
            ("ILMN_1\t0.01\t1.5", "ILMN_1\t0.01\tx", "line 28: \"x\" is not a number"),
            ("ILMN_1\t0.01\t1.5", "ILMN_1\t0.01\tinf", "line 28: \"inf\" is not a number"),
            ("Pval\tVALUE", "Pval\tSIGNAL", "line 27: the columns are ID_REF, Detection Pval, SIGNAL, without"),
            ("^SAMPLE = GSM2", "^SAMPLE = GSM1", "line 33: sample GSM1 occurs twice"),
            ("^SAMPLE = GSM2", "^SAMPLE =", "line 33: a sample without an accession"),
            ("row_count = 4", "row_count = 5", "line 33: sample GSM1 has 4 rows, but its row count is 5"),
            ("row_count = 4", "row_count = x", "line 23: \"x\" is no number of rows"),
            ("ILMN_4\t0.04\t4\n!sample_table_end\n", "", "line 31: the table of line 26 has no sample_table_end"),
            ("ILMN_1\t1\n!sample_table_end", "ILMN_1\t1", "the file ends within the sample's table that begins"),
            ("!platform_table_end", "!sample_table_end", "line 17: !sample_table_end without a table of that kind"),
            ("^PLATFORM = GPL1\n", "", "line 10: a table of a platform outside the block of one"),
            ("ILMN_4\t8\n", "!Sample_title = two\n", "line 43: !Sample_title within the sample's table"),
            ("ILMN_4\t8\n!sample_table_end\n", "!sample_table_end\n!sample_table_begin\n", "a second table"),
        ])
    func badFiles(old: String, new: String, problem: String) throws {
        #expect(text.contains(old))
        #expect {
            try family(text.replacingOccurrences(of: old, with: new))
        } throws: {
            "\($0)".contains(problem)
        }
    }

    @Test("a file without samples is an error")
    func empty() {
        #expect { try family("") } throws: { "\($0)".contains("f.soft: there are no samples with a table") }
        #expect { try family("^SAMPLE = GSM1") } throws: { "\($0)".contains("no samples with a table") }
    }
}
