import Report
import Statistics
import Tabular

/// What the lung study found, and how it is told.
struct LungResult {
    /// One method's probabilities for every person, each from the fold that did not see them.
    struct Scores {
        let name: String
        let probabilities: [Double]
        let area: AreaUnderROC
        let areaInterval: ConfidenceInterval
        let curve: ROCCurve
        let averagePrecision: Double
        let confusion: ConfusionMatrix
        let accuracyInterval: ConfidenceInterval
        let brier: Double
        let calibration: CalibrationCurve

        init(_ name: String, _ probabilities: [Double], _ labels: [Bool]) throws {
            self.name = name
            self.probabilities = probabilities
            area = try AreaUnderROC(scores: probabilities, labels: labels)
            areaInterval = try area.interval()
            curve = try ROCCurve(scores: probabilities, labels: labels)
            averagePrecision = try PrecisionRecallCurve(scores: probabilities, labels: labels).averagePrecision
            confusion = try ConfusionMatrix(actual: labels, predicted: probabilities.map { $0 > 0.5 })
            accuracyInterval = try confusion.accuracyInterval()
            brier = try ProbabilityScore.brier(probabilities: probabilities, labels: labels)
            calibration = try CalibrationCurve(probabilities: probabilities, labels: labels, bins: 8)
        }
    }

    /// The losses of one fold, by epoch.
    struct Curve {
        let trainingEpochs: [Double]
        let training: [Double]
        let validationEpochs: [Double]
        let validation: [Double]

        init(_ events: [ProgressEvent], stepsPerEpoch: Int) {
            func values(_ wanted: String) -> [(epoch: Double, value: Double)] {
                events.compactMap { event in
                    guard case .scalar(let name, let step, let value) = event, name == wanted else { return nil }
                    return (Double(step) / Double(stepsPerEpoch), value)
                }
            }
            // The loss of single batches is noisy: the curve shows its mean over each epoch.
            let epochs = Dictionary(grouping: values("loss")) { Int($0.epoch.rounded(.up)) }.sorted { $0.key < $1.key }
            trainingEpochs = epochs.map { Double($0.key) }
            training = epochs.map { entry in entry.value.map(\.value).reduce(0, +) / Double(entry.value.count) }
            let validations = values("validationLoss")
            validationEpochs = validations.map(\.epoch)
            validation = validations.map(\.value)
        }
    }

    /// One cross-validation.
    struct Repetition {
        let logistic: Scores
        let perceptron: Scores
        let curves: [Curve]
    }

    let repetitions: [Repetition]
    let foldCount: Int

    private var logistic: Scores { repetitions[0].logistic }
    private var perceptron: Scores { repetitions[0].perceptron }
    private var curves: [Curve] { repetitions[0].curves }

    /// How well the methods rank: one row for each.
    var ranking: ReportTable {
        var table = ReportTable(columns: [
            "Method", "AUROC", "95 % interval", "Average precision",
            ReportTable.Column("Mean AUROC of \(repetitions.count) rounds"),
            "Range",
        ])
        for method in [\Repetition.logistic, \Repetition.perceptron] {
            let scores = repetitions[0][keyPath: method]
            let areas = repetitions.map { $0[keyPath: method].area.value }
            table.add(row: [
                scores.name, fixed(scores.area.value), interval(scores.areaInterval), fixed(scores.averagePrecision),
                fixed(areas.reduce(0, +) / Double(areas.count)), "\(fixed(areas.min()!)) to \(fixed(areas.max()!))",
            ])
        }
        return table
    }

    /// How good the methods' probabilities and decisions are: one row for each.
    var decisions: ReportTable {
        var table = ReportTable(columns: [
            "Method", "Accuracy", "95 % interval", "Macro F1", "Brier score", "Calibration error",
        ])
        for scores in [logistic, perceptron] {
            table.add(row: [
                scores.name, fixed(scores.confusion.accuracy), interval(scores.accuracyInterval),
                fixed(scores.confusion.scores(.macro).f1), fixed(scores.brier),
                fixed(scores.calibration.expectedCalibrationError),
            ])
        }
        return table
    }

