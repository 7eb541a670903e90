import MetaLearning
import Report
import Tensor

/// The results of `martlet study` as Markdown: each table under the command that makes it.
struct StudyDocument {
    let seeds: [UInt64]
    private(set) var text: String

    private static let networks: [StudyMethod] = [
        .targetOnly(), .transfer(freezesBody: false), .transfer(freezesBody: true), .meta(.meta(.first)),
        .meta(.meta(.second)),
    ]

    init(seeds: [UInt64]) {
        self.seeds = seeds
        text = """
            # Results

            Written by `martlet study`; the command that makes a table stands above it. The same seeds give the same
            numbers for any number of threads. A difference is marked * where its 95 % interval leaves out 0; no claim is
            made elsewhere.

            """
    }

    private var seedArguments: String { "--seeds " + seeds.map(String.init).joined(separator: " ") }

    private mutating func heading(_ text: String) { self.text += "\n## \(text)\n" }

    private mutating func command(_ arguments: String) {
        text += "\n```\nmartlet study --parts \(arguments) \(seedArguments)\n```\n"
    }

    private mutating func paragraph(_ text: String) { self.text += "\n\(text)\n" }

    private mutating func add(_ table: ReportTable) {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        text += "\n" + line(table.columns.map(\.title)) + line(table.columns.map { _ in "---" })
        for row in table.rows { text += line(row) }
    }

    mutating func add(_ outcome: SinusoidStudy.Outcome, iterations: Int) {
        heading("Sine waves")
        command("sinusoid --sinusoid-iterations \(iterations)")
        paragraph(
            """
            A 1-40-40-1 net with ReLU after \(iterations) updates of 25 tasks with 10 support and 10 query points, judged
            on 600 unseen waves a seed after steps of rate 0.01 on 10 points. Reptile learns from the support points
            alone. ± is the 95 % interval over waves.
            """)
        add(outcome.table)
        paragraph("Paired over waves:")
        add(outcome.gains)
    }

    mutating func add(_ outcome: GlyphStudy.Outcome, iterations: Int) {
        heading("Glyphs")
        command("glyphs --glyph-iterations \(iterations)")
        paragraph(
            """
            Made-up letters, 20 × 20: 40 to train, 16 others to judge, 600 episodes of 5 ways and 1 shot a seed; chance
            is 0.2. Four blocks of 16 channels, \(iterations) updates of 4 episodes, of 64 letters for pre-training.
            Episodes have 1 support and 5 query letters a way, Reptile's 6 support letters, since it learns from those
            alone; the prototypical network's have 10 ways. MAML and FOMAML take 3 steps on a new episode, Reptile 10;
            pre-training takes none, its letters go to the nearest mean. Norms use the statistics of the letters that are
            judged together. ± is the 95 % interval over episodes.
            """)
        add(outcome.table)
    }

    /// What a reader has to know of the cohorts, if anything: probes left out, and people who may be in two of them.
    private static func warning(of study: CohortStudy) -> String? {
        var sentences: [String] = []
        for (cohort, dropped) in zip(study.cohorts, study.dropped) where dropped > 0 {
            sentences.append("\(dropped) probes of \(cohort.name) that others lack were left out.")
        }
        for (first, second) in study.suspiciousPairs().map({ ($0.first, $0.second) }) {
            sentences.append(
                "Row \(first.1) of \(study.cohorts[first.0].name) and row \(second.1) of "
                    + "\(study.cohorts[second.0].name) correlate above 0.999: perhaps the same person.")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: "\n")
    }

