import ArgumentParser
import Foundation
import MetaLearning
import Report
import SampleData
import Tensor

/// `martlet study`: does meta-learning help? Runs the comparisons and writes them down with the commands.
struct Study: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare meta-learning with its baselines and write the results down.",
        discussion: """
            Without cohorts of your own, the study runs on the three that come with the package. A cohort is
            NAME=TABLE.csv[.gz] with a column y of zeros and ones, NAME=TABLE.csv[.gz],COLUMN=VALUE for another
            column that is VALUE for the disease, NAME=X.npy,Y.npy,PROBES.txt, or NAME=SERIES.txt.gz,KEY=VALUE for
            a GEO series matrix or SOFT family whose characteristic KEY is VALUE for the disease. Values are logarithmic unless
            --intensity is given.

              martlet study --output results.md
              martlet study --parts few-shot --cohort mine=mine.csv --cohort other=other.csv.gz --target mine
            """)

    /// The parts of the study.
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case sinusoid, glyphs, fewShot = "few-shot", crossValidation = "cross-validation", controls, publishedCode =
            "published-code", attributions

        /// The parts that concern a target.
        static let ofCohorts: [Part] = [.fewShot, .crossValidation, .controls, .publishedCode, .attributions]
    }

    /// How cohorts are made comparable.
    enum Harmonizing: String, CaseIterable, ExpressibleByArgument {
        case perCohort = "per-cohort", normalRanks = "normal-ranks", quantiles, comBat = "combat"

        var value: Harmonization {
            switch self {
            case .perCohort: .perCohort
            case .normalRanks: .normalRanks
            case .quantiles: .quantiles
            case .comBat: .comBat
            }
        }
    }

    @Option(help: "A cohort by its files; give at least two.")
    var cohort: [String] = []

    @Option(help: "The cohorts to predict; all of them if absent.")
    var target: [String] = []

    @Option(parsing: .upToNextOption, help: "The parts to run; all if absent.")
    var parts: [Part] = Part.allCases

    @Option(parsing: .upToNextOption, help: "Everything is repeated for each of these.")
    var seeds: [UInt64] = [1, 2, 3]

    @Option(help: "Draws of few people for each seed.")
    var draws = 10

    @Option(help: "Meta-updates on sine waves for each method.")
    var sinusoidIterations = 3_000

    @Option(help: "Updates on glyphs for each method.")
    var glyphIterations = 600

    @Option(help: "Updates of each network on a cohort.")
    var steps = 150

    @Option(help: "The weight of the target beside the sources in MAML's objective, from 0 to 1.")
    var alpha = 0.5

    @Option(help: "The rate of MAML's inner step.")
    var innerRate = 0.05

    @Option(help: "How cohorts are made comparable.")
    var harmonization = Harmonizing.perCohort

    @Flag(inversion: .prefixedNo, help: "Add mixed and noisy copies of source people.")
    var augmentation = true

    @Flag(help: "Make as many new source people of the rarer class as it lacks.")
    var equalise = false

    @Flag(help: "Fill missing values in with medians of the rows that are learned from; without it they are an error.")
    var impute = false

    @Flag(help: "Cross-validate in folds that do not keep the ratio of the classes, as the published code does.")
    var unstratified = false

    @Flag(help: "Take the logarithm to base 2 of cohorts whose values are intensities, 50 and more.")
    var intensity = false

    @Option(help: "Where the results go, in Markdown; standard output if absent.")
    var output: String?

    func validate() throws {
        guard cohort.count != 1 else { throw ValidationError("--cohort is given once; a study needs two at least.") }
        guard draws > 1, steps > 0, sinusoidIterations > 0, glyphIterations > 0, !seeds.isEmpty else {
            throw ValidationError("--draws must be at least 2; --steps, iterations and --seeds at least 1.")
        }
        guard (0...1).contains(alpha), innerRate >= 0, innerRate.isFinite else {
            throw ValidationError("--alpha must be from 0 to 1, --inner-rate not negative.")
        }
    }

    func run() throws {
        let events = TerminalProgress()
        var document = StudyDocument(seeds: seeds)
        let cohorts =
            try cohort.isEmpty
            ? Self.sampleCohorts()
            : cohort.map { try read($0) }
        var training = StudyTraining()
        training.steps = steps
        training.objective.alpha = alpha
        training.objective.innerRate = innerRate
        let targets = target.isEmpty ? cohorts.map(\.name) : target
        // Whatever is wrong with the cohorts is said before hours are spent.
        let studies = try targets.map {
            try CohortStudy(
                cohorts: cohorts, target: $0, harmonization: harmonization.value,
                augmentation: augmentation ? SourceAugmentation.standard : [],
                balance: equalise ? .equalise : .preserve, missing: impute ? .impute : .refuse, training: training)
        }
        if parts.contains(.sinusoid) {
            document.add(
                try SinusoidStudy(iterations: sinusoidIterations).run(seeds: seeds, events: events),
                iterations: sinusoidIterations)
        }
        if parts.contains(.glyphs) {
            document.add(
                try GlyphStudy(iterations: glyphIterations).run(seeds: seeds, events: events),
                iterations: glyphIterations)
        }
        for study in studies {
            try document.add(
                study, parts: Set(parts), draws: draws, isStratified: !unstratified, arguments: changedArguments,
                events: events)
        }
        if let output {
            try document.text.write(toFile: output, atomically: true, encoding: .utf8)
            print("wrote \(output)")
        } else {
            print(document.text)
        }
    }

    /// What was given of the options that concern all parts of a target, as it has to be given again.
    private var changedArguments: String {
        var result = ""
        if steps != 150 { result += " --steps \(steps)" }
        if alpha != 0.5 { result += " --alpha \(alpha)" }
        if innerRate != 0.05 { result += " --inner-rate \(innerRate)" }
        if harmonization != .perCohort { result += " --harmonization \(harmonization.rawValue)" }
        if !augmentation { result += " --no-augmentation" }
        if equalise { result += " --equalise" }
        if impute { result += " --impute" }
        if unstratified { result += " --unstratified" }
        if intensity { result += " --intensity" }
        return result + cohort.map { " --cohort \($0)" }.joined()
    }

    /// A cohort on a logarithmic scale.
    private func read(_ specification: String) throws -> Cohort {
        let cohort = try Cohort(specification: specification, allowsMissing: impute)
        let largest = cohort.features.values.lazy.filter { !$0.isNaN }.max() ?? 0
        if largest < 50 { return cohort }
        guard intensity else {
            throw CommandError(
                "The largest value of cohort \(cohort.name) is \(largest): no logarithm. With --intensity it is taken.")
        }
        return try cohort.logarithmic()
    }

    /// The three cohorts of the package.
    static func sampleCohorts() throws -> [Cohort] {
        let genes = try SampleData.path(of: .lungGenes)
        return [
            try Cohort(
                name: "gse13255", expression: SampleData.path(of: .lungExpression),
                labels: SampleData.path(of: .lungLabels), probes: genes),
            try Cohort(
                name: "gse135304", expression: SampleData.path(of: .lungSourceExpression),
                labels: SampleData.path(of: .lungSourceLabels), probes: genes),
            try Cohort(name: "gse42830", table: SampleData.path(of: .lungValidationTable)),
        ]
    }
}
