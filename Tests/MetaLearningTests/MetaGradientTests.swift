import Autograd
import GoldenSupport
import MetaLearning
import NN
import Tensor
import Testing

/// The 3-4-2 tanh net and the two tasks of `meta_gradients.json`.
private struct Reference {
    static let names = ["W1", "b1", "W2", "b2"]
    let json: JSON
    let net: GoldenNet
    let tasks: [MetaTask<Double>]

    static func all() throws -> [Reference] {
        try Golden.folders(topic: "metalearning").map { try Reference(folder: $0) }
    }

    init(folder: GoldenFolder) throws {
        let json = try folder.index("meta_gradients.json")
        self.json = json
        let values = try Reference.names.map { Variable(try tensor(json["theta"]?[$0])) }
        net = GoldenNet(names: Reference.names, values: values, activation: .tanh)
        tasks = try (json["tasks"]?.arrayValue ?? []).map { task in
            func labels(_ name: String) throws -> Tensor<Int64> { Tensor<Int64>(try tensor(task[name])) }
            return MetaTask(
                support: Examples(inputs: try tensor(task["xs"]), targets: .classes(try labels("ys"))),
                query: Examples(inputs: try tensor(task["xq"]), targets: .classes(try labels("yq"))))
        }
    }

    /// The parameters that a JSON object names, one after another.
    func list(_ json: JSON?, _ names: [String] = names) throws -> [Double] {
        try names.flatMap { try tensor(json?[$0]).array }
    }

    /// The mean of the tasks' losses and gradients.
    func mean(_ learner: some MetaLearner) throws -> (loss: Double, gradient: [Double], rates: [Double]) {
        let start = learner.metaParameters(for: net)
        let parts = try tasks.map { try learner.taskGradient(at: start, on: $0, iteration: 0) }
        func mean(_ lists: [[Double]]) -> [Double] {
            lists[0].indices.map { position in lists.reduce(0) { $0 + $1[position] } / Double(lists.count) }
        }
        return (
            parts.reduce(0) { $0 + $1.queryLoss } / Double(parts.count),
            mean(parts.map { numbers($0.gradient.model) }),
            mean(parts.map { $0.gradient.rates.flatMap(\.value.array) })
        )
    }
}

@Test(
    "Meta-gradients are those of the reference, by nested gradients and by Hessian-vector products",
    arguments: [MAML.Method.nestedGradients, .hessianVectorProducts])
func metaGradients(method: MAML.Method) throws {
    for reference in try Reference.all() {
        for steps in [1, 2, 5] {
            let kinds: [(String, MAML)] = [
                ("maml", MAML(method: method, innerSteps: steps, innerRate: 0.1)),
                ("fomaml", MAML(order: .first, method: method, innerSteps: steps, innerRate: 0.1)),
                ("metasgd", MAML(method: method, innerSteps: steps, innerRate: 0.1, rates: .elementwise())),
            ]
            for (name, learner) in kinds {
                let expected = reference.json[name]?["\(steps)"]
                let (loss, gradient, rates) = try reference.mean(learner)
                #expect(abs(loss - (expected?["meta_loss"]?.doubleValue ?? .nan)) < 1e-9, "\(name) \(steps)")
                #expect(difference(gradient, try reference.list(expected?["grad"])) < 1e-9, "\(name) \(steps)")
                if name == "metasgd" {
                    #expect(difference(rates, try reference.list(expected?["grad_lr"])) < 1e-9, "\(steps)")
                }
                if let adapted = expected?["adapted_task0"] {
                    let model = try learner.adapt(
                        learner.metaParameters(for: reference.net), to: reference.tasks[0].support)
                    #expect(difference(numbers(model), try reference.list(adapted)) < 1e-9, "\(name) \(steps)")
                }
            }
        }
    }
}

