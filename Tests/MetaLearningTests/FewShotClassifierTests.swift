import Autograd
import MetaLearning
import NN
import Tensor
import Testing

@Test("The controls separate classes that lie apart, whatever the order of the support")
func controls() throws {
    // Three directions from a common offset, with noise a tenth of their length.
    let labels = (0..<12).map { Int64($0 % 3) }
    func inputs(_ seed: UInt64) -> Tensor<Double> {
        let directions = Tensor<Double>.oneHot(Tensor<Int64>(labels), classes: 3)
        return directions + Tensor(randomNormal: [12, 3], standardDeviation: 0.1, key: RandomKey(seed: seed)) + 5
    }
    let order = [7, 2, 0, 11, 5, 3, 1, 9, 10, 4, 8, 6]
    let embedding = Activation<Double>.identity
    let (support, queries) = (inputs(1), inputs(2))
    let classifiers: [any FewShotClassifier] = [
        SimpleShot(), Baseline(steps: 500, learningRate: 0.02),
        Baseline(head: .cosine(scale: 50), steps: 200, learningRate: 0.02),
    ]
    for classifier in classifiers {
        let logits = try classifier.logits(
            on: embedding, for: queries, support: Examples(inputs: support, targets: .classes(Tensor(labels))))
        let scores = logits.array
        var predicted: [Int64] = []
        for row in 0..<12 {
            let own = Array(scores[row * 3..<row * 3 + 3])
            predicted.append(Int64(own.firstIndex(of: own.max() ?? .nan) ?? -1))
        }
        #expect(predicted == labels, "\(classifier)")
        let shuffled = Examples(
            inputs: support.indexSelected(axis: 0, order), targets: .classes(Tensor(order.map { labels[$0] })))
        let again = try classifier.logits(on: embedding, for: queries, support: shuffled)
        #expect(difference(again.array, logits.array) < 1e-9)
    }
}

@Test("Targets that are no classes, or classes without support, are errors")
func unsuitableTargets() throws {
    let inputs = Tensor<Double>(zeros: [3, 2])
    for targets in [Examples<Double>.Targets.values(Tensor(zeros: [3, 1])), .classes(Tensor([0, 2, 0]))] {
        let support = Examples(inputs: inputs, targets: targets)
        #expect(throws: MetaLearningError.self) {
            try ProtoNet().logits(of: Activation<Double>.identity, for: inputs, support: support)
        }
    }
}

@Test("Queries of a class that has no support are an error, of training and of judging")
func queriesWithoutSupport() throws {
    let support = Examples(inputs: Tensor<Double>(zeros: [4, 2]), targets: .classes(Tensor([0, 1, 0, 1])))
    let net = Linear<Double>(2, 3, key: RandomKey(seed: 1))
    for learner in [ProtoNet(), ProtoNet(similarity: .cosine()), MatchingNet()] as [any MetaLearner] {
        for label in [Int64(2), -1] {
            let query = Examples(inputs: Tensor<Double>(zeros: [2, 2]), targets: .classes(Tensor([1, label])))
            let task = MetaTask(support: support, query: query)
            let start = learner.metaParameters(for: net)
            #expect {
                try learner.taskGradient(at: start, on: task, iteration: 0)
            } throws: {
                guard case .unsuitableTargets(let problem) = $0 as? MetaLearningError else { return false }
                return problem.contains("query 1 is of class \(label)")
            }
            #expect(throws: MetaLearningError.self) { try learner.queryLoss(start, on: task) }
        }
    }
}

@Test("Binary targets are two classes to learners that compare embeddings")
func binaryQueries() throws {
    let inputs = Tensor<Double>([0, 1, 2, 3], shape: [4, 1])
    let binary = Examples(inputs: inputs, targets: .binary(Tensor([0, 0, 1, 1], shape: [4, 1])))
    let classes = Examples(inputs: inputs, targets: .classes(Tensor([0, 0, 1, 1])))
    let start = ProtoNet().metaParameters(for: Activation<Double>.identity)
    let own = try ProtoNet().queryLoss(start, on: MetaTask(support: binary, query: binary))
    let other = try ProtoNet().queryLoss(start, on: MetaTask(support: classes, query: classes))
    #expect(own == other && own < 0.3)
}
