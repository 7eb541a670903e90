import Autograd
import MetaLearning
import NN
import Tabular
import Tensor
import Testing

@Suite("The guide to learning to learn")
struct LearnToLearnTests {
    @Test("is the code of this file")
    func text() throws { try Guides.expect("LearnToLearn", in: #filePath) }

    @Test("MAML adapts to a wave")
    func waves() throws {
        let net = MLP<Float>(sizes: [1, 40, 40, 1], activation: .relu, key: RandomKey(seed: 1))
        var trainer = MetaTrainer(net, learner: MAML(innerRate: 0.01), optimizer: Adam<Float>(learningRate: 1e-3))
        try trainer.fit(Sinusoids<Float>(key: RandomKey(seed: 2)), iterations: 200, tasksPerBatch: 25)

        let task = try Sinusoids<Float>(key: RandomKey(seed: 3)).task(at: 0)
        let before = try trainer.learner.queryLoss(trainer.parameters, on: task, steps: 0)
        let after = try trainer.learner.queryLoss(trainer.parameters, on: task, steps: 5)
        let adapted = try trainer.learner.adapt(trainer.parameters, to: task.support, steps: 5)  // a new model
        #expect(after < before)
        #expect(abs(Double(task.query.loss(of: adapted).scalar) - after) < 1e-5)
    }

    @Test("prototypes of few images")
    func episodes() throws {
        let glyphs = Glyphs(key: RandomKey(seed: 1))
        let pixels = Tensor<Float>(
            (0..<60).flatMap { glyphs.image(ofClass: $0 / 10, sample: $0 % 10) }, shape: [60, 400])
        let labels = Tensor<Int64>((0..<60).map { Int64($0 / 10) })

        let images = try EpisodeSampler(
            inputs: pixels, labels: labels, ways: 3, shots: 2, queries: 4, key: RandomKey(seed: 4))
        let embedding = MLP<Float>(sizes: [pixels.shape[1], 32, 16], key: RandomKey(seed: 5))
        var metric = MetaTrainer(embedding, learner: ProtoNet(), optimizer: Adam<Float>(learningRate: 1e-3))
        try metric.fit(images, iterations: 30, tasksPerBatch: 4)
        let episode = try images.task(at: 1_000_000)
        let loss = try metric.learner.queryLoss(metric.parameters, on: episode)
        #expect(loss < 1)
    }

    @Test("two cohorts")
    func cohorts() throws {
        func cohort(_ name: String, seed: UInt64) throws -> Cohort {
            let labels = (0..<40).map { $0 % 2 }
            let noise = Tensor<Double>(randomNormal: [40, 8], key: RandomKey(seed: seed))
            let lift = Tensor<Double>(labels.map { Double($0) * 2 }, shape: [40, 1])
            return try Cohort(
                name: name, probes: (0..<8).map { "p\($0)" }, features: FeatureMatrix(noise + lift), labels: labels)
        }
        let own = try cohort("own", seed: 1)
        let other = try cohort("other", seed: 2)

        let study = try CohortStudy(cohorts: [own, other], target: own.name)
        let methods: [StudyMethod] = [.targetOnly(), .transfer(freezesBody: false), .meta(.meta(.second))]
        let curve = try study.fewShotCurve(methods: methods, shots: [5], draws: 4, seeds: [1])
        print(curve.table.text)
        print(curve.gains(over: 0).text)  // * where the interval leaves out 0
        #expect(curve.areas[0].allSatisfy { $0.allSatisfy { $0 > 0.8 } })
    }

    @Test("attributions")
    func attributions() throws {
        let classifier = MLP<Float>(sizes: [6, 8, 1], activation: .tanh, key: RandomKey(seed: 6))
        let rows = Tensor<Float>(randomNormal: [4, 6], key: RandomKey(seed: 7))
        let background = Tensor<Float>(randomNormal: [20, 6], key: RandomKey(seed: 8))
        let shap = try KernelSHAP(background: background, key: RandomKey(seed: 9))
        let (values, base) = try shap.attributions(of: rows) { classifier(Variable($0)).value.squeezed(1) }
        let integrated = IntegratedGradients(baseline: Tensor<Float>(zeros: [6])).attributions(of: rows) {
            classifier($0).squeezed(1)
        }
        print(base, integrated.completenessGap)  // how far the sums are from f(x) - f(x₀)
        func table(_ tensor: Tensor<Float>) -> [[Double]] {
            (0..<4).map { row in (0..<6).map { Double(tensor[row, $0]) } }
        }
        let summary = AttributionSummary(
            values: table(values), features: table(rows), names: ["a", "b", "c", "d", "e", "f"])
        let figure = summary.bars(6)
        #expect(figure.title == "Mean size of attributions")
        let outputs = classifier(Variable(rows)).value.squeezed(1)
        for row in 0..<4 {
            let sum = (0..<6).reduce(0.0) { $0 + Double(values[row, $1]) }
            #expect(abs(sum - Double(outputs[row]) + base) < 1e-4)
        }
        #expect(integrated.completenessGap.array.allSatisfy { $0 < 1e-2 })
    }
}