@Test("ANIL adapts the head alone; with everything as head it is MAML, and BOIL adapts nothing")
func headOnly() throws {
    for reference in try Reference.all() {
        var split = reference.net
        split.names = ["body.W1", "body.b1", "head.W2", "head.b2"]
        var whole = reference.net
        whole.names = Reference.names.map { "head.\($0)" }
        for steps in [1, 2, 5] {
            for method in [MAML.Method.nestedGradients, .hessianVectorProducts] {
                let learner = MAML(method: method, innerSteps: steps, innerRate: 0.1, adapts: .part("head"))
                let parts = try reference.tasks.map {
                    try learner.taskGradient(at: learner.metaParameters(for: split), on: $0, iteration: 0)
                }
                let mean = zip(numbers(parts[0].gradient), numbers(parts[1].gradient)).map { ($0 + $1) / 2 }
                let expected = try reference.list(reference.json["anil"]?["\(steps)"]?["grad"])
                #expect(difference(mean, expected) < 1e-9)
            }
            func gradient(_ learner: some MetaLearner) throws -> [Double] {
                numbers(
                    try learner.taskGradient(
                        at: learner.metaParameters(for: whole), on: reference.tasks[0], iteration: 0
                    ).gradient)
            }
            let maml = try gradient(MAML(innerSteps: steps, innerRate: 0.1))
            #expect(difference(try gradient(ANIL(head: "head", innerSteps: steps, innerRate: 0.1)), maml) < 1e-12)
            let boil = try gradient(BOIL(head: "head", innerSteps: steps, innerRate: 0.1))
            #expect(difference(boil, try gradient(MAML(innerSteps: 0))) < 1e-12)
        }
    }
}

@Test("Reptile points back from the parameters that training ends at")
func reptile() throws {
    for reference in try Reference.all() {
        for steps in [1, 5] {
            let (_, gradient, _) = try reference.mean(Reptile(innerSteps: steps, innerRate: 0.1))
            let expected = try reference.list(reference.json["reptile"]?["\(steps)"]?["direction"])
            #expect(difference(gradient.map { -$0 }, expected) < 1e-9)
        }
    }
}

@Test("The implicit gradient is that of the inner problem's solution")
func implicit() throws {
    for reference in try Reference.all() {
        let learner = IMAML(lambda: 2, innerSteps: 2000, innerRate: 0.3, tolerance: 1e-13, conjugateSteps: 40)
        let expected = reference.json["imaml_lambda2"]
        let solution = try learner.adapt(MetaParameters(model: reference.net), to: reference.tasks[0].support)
        #expect(difference(numbers(solution), try tensor(expected?["phi_star_task0"]).array) < 1e-7)
        let (loss, gradient, _) = try reference.mean(learner)
        #expect(abs(loss - (expected?["meta_loss"]?.doubleValue ?? .nan)) < 1e-7)
        #expect(difference(gradient, try tensor(expected?["meta_grad_mean"]).array) < 1e-7)
    }
}

@Test("Hessian-vector products are the reference's, symmetric, and slopes of the gradient")
func hessianVectorProducts() throws {
    for reference in try Reference.all() {
        let support = reference.tasks[0].support
        let loss: (GoldenNet) -> Variable<Double> = { support.loss(of: $0) }
        func vector(_ parts: [Tensor<Double>]) -> GoldenNet {
            var result = reference.net
            result.replaceParameters(parts.map { Variable($0) })
            return result
        }
        let golden = reference.json["hvp_task0"]
        let v = vector(try Reference.names.map { try tensor(golden?["v"]?[$0]) })
        let u = vector(
            reference.net.parameters.enumerated().map { index, parameter in
                Tensor(randomNormal: parameter.shape, key: RandomKey(seed: 4).folded(index))
            })
        let hv = numbers(hvp(loss, at: reference.net, along: v).product)
        let hu = numbers(hvp(loss, at: reference.net, along: u).product)
        #expect(difference(hv, try reference.list(golden?["Hv"])) < 1e-9)
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(abs(dot(numbers(u), hv) - dot(numbers(v), hu)) < 1e-10)

        let width = 1e-5 / (numbers(v).map(abs).max() ?? 1)
        func slope(_ sign: Double) -> [Double] {
            let moved = zip(reference.net.parameters, v.parameters).map { $0.value + $1.value * (sign * width) }
            return numbers(valueAndGradient(at: vector(moved), loss).gradient)
        }
        let central = zip(slope(1), slope(-1)).map { ($0 - $1) / (2 * width) }
        #expect(difference(hv, central) < 1e-6)
    }
}

