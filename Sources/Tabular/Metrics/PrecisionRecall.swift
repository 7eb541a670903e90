/// Precision, recall and their harmonic mean.
public struct PrecisionRecall: Sendable, Hashable {
    /// The share of correct rows among those predicted to be of the class; zero where there are none.
    public let precision: Double
    /// The share of correct rows among those of the class; zero where there are none.
    public let recall: Double
    /// 2 tp / (2 tp + fp + fn); zero where the class is neither present nor predicted.
    public let f1: Double
    /// The classes that no row was predicted to be of, whose precision counts as zero.
    public let neverPredicted: [Int]
    /// The classes that no row is of, whose recall counts as zero.
    public let absent: [Int]
}

/// How per-class scores are made one.
public enum ClassAverage: Sendable, Hashable {
    /// The mean over all classes, absent ones included as zero.
    case macro
    /// From the summed counts of all classes.
    case micro
    /// The mean over classes weighted by their numbers of rows.
    case weighted
}

extension ConfusionMatrix {
    /// The scores of one class against the rest; for two classes usually class 1.
    public func scores(ofClass index: Int) -> PrecisionRecall {
        let hits: Double = Double(self[actual: index, predicted: index])
        let present: Int = actualCount(index)
        let predicted: Int = predictedCount(index)
        return PrecisionRecall(
            precision: predicted == 0 ? 0 : hits / Double(predicted), recall: present == 0 ? 0 : hits / Double(present),
            f1: present + predicted == 0 ? 0 : 2 * hits / Double(present + predicted),
            neverPredicted: predicted == 0 ? [index] : [], absent: present == 0 ? [index] : [])
    }

    /// The scores of all classes, averaged.
    public func scores(_ average: ClassAverage) -> PrecisionRecall {
        let all: [PrecisionRecall] = (0..<classCount).map { scores(ofClass: $0) }
        let unpredicted: [Int] = all.flatMap(\.neverPredicted)
        let absent: [Int] = all.flatMap(\.absent)
        if average == .micro {
            // Every wrong row is one false positive and one false negative, so all three equal the accuracy.
            return PrecisionRecall(
                precision: accuracy, recall: accuracy, f1: accuracy, neverPredicted: unpredicted, absent: absent)
        }
        var precision: Double = 0
        var recall: Double = 0
        var f1: Double = 0
        for (index, score) in all.enumerated() {
            let weight: Double =
                average == .macro ? 1 / Double(classCount) : Double(actualCount(index)) / Double(total)
            precision += weight * score.precision
            recall += weight * score.recall
            f1 += weight * score.f1
        }
        return PrecisionRecall(
            precision: precision, recall: recall, f1: f1, neverPredicted: unpredicted, absent: absent)
    }
}
