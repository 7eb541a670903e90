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

@Test("Sources pull the lung objective through their inner steps", arguments: ["second_order", "first_order"])
func lungObjective(order: String) throws {
    for folder in try Golden.folders(topic: "metalearning") {
        let json = try folder.index("lung_objective.json")
        let values = try (json["theta"]?.arrayValue ?? []).map { Variable(try tensor($0)) }
        let net = GoldenNet(
            names: ["W1", "b1", "W2", "b2", "W3", "b3"], values: values, activation: .leakyReLU(slope: 0.01))
        func examples(_ json: JSON?) throws -> Examples<Double> {
            Examples(inputs: try tensor(json?["x"]), targets: .binary(try tensor(json?["y"])))
        }
        let target = try examples(json["target"])
        let (loss, slope) = valueAndGradient(at: net) { target.loss(of: $0) }
        var total = 0.3 * loss.scalar
        var gradient = numbers(slope).map { 0.3 * $0 }
        let learner = MAML(order: order == "second_order" ? .second : .first, innerRate: 0.05)
        for source in json["sources"]?.arrayValue ?? [] {
            let data = try examples(source)
            let part = try learner.taskGradient(
                at: MetaParameters(model: net), on: MetaTask(support: data, query: data), iteration: 0)
            total += 0.7 * part.queryLoss
            gradient = zip(gradient, numbers(part.gradient)).map { $0 + 0.7 * $1 }
        }
        let expected = json[order]
        #expect(abs(total - (expected?["total"]?.doubleValue ?? .nan)) < 1e-9)
        #expect(difference(gradient, try (expected?["grad"]?.arrayValue ?? []).flatMap { try tensor($0).array }) < 1e-9)
        // In the published code the adapted copies are cut off from theta: alpha times the target's gradient is left.
        let published = try (json["published_code"]?["grad"]?.arrayValue ?? []).flatMap { try tensor($0).array }
        #expect(difference(numbers(slope).map { 0.3 * $0 }, published) < 1e-9)
    }
}