@Test("Prototypical and matching networks are those of the reference")
func metricLearners() throws {
    for reference in try Reference.all() {
        let embedding = GoldenNet(
            names: ["W1", "b1"], values: Array(reference.net.values.prefix(2)), activation: .tanh, isEmbedding: true)
        let task = reference.tasks[0]
        let proto = reference.json["protonet"]
        let prototypes = try ProtoNet().prototypes(of: embedding, support: task.support)
        #expect(difference(prototypes.value.array, try tensor(proto?["prototypes"]).array) < 1e-9)
        let logits = try ProtoNet().logits(of: embedding, for: task.query.inputs, support: task.support)
        #expect(difference(logits.value.array, try tensor(proto?["logits"]).array) < 1e-9)

        let matching = reference.json["matchingnet_cosine_noFCE"]
        let attention = MatchingNet().attention(of: embedding, for: task.query.inputs, support: task.support)
        #expect(difference(attention.value.array, try tensor(matching?["attention"]).array) < 1e-9)

        for (learner, expected) in [(ProtoNet(), proto), (MatchingNet(), matching)] as [(any MetaLearner, JSON?)] {
            let part = try learner.taskGradient(at: MetaParameters(model: embedding), on: task, iteration: 0)
            #expect(abs(part.queryLoss - (expected?["loss"]?.doubleValue ?? .nan)) < 1e-9)
            #expect(difference(numbers(part.gradient), try reference.list(expected?["grad"], ["W1", "b1"])) < 1e-9)
        }
    }
}

@Test("Without inner steps, or with rate 0, the meta-gradient is that of the query loss")
func noAdaptation() throws {
    for reference in try Reference.all() {
        let task = reference.tasks[0]
        let plain = valueAndGradient(at: reference.net) { task.query.loss(of: $0) }.gradient
        for learner in [MAML(innerSteps: 0), MAML(innerSteps: 3, innerRate: 0)] {
            for method in [MAML.Method.nestedGradients, .hessianVectorProducts] {
                var learner = learner
                learner.method = method
                let part = try learner.taskGradient(
                    at: learner.metaParameters(for: reference.net), on: task, iteration: 0)
                #expect(difference(numbers(part.gradient), numbers(plain)) < 1e-12)
            }
        }
    }
}

@Test("The switches of MAML++ give the same gradient in both forms of the second order")
func switches() throws {
    for reference in try Reference.all() {
        for rates in [InnerRates.fixed, .perStep(), .perStep(isPositive: true), .elementwise(isPositive: true)] {
            let parts = try [MAML.Method.nestedGradients, .hessianVectorProducts].map { method in
                let learner = MAML(
                    method: method, innerSteps: 3, innerRate: 0.1, rates: rates, multiStepIterations: 10)
                return try learner.taskGradient(
                    at: learner.metaParameters(for: reference.net), on: reference.tasks[0], iteration: 4)
            }
            #expect(difference(numbers(parts[0].gradient), numbers(parts[1].gradient)) < 1e-12, "\(rates)")
        }
        let annealed = MAML(innerSteps: 2, innerRate: 0.1, firstOrderIterations: 5)
        let start = annealed.metaParameters(for: reference.net)
        let early = try annealed.taskGradient(at: start, on: reference.tasks[0], iteration: 4)
        let first = try FOMAML(innerSteps: 2, innerRate: 0.1).taskGradient(
            at: start, on: reference.tasks[0], iteration: 0)
        #expect(numbers(early.gradient) == numbers(first.gradient))
    }
}
