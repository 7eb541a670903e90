import MetaLearning
import Report
import Tensor

/// Learning to learn: sine waves after one step, a cohort after few people, and the probes that networks rely on.
struct MetaLearningStudy: DemoPart {
    var seed: UInt64
    /// Meta-updates on sine waves for each method.
    var iterations = 1500
    /// Draws of few people.
    var draws = 8

    func run(on page: inout ReportPage, events: some EventSink) throws {
        page.addHeading("Learning to learn")
        try addWaves(to: &page, events: events)
        let cohorts = try Study.sampleCohorts()
        let study = try CohortStudy(cohorts: cohorts, target: "gse13255")
        try addFewShotCurve(of: study, to: &page, events: events)
        try addProbes(of: study, to: &page, events: events)
    }

    private func addWaves(to page: inout ReportPage, events: some EventSink) throws {
        let outcome = try SinusoidStudy(iterations: iterations, tests: 200).run(seeds: [seed], events: events)
        print(outcome.table.text)
        page.addParagraph(
            """
            A small net (1-40-40-1) sees ten points of a sine wave of unknown amplitude and phase. MAML looks for weights \
            from which one step of gradient descent is enough; pre-training on all waves at once finds their mean, from \
            which steps lead nowhere. \(iterations) updates of 25 waves each.
            """)
        page.add(outcome.example, caption: "A wave that no net has seen, and what the nets say after steps.")
        page.add(outcome.table, caption: "Mean squared error on 200 unseen waves with 95 % intervals.")
    }

    private func addFewShotCurve(
        of study: CohortStudy, to page: inout ReportPage, events: some EventSink
    ) throws {
        let methods: [StudyMethod] = [
            .classical(.logistic), .targetOnly(), .transfer(freezesBody: false), .meta(.meta(.second)),
        ]
        let curve = try study.fewShotCurve(methods: methods, draws: draws, seeds: [seed], events: events)
        print(curve.table.text)
        page.addParagraph(
            """
            Do other cohorts help where few people are known? Each method learns from a few people of each class of \
            \(curve.target) and ranks the others; transfer and MAML also see \
            \(study.sourceCohorts.map { "\($0.name) (\($0.count) people)" }.joined(separator: " and ")). \
            `martlet study` runs the whole comparison.
            """)
        page.add(curve.figure, caption: "AUROC on the people not drawn, with 95 % intervals over \(draws) draws.")
        page.add(
            curve.gains(over: 1),
            caption: "Paired differences to the net on the target alone; * where the interval leaves out 0.")
    }

    private func addProbes(of study: CohortStudy, to page: inout ReportPage, events: some EventSink) throws {
        let overlap = try study.attributionOverlap(
            methods: [.targetOnly(), .meta(.meta(.second))], folds: 5, seeds: [seed], kernelPeople: 2)
        print(overlap.table.text)
        for (method, summary) in zip(overlap.methods, overlap.summaries) {
            page.add(
                summary.points(12, title: method.name),
                caption: "The probes with the largest expected gradients of the logit, a point for each person, from "
                    + "the fold that tested them.")
        }
        page.add(
            overlap.table,
            caption: "How far the two agree about the probes, each with itself over 5 folds, and with KernelSHAP.")
    }
}
