import Autograd
import GoldenSupport
import MetaLearning
import NN
import Tensor
import Testing

@Test("One step on a sine wave has the losses and gradients of the reference", arguments: [true, false])
func sinusoidStep(isSecondOrder: Bool) throws {
    func wave(_ count: Int, _ frequency: Double, _ scale: Double = 1) -> Tensor<Double> {
        (Tensor<Double>((1...count).map { Double($0) }) * frequency).sin() * scale
    }
    let values = [
        wave(40, 0.7).reshaped([1, 40]), wave(40, 1.3, 0.5), wave(1600, 0.37, 0.2).reshaped([40, 40]),
        wave(40, 0.9, 0.1), wave(40, 1.9, 0.2).reshaped([40, 1]), Tensor(zeros: [1]),
    ]
    let net = GoldenNet(
        names: ["W1", "b1", "W2", "b2", "W3", "b3"], values: values.map { Variable($0) }, activation: .relu)
    for folder in try Golden.folders(topic: "metalearning") {
        let json = try folder.index("sinusoid.json")
        func examples(_ name: String) throws -> Examples<Double> {
            let x = try tensor(json[name])
            return Examples(inputs: x, targets: .values((x - 0.8).sin() * 2.3))
        }
        let task = MetaTask(support: try examples("xs"), query: try examples("xq"))
        let learner = MAML(order: isSecondOrder ? .second : .first, innerRate: 0.01)
        let part = try learner.taskGradient(at: MetaParameters(model: net), on: task, iteration: 0)
        let expected = json[isSecondOrder ? "maml" : "fomaml"]
        #expect(abs(task.support.loss(of: net).scalar - (expected?["support_loss"]?.doubleValue ?? .nan)) < 1e-8)
        #expect(abs(part.queryLoss - (expected?["query_loss"]?.doubleValue ?? .nan)) < 1e-8)
        let gradients = part.gradient.model.parameters
        let norms = gradients.map { $0.value.squared().sum().scalar.squareRoot() }
        #expect(difference(norms, try tensor(expected?["grad_norms"]).array) < 1e-8)
        #expect(difference(gradients[4].value.array, try tensor(expected?["grad_W3"]).array) < 1e-8)
        #expect(
            difference(Array(gradients[1].value.array.prefix(8)), try tensor(expected?["grad_b1_first8"]).array) < 1e-8)
    }
}

@Test(
    "Sources pull the lung objective through their inner steps",
    arguments: ["second_order", "first_order", "published_code"])
func lungObjective(name: String) throws {
    for folder in try Golden.folders(topic: "metalearning") {
        let json = try folder.index("lung_objective.json")
        let values = try (json["theta"]?.arrayValue ?? []).map { Variable(try tensor($0)) }
        let net = GoldenNet(
            names: ["W1", "b1", "W2", "b2", "W3", "b3"], values: values, activation: .leakyReLU(slope: 0.01))
        func examples(_ json: JSON?) throws -> Examples<Double> {
            Examples(inputs: try tensor(json?["x"]), targets: .binary(try tensor(json?["y"])))
        }
        let sources = try (json["sources"]?.arrayValue ?? []).map { source in
            let data = try examples(source)
            return MetaTask(support: data, query: data)
        }
        let variants: [String: SourceObjective.Variant] = [
            "second_order": .meta(.second), "first_order": .meta(.first), "published_code": .publishedCode,
        ]
        let objective = SourceObjective(
            alpha: 0.3, innerRate: 0.05, variant: variants[name] ?? .publishedCode, averagesSources: false)
        let step = try objective.step(at: net, target: try examples(json["target"]), sources: sources)
        let expected = json[name]
        #expect(abs(step.loss - (expected?["total"]?.doubleValue ?? .nan)) < 1e-9)
        let gradient = try (expected?["grad"]?.arrayValue ?? []).flatMap { try tensor($0).array }
        #expect(difference(numbers(step.gradient), gradient) < 1e-9)
        // In the published code the sources have no path to the parameters.
        #expect((step.sourceContribution == 0) == (name == "published_code"))
    }
}
