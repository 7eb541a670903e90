import Autograd
import NN
import Report
import SampleData
import Statistics
import Tabular
import Tensor

/// Lung cancer from gene expression in blood: a multilayer perceptron beside logistic regression.
///
/// Both predict the label of GSE13255 (255 people, 695 probes) under stratified cross-validation. Genes are standardised
/// with the training part's mean and deviation; the perceptron stops by a validation part taken from the training part.
/// Nothing of a test fold is seen before its scores are made.
struct LungStudy {
    var seed: UInt64
    var foldCount = 5
    /// How often the whole cross-validation is done, each time with other folds.
    var repetitions = 5

    func run(events: some EventSink) throws -> LungResult {
        let features = try Tensor<Double>(converting: AnyTensor(contentsOf: SampleData.path(of: .lungExpression)))
        let labels = try Tensor<Int64>(converting: AnyTensor(contentsOf: SampleData.path(of: .lungLabels))).array.map {
            Int($0)
        }
        let matrix = FeatureMatrix(features)
        let results = try (0..<repetitions).map { repetition in
            try crossValidate(matrix, labels, repetition, key: RandomKey(seed: seed).folded(repetition), events: events)
        }
        return LungResult(repetitions: results, foldCount: foldCount)
    }

    /// One cross-validation of both methods on the same folds.
    private func crossValidate(
        _ matrix: FeatureMatrix, _ labels: [Int], _ repetition: Int, key: RandomKey, events: some EventSink
    ) throws -> LungResult.Repetition {
        var generator = RandomGenerator(key: key)
        let splits = try StratifiedKFold(folds: foldCount).splits(labels: labels, shuffledBy: &generator)
        var logistic = [Double](repeating: .nan, count: labels.count)
        var perceptron = logistic
        var curves: [LungResult.Curve] = []
        for (fold, split) in splits.enumerated() {
            let scaler = try Standardizer().fit(matrix.selecting(rows: split.train))
            let train = scaler.transform(matrix.selecting(rows: split.train))
            let test = scaler.transform(matrix.selecting(rows: split.test))
            let trainLabels = split.train.map { labels[$0] }

            let fitted = try LogisticRegression(inverseRegularization: 0.001).fit(train, trainLabels)
            let probabilities = fitted.predictProbability(test)
            for (position, row) in split.test.enumerated() { logistic[row] = probabilities[position, 1] }

            let name = "round \(repetition + 1)/\(repetitions), fold \(fold + 1)/\(foldCount)"
            let (scores, curve) = try trainPerceptron(
                train, trainLabels, scoring: test, name: name, key: key.folded(fold), events: events)
            for (position, row) in split.test.enumerated() { perceptron[row] = scores[position] }
            curves.append(curve)
        }
        let isCancer = labels.map { $0 == 1 }
        return LungResult.Repetition(
            logistic: try LungResult.Scores("Logistic regression", logistic, isCancer),
            perceptron: try LungResult.Scores("Perceptron", perceptron, isCancer), curves: curves)
    }

    /// Trains a perceptron on one fold and returns the test rows' probabilities and the course of the losses.
    private func trainPerceptron(
        _ train: FeatureMatrix, _ labels: [Int], scoring test: FeatureMatrix, name: String, key: RandomKey,
        events: some EventSink
    ) throws -> (scores: [Double], curve: LungResult.Curve) {
        let keys = key.split(4)
        var generator = RandomGenerator(key: keys[0])
        let inner = try Split.stratified(labels: labels, testFraction: 0.15, using: &generator)
        func rows(_ chosen: [Int]) -> (x: Tensor<Float>, y: Tensor<Float>) {
            let x = Tensor<Float>(train.selecting(rows: chosen).tensor)
            return (x, Tensor(chosen.map { Float(labels[$0]) }, shape: [chosen.count, 1]))
        }
        let (fitting, validation) = (rows(inner.train), rows(inner.test))
        let loader = DataLoader(TensorDataset(fitting.x, fitting.y), batchSize: 32, shuffle: keys[1])
        let epochs = 30
        let plan = TrainingPlan(
            steps: epochs * loader.batchesPerEpoch, validationInterval: loader.batchesPerEpoch,
            earlyStopping: EarlyStopping(patience: 10), name: name)
        let model = MLP<Float>(
            sizes: [train.columns, 64, 32, 1], activation: .leakyReLU(slope: 0.01), dropout: 0.5, key: keys[2])
        var trainer = Trainer(
            model: model, optimizer: AdamW(learningRate: 4e-4, weightDecay: 0.1), key: keys[3])
        let course = RecordingSink()
        try trainer.fit(
            loader, plan: plan, events: CompositeSink([events, course]),
            validate: { model in
                let logits = model(Variable(validation.x))
                return Double(binaryCrossEntropy(logits: logits, Variable(validation.y)).scalar)
            },
            loss: { model, batch, key in
                let logits = model(Variable(batch.input), training: key)
                return binaryCrossEntropy(logits: logits, Variable(batch.target))
            })
        let best = trainer.bestModel ?? trainer.model
        let scores = best(Variable(Tensor<Float>(test.tensor))).value.sigmoid().array.map { Double($0) }
        return (scores, LungResult.Curve(course.events, stepsPerEpoch: loader.batchesPerEpoch))
    }
}

extension LungStudy: DemoPart {
    func run(on page: inout ReportPage, events: some EventSink) throws {
        let result = try run(events: events)
        result.report(on: &page)
        print(result.ranking.text)
        print(result.decisions.text)
    }
}
