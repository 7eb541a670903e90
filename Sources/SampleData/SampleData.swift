import Foundation

/// Small real data sets that come with the package.
///
/// Origins and licences are in `Resources/ORIGIN.md`.
public enum SampleData {
    /// The files, named by their place under `Resources`.
    public enum File: String, Sendable, CaseIterable {
        /// Expression of GSE13255, float16 `[255, 695]`.
        case lungExpression = "lung/gse13255_x.npy"
        /// Labels of GSE13255, uint8 `[255]`, 1 = lung cancer.
        case lungLabels = "lung/gse13255_y.npy"
        /// Expression of GSE135304, float16 `[712, 695]`.
        case lungSourceExpression = "lung/gse135304_x.npy"
        /// Labels of GSE135304, uint8 `[712]`, 1 = lung cancer.
        case lungSourceLabels = "lung/gse135304_y.npy"
        /// The probe ids of the 695 columns, one a line.
        case lungGenes = "lung/genes.txt"
        /// GSE42830 as compressed CSV, 695 probes and the label `y`, 95 rows.
        case lungValidationTable = "lung/gse42830.csv.gz"
        /// Radar returns, 34 features, `class` g or b, 351 rows.
        case ionosphere = "tables/ionosphere.csv.gz"
        /// Loans, 7 numbers and 13 codes, `class` good or bad, 1000 rows.
        case germanCredit = "tables/german_credit.csv.gz"
        /// Red wines, 11 features, `quality` 3 to 8, 1599 rows.
        case wineQuality = "tables/wine_quality_red.csv.gz"
        /// Mails, 57 features, `spam` 1 or 0, 4601 rows.
        case spambase = "tables/spambase.csv.gz"
        /// Noise of airfoils, 5 features, `sound_pressure_level_db`, 1503 rows.
        case airfoil = "tables/airfoil_self_noise.csv.gz"
        /// A made-up function of 5 of 50 features, `oz51`, 1000 rows.
        case friedman = "tables/fri_c3_1000_50.csv.gz"
        /// 1 MB of Shakespeare's plays, ASCII text.
        case shakespeare = "shakespeare/tinyshakespeare.txt"
        /// Origins and licences.
        case origin = "ORIGIN.md"
    }

    /// The path of a file.
    ///
    /// - Throws: `SampleDataError.missing` when the resources were not installed beside the program.
    public static func path(of file: File) throws(SampleDataError) -> String {
        let url = Bundle.module.bundleURL.appendingPathComponent("Resources").appendingPathComponent(file.rawValue)
        guard FileManager.default.isReadableFile(atPath: url.path) else { throw .missing(path: url.path) }
        return url.path
    }

    /// The bytes of a file.
    ///
    /// - Throws: `SampleDataError` when the file is missing or cannot be read.
    public static func bytes(of file: File) throws(SampleDataError) -> [UInt8] {
        let path: String = try path(of: file)
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        return [UInt8](data)
    }
}

/// Why a sample file is not available.
public enum SampleDataError: Error, Equatable, Sendable {
    /// There is no such file.
    case missing(path: String)
    /// The file exists but cannot be read.
    case unreadable(path: String)
}

extension SampleDataError: CustomStringConvertible {
    /// What went wrong, in one sentence.
    public var description: String {
        switch self {
        case .missing(let path): "The sample file \(path) is missing; are the package's resources beside the program?"
        case .unreadable(let path): "The sample file \(path) cannot be read."
        }
    }
}