    /// Adds the study to a report.
    func report(on page: inout ReportPage) {
        page.addHeading("Lung cancer from gene expression in blood")
        page.addParagraph(
            """
            GSE13255: \(logistic.probabilities.count) people, \(logistic.confusion.actualCount(1)) with lung cancer, 695 \
            probes on a log2 scale, predicted by logistic regression and by a perceptron (695-64-32-1, leaky ReLU, \
            dropout, AdamW). Stratified \(foldCount)-fold cross-validation; every score below comes from a model that \
            did not see the person. Probes are standardised with the training part's statistics. The 695 probes \
            were chosen by others, possibly with the labels in sight, so the figures are optimistic.
            """)
        page.add(
            ranking,
            caption: """
                Ranking. Scores of the first round pooled over folds, with DeLong's interval; average precision is the \
                area under the steps of the precision-recall curve. Each round divides the people into folds anew.
                """)
        page.add(
            decisions, caption: "Decisions at probability 0.5 in the first round; accuracy with Wilson's interval.")
        if let test = try? perceptron.area.compared(with: logistic.area) {
            page.addParagraph(
                """
                DeLong's test of the difference in AUROC in the first round, perceptron minus logistic regression: \
                \(fixed(perceptron.area.value - logistic.area.value)), p = \(NumberFormat.pValue.text(test.pValue)). \
                For comparison, scikit-learn's logistic regression with the same penalty reaches 0.827 on its own folds.
                """)
        }
        page.add(rocFigure, caption: "Receiver operating characteristic of the pooled scores.")
        page.add(
            lossFigure,
            caption: "Cross-entropy by epoch, one line a fold; the model of the lowest validation loss is kept.")
        page.add(calibrationFigure, caption: "Observed frequency in eight bins of equal width, with Wilson's interval.")
    }

    private var rocFigure: Figure {
        var figure = Figure(
            title: "ROC", x: Axis("False positive rate", range: 0...1), y: Axis("True positive rate", range: 0...1),
            width: 560, height: 460)
        figure.add(.diagonal)
        for scores in [logistic, perceptron] {
            figure.add(
                .line(
                    x: scores.curve.points.map(\.falsePositiveRate), y: scores.curve.points.map(\.truePositiveRate),
                    label: "\(scores.name) (\(fixed(scores.area.value)))"))
        }
        return figure
    }

    private var lossFigure: Figure {
        var figure = Figure(title: "Loss", x: Axis("Epoch"), y: Axis("Cross-entropy (nats)"))
        for (fold, curve) in curves.enumerated() {
            figure.add(
                .line(
                    x: curve.trainingEpochs, y: curve.training, label: fold == 0 ? "Training" : nil,
                    style: SeriesStyle(slot: 0, lineWidth: 1)))
            figure.add(
                .line(
                    x: curve.validationEpochs, y: curve.validation, label: fold == 0 ? "Validation" : nil,
                    style: SeriesStyle(slot: 1, lineWidth: 1)))
        }
        return figure
    }

    private var calibrationFigure: Figure {
        var figure = Figure(
            title: "Calibration", x: Axis("Predicted probability", range: 0...1),
            y: Axis("Observed frequency", range: 0...1), width: 560, height: 460)
        figure.add(.diagonal)
        for scores in [logistic, perceptron] {
            let bins = scores.calibration.bins
            figure.add(
                .errorBars(
                    x: bins.map(\.meanProbability), y: bins.map(\.observedFrequency),
                    interval: Series.Interval(lower: bins.map(\.interval.lower), upper: bins.map(\.interval.upper)),
                    label: scores.name))
        }
        return figure
    }

    private func fixed(_ value: Double) -> String { NumberFormat.fixed(3).text(value) }

    private func interval(_ interval: ConfidenceInterval) -> String {
        "\(fixed(interval.lower)) to \(fixed(interval.upper))"
    }
}