    /// Adds what concerns one target.
    mutating func add(
        _ study: CohortStudy, parts: Set<Study.Part>, draws: Int, isStratified: Bool, arguments: String,
        events: some EventSink
    ) throws {
        let cohort = study.targetCohort
        let positives = cohort.labels.count { $0 == 1 }
        let rare = min(positives, cohort.count - positives)
        guard !parts.isDisjoint(with: Study.Part.ofCohorts) else { return }
        heading("Target \(cohort.name)")
        paragraph(
            """
            \(cohort.count) people, \(positives) of them ill; sources \
            \(study.sourceCohorts.map { "\($0.name) (\($0.count))" }.joined(separator: ", ")); \(cohort.probes.count)
            probes in common. The probes were chosen by others, possibly with the labels in sight: absolute scores are
            optimistic, differences between methods less so. Networks are \(cohort.probes.count)-64-32-1 unless named;
            \(study.training.steps) updates of AdamW (rate \(study.training.learningRate), penalty \
            \(study.training.weightDecay)) on the target, transfer has \(study.training.sourceSteps) on the sources before.
            """)
        if let warning = Self.warning(of: study) { paragraph(warning) }
        // With a handful of people in a class nothing can be said about few-shot learning, decisions or probes.
        let isRare = rare < 25
        if isRare {
            paragraph(
                """
                With \(rare) people in the smaller class only the ranking of the whole cohort is judged, by AUROC and average
                precision; the other parts are left out.
                """)
        }
        let suffix = " --target \(cohort.name)\(arguments)"
        if parts.contains(.fewShot), !isRare {
            let methods: [StudyMethod] = [.classical(.logistic)] + Self.networks
            let curve = try study.fewShotCurve(methods: methods, draws: draws, seeds: seeds, events: events)
            command("few-shot --draws \(draws)\(suffix)")
            paragraph(
                """
                AUROC on the people not drawn, mean ± standard deviation over \(draws * seeds.count) draws of few people
                of each class:
                """)
            add(curve.table)
            paragraph(
                """
                Paired differences with Student's 95 % interval over draws. It covers which people are drawn, not which
                cohort was measured.
                """)
            add(curve.gains(over: 1))
        }
        if parts.contains(.crossValidation) {
            let classical = StudyMethod.Classical.allCases.map { StudyMethod.classical($0) }
            let others: [StudyMethod] = [.targetOnly(.convolutional), .targetOnly(.attention)]
            let comparison = try study.crossValidation(
                methods: classical + Self.networks + others, stratified: isStratified,
                degenerate: isStratified ? .refuse : .allowDegenerate, seeds: seeds, events: events)
            command("cross-validation\(suffix)")
            paragraph(
                """
                \(isStratified ? "Stratified" : "Unstratified") 10-fold cross-validation; scores of all folds together, means over seeds; epochs chosen on 15 %
                of the training rows. "Sources in gradient" is the length of their part over the target's.
                """)
            add(isRare ? comparison.rankingTable : comparison.table)
            if !isRare {
                paragraph("Mean ± standard deviation over the folds of all seeds:")
                add(comparison.foldTable)
            }
            paragraph("Differences of fold AUROC with the corrected resampled t interval (Nadeau and Bengio 2003):")
            add(comparison.gains(over: classical.count))
        }
        if parts.contains(.controls), !isRare {
            command("controls --draws \(draws)\(suffix)")
            add(try study.controls(draws: draws, seeds: seeds, events: events).table)
        }
        if parts.contains(.publishedCode) {
            command("published-code\(suffix)")
            var table = ReportTable(columns: ["Seed", "SGD", "Adam", "SGD, objective as described"])
            for seed in seeds {
                let finding = try study.publishedCodeFinding(seed: seed)
                func exact(_ value: Double) -> String { value == 0 ? "0" : "\(Float(value))" }
                table.add(row: [
                    "\(seed)", exact(finding.plainDescent), exact(finding.adam), exact(finding.described),
                ])
            }
            paragraph(
                """
                The published code evaluates sources on fresh copies of the net, so that they have no part in its
                gradient. Largest difference of any weight after 50 updates from the same start on the same batches,
                to training on the target alone (its loss times α for SGD, the loss itself for Adam):
                """)
            add(table)
        }
        if parts.contains(.attributions), !isRare {
            let overlap = try study.attributionOverlap(
                methods: [.targetOnly(), .transfer(freezesBody: false), .meta(.meta(.second))], seeds: seeds,
                kernelPeople: 4, events: events)
            command("attributions\(suffix)")
            paragraph(
                """
                Expected gradients of the logit on test parts of 10 folds; probes by mean size. The last column is Pearson's
                correlation with KernelSHAP (8192 coalitions, same background) for four people a seed.
                """)
            add(overlap.table)
            let leaders = overlap.leaders(of: 2).map(\.probe).joined(separator: ", ")
            paragraph("Leading probes of MAML: \(leaders).")
        }
    }
}
