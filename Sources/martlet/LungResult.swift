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
            func values(_ wanted: String) -> (epochs: [Double], values: [Double]) {
                var found: ([Double], [Double]) = ([], [])
                for case .scalar(let name, let step, let value) in events where name == wanted {
                    found.0.append(Double(step) / Double(stepsPerEpoch))
                    found.1.append(value)
                }
                return found
            }
            (trainingEpochs, training) = values("loss")
            (validationEpochs, validation) = values("validationLoss")
        }
    }

    let logistic: Scores
    let perceptron: Scores
    let curves: [Curve]
    let foldCount: Int

    /// One row for each method.
    var summary: ReportTable {
        var table = ReportTable(columns: [
            "Method", "AUROC", "95 % interval", "Average precision", "Accuracy", "95 % interval", "Macro F1", "Brier",
            "Calibration error",
        ])
        for scores in [logistic, perceptron] {
            table.add(row: [
                scores.name, fixed(scores.area.value), interval(scores.areaInterval), fixed(scores.averagePrecision),
                fixed(scores.confusion.accuracy), interval(scores.accuracyInterval),
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
            probes on a log2 scale. Stratified \(foldCount)-fold cross-validation; every score below comes from a model \
            that did not see the person. Probes are standardised with the training part's statistics. The 695 probes \
            were chosen by others, possibly with the labels in sight, so the figures are optimistic.
            """)
        page.add(
            summary,
            caption: """
                Scores pooled over folds. AUROC with DeLong's interval, accuracy at probability 0.5 with Wilson's. \
                Average precision is the area under the steps of the precision-recall curve.
                """)
        if let test = try? perceptron.area.compared(with: logistic.area) {
            page.addParagraph(
                """
                DeLong's test of the difference in AUROC, perceptron minus logistic regression: \
                \(fixed(perceptron.area.value - logistic.area.value)), \
                \(NumberFormat.pValue.text(test.pValue)).
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
                    x: curve.trainingEpochs, y: curve.training, label: fold == 0 ? "Training batch" : nil,
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
