import Autograd
import Foundation
import MetaLearning
import NN
import Report
import Tabular
import Tensor
import Testing

private func trainer() -> MetaTrainer<MLP<Float>, MAML, Adam<Float>> {
    MetaTrainer(
        MLP<Float>(sizes: [1, 40, 40, 1], key: RandomKey(seed: 1)), learner: MAML(innerRate: 0.01),
        optimizer: Adam(learningRate: 1e-3))
}

private func bits(_ parameters: some Parameterized<Float>) -> [UInt32] {
    parameters.parameters.flatMap { $0.value.array.map(\.bitPattern) }
}

@Test("A run that was stopped and resumed has the bits of one that was not")
func resuming() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let tasks = Sinusoids<Float>(key: RandomKey(seed: 2))
    var whole = trainer()
    try whole.fit(tasks, iterations: 12)
    var first = trainer()
    try first.fit(tasks, iterations: 5, checkpoints: CheckpointPolicy(folder: folder, every: 2))
    var second = trainer()
    try second.resume(from: folder)
    #expect(second.iteration == 5)
    try second.fit(tasks, iterations: 12)
    #expect(bits(second.parameters) == bits(whole.parameters))
}

@Test("A checkpoint of other settings of the learner is refused, and so are other tasks")
func otherSettings() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func run(_ learner: MAML) -> MetaTrainer<MLP<Float>, MAML, Adam<Float>> {
        MetaTrainer(
            MLP<Float>(sizes: [1, 8, 1], key: RandomKey(seed: 1)), learner: learner,
            optimizer: Adam(learningRate: 1e-3))
    }
    let tasks = Sinusoids<Float>(key: RandomKey(seed: 2))
    var first = run(MAML(innerSteps: 2, innerRate: 0.01))
    try first.fit(tasks, iterations: 2, checkpoints: CheckpointPolicy(folder: folder, every: 2))
    func problem(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            guard case .incompatible(_, let problem) = error as? CheckpointError else { return "\(error)" }
            return problem
        }
    }
    let others: [(MAML, String)] = [
        (MAML(innerSteps: 2, innerRate: 0.02), "its learner's innerRate is 0.01, not 0.02"),
        (MAML(innerSteps: 3, innerRate: 0.01), "its learner's innerSteps is 2, not 3"),
        (MAML(order: .first, innerSteps: 2, innerRate: 0.01), "its learner's order is second, not first"),
        (MAML(innerSteps: 2, adapts: .part("layers.1")), "its learner's adapts is all, not part(\"layers.1\")"),
    ]
    for (learner, expected) in others {
        var other = run(learner)
        #expect(problem { try other.resume(from: folder) } == expected)
        #expect(other.iteration == 0)
    }
    func resumed() throws -> MetaTrainer<MLP<Float>, MAML, Adam<Float>> {
        var second = run(MAML(innerSteps: 2, innerRate: 0.01))
        try second.resume(from: folder)
        #expect(second.stream == first.stream && second.stream?.key == RandomKey(seed: 2))
        return second
    }
    var second = try resumed()
    #expect(
        problem { try second.fit(Sinusoids(key: RandomKey(seed: 3)), iterations: 4) }
            == "its samplerKey is 2, not 3")
    #expect(problem { try second.fit(tasks, iterations: 4, tasksPerBatch: 5) } == "its tasksPerBatch is 4, not 5")
    let linear = LinearTasks(center: Tensor<Float>([1]), key: RandomKey(seed: 2))
    #expect(
        problem { try second.fit(linear, iterations: 4) } == "its sampler is Sinusoids<Float>, not LinearTasks<Float>")
    #expect(second.iteration == 2)
    try second.fit(tasks, iterations: 4)
    // Within one session a run may turn to other tasks.
    try second.fit(linear, iterations: 5)
    #expect(second.iteration == 5 && second.stream?.sampler == "LinearTasks<Float>")
}

@Test("Every learner names its settings")
func settings() {
    #expect(MAML(innerRate: 0.5, rates: .perStep(isPositive: true)).settings["rates"] == "perStep(isPositive: true)")
    #expect(ANIL(head: "h", innerRate: 0.5).settings["innerRate"] == "0.5")
    #expect(Reptile(innerRule: .adam()).settings["innerRule"] != Reptile().settings["innerRule"])
    #expect(IMAML(lambda: 3).settings["lambda"] == "3.0")
    #expect(ProtoNet().settings != ProtoNet(similarity: .cosine()).settings)
    #expect(MatchingNet().settings.isEmpty)
}

@Test("Tasks of one class are an error, or left out and counted", arguments: [true, false])
func degenerateTasks(stacks: Bool) throws {
    // A quarter of the people are cases, so that sets of two often have none.
    let people = 40
    let cohort = try Cohort(
        name: "own", probes: ["a"], features: FeatureMatrix((0..<people).map { [Double($0 % 4)] }),
        labels: (0..<people).map { $0 % 4 == 0 ? 1 : 0 })
    let tasks = try CohortSampler<Double>([cohort], support: 4, query: 4, stratified: false, key: RandomKey(seed: 1))
    let degenerate = (0..<60).count { (try? tasks.task(at: $0)) == nil }
    #expect(degenerate > 10 && degenerate < 60)
    func run(_ policy: DegenerateSets) throws -> Int {
        // A perceptron learns all tasks on one tape, products of Hessians one task after another.
        var trainer = MetaTrainer(
            MLP<Double>(sizes: [1, 4, 1], key: RandomKey(seed: 2)),
            learner: MAML(method: stacks ? .nestedGradients : .hessianVectorProducts, innerRate: 0.1),
            optimizer: Adam<Double>(learningRate: 0.01))
        try trainer.fit(tasks, iterations: 20, tasksPerBatch: 3, degenerate: policy)
        #expect(trainer.iteration == 20)
        return trainer.degenerateTasks
    }
    #expect(throws: MetaLearningError.self) { try run(.refuse) }
    #expect(try run(.allowDegenerate) == degenerate)
}

@Test("A checkpoint knows its inputs: they are taken over, and another order is an error")
func inputNames() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func run(_ names: [String]) -> MetaTrainer<Linear<Double>, MAML, Adam<Double>> {
        MetaTrainer(
            Linear(3, 1, key: RandomKey(seed: 1)), learner: MAML(), optimizer: Adam(learningRate: 1e-3),
            inputNames: names)
    }
    let tasks = LinearTasks(center: Tensor<Double>([1, -2, 0.5]), spread: 0.3, key: RandomKey(seed: 2))
    var saved = run(["a", "b", "c"])
    try saved.fit(tasks, iterations: 1, checkpoints: CheckpointPolicy(folder: folder, every: 1))
    for names in [[], ["a", "b", "c"]] {
        var resumed = run(names)
        try resumed.resume(from: folder)
        #expect(resumed.inputNames == ["a", "b", "c"])
    }
    var other = run(["a", "c", "b"])
    #expect { try other.resume(from: folder) } throws: { "\($0)".contains("its input 1 is b, not c") }
    #expect(other.iteration == 0)
}

@Test("A cancelled run says so")
func cancelling() throws {
    let cancellation = Cancellation()
    cancellation.cancel()
    let sink = RecordingSink()
    var run = trainer()
    #expect(throws: CancellationError.self) {
        try run.fit(
            Sinusoids(key: RandomKey(seed: 2)), iterations: 3, events: sink, cancellation: cancellation)
    }
    #expect(sink.events.last == .finished(name: "meta-training", outcome: .cancelled))
}

@Test("Meta-training makes one gradient step go further on new sine waves")
func sinusoids() throws {
    var run = trainer()
    let tests = Sinusoids<Float>(key: RandomKey(seed: 3))
    func meanLoss(_ steps: Int) throws -> Double {
        try (0..<50).reduce(0) { try $0 + run.learner.queryLoss(run.parameters, on: tests.task(at: $1), steps: steps) }
            / 50
    }
    let before = try meanLoss(1)
    try run.fit(Sinusoids(key: RandomKey(seed: 2)), iterations: 300, tasksPerBatch: 25)
    #expect(try meanLoss(1) < 0.8 * before)
    #expect(try meanLoss(1) < meanLoss(0))
}

@Test("A step that diverges in every task is an error")
func divergence() throws {
    var run = MetaTrainer(
        MLP<Float>(sizes: [1, 8, 1], key: RandomKey(seed: 1)), learner: MAML(innerSteps: 20, innerRate: 1e20),
        optimizer: Adam<Float>(learningRate: 1e-3))
    #expect(throws: MetaLearningError.tooManyDiverged(iteration: 0, count: 4, total: 4)) {
        try run.fit(Sinusoids(key: RandomKey(seed: 2)), iterations: 1)
    }
}

@Test("Episodes draw distinct rows of distinct classes, the same for the same position")
func episodes() throws {
    let labels = Tensor<Int64>((0..<60).map { Int64($0 % 6) })
    let inputs = Tensor<Float>((0..<60).map { Float($0) }, shape: [60, 1])
    let sampler = try EpisodeSampler(
        inputs: inputs, labels: labels, ways: 3, shots: 2, queries: 5, key: RandomKey(seed: 1))
    for index in 0..<20 {
        let (support, query) = sampler.rows(at: index)
        let all = (support + query).flatMap { $0 }
        #expect(Set(all).count == 3 * 7)
        for way in 0..<3 { #expect(Set((support[way] + query[way]).map { $0 % 6 }).count == 1) }
        let task = try sampler.task(at: index)
        #expect(task.support.targets.labels?.array == [0, 0, 1, 1, 2, 2])
        #expect(task.query.inputs.array == query.joined().map { Float($0) })
    }
    #expect(throws: MetaLearningError.insufficientSamples(label: 0, have: 10, need: 11)) {
        try EpisodeSampler(inputs: inputs, labels: labels, ways: 3, shots: 6, queries: 5, key: RandomKey(seed: 1))
    }
    #expect(throws: MetaLearningError.insufficientClasses(have: 6, need: 7)) {
        try EpisodeSampler(inputs: inputs, labels: labels, ways: 7, shots: 1, queries: 1, key: RandomKey(seed: 1))
    }
}

@Test("The number of threads does not change a bit of what is learned")
func threads() throws {
    let usual = Parallelism.threadCount
    defer { Parallelism.threadCount = usual }
    var results: [[UInt32]] = []
    for count in [1, 3] {
        Parallelism.threadCount = count
        var run = trainer()
        try run.fit(Sinusoids(key: RandomKey(seed: 2)), iterations: 5, tasksPerBatch: 7)
        results.append(bits(run.parameters))
    }
    #expect(results[0] == results[1])
}

@Test("On linear tasks around a centre, a linear model learns to start from the centre")
func linearTasks() throws {
    let center = Tensor<Double>([1, -2, 0.5])
    var run = MetaTrainer(
        Linear<Double>(3, 1, hasBias: false, key: RandomKey(seed: 1)), learner: MAML(innerRate: 0.05),
        optimizer: Adam<Double>(learningRate: 0.02))
    try run.fit(
        LinearTasks(center: center, spread: 0.3, key: RandomKey(seed: 2)), iterations: 800, tasksPerBatch: 16)
    let weight = run.parameters.model.weight.value.array
    #expect(zip(weight, center.array).allSatisfy { abs($0 - $1) < 0.1 }, "\(weight)")
}

@Test("Reptile's inner Adam has no mean of gradients, and every task starts anew")
func reptileAdam() throws {
    let net = MLP<Double>(sizes: [1, 6, 1], activation: .tanh, key: RandomKey(seed: 1))
    let waves = Sinusoids<Double>(key: RandomKey(seed: 2))
    let learner = Reptile(innerSteps: 4, innerRate: 0.01, innerRule: .adam(beta2: 0.9, epsilon: 1e-6))
    let start = learner.metaParameters(for: net)
    for index in 0..<2 {
        let task = try waves.task(at: index)
        // v <- b v + (1 - b) g², theta <- theta - rate g / (sqrt(v / (1 - b^t)) + eps).
        var model = net
        var squares = net.parameters.map { Tensor<Double>(zeros: $0.shape) }
        for step in 1...4 {
            let slopes = valueAndGradient(at: model) { task.support.loss(of: $0) }.gradient.parameters.map(\.value)
            squares = zip(squares, slopes).map { $0 * 0.9 + $1 * $1 * 0.1 }
            let scale = 1 - [0.9, 0.81, 0.729, 0.6561][step - 1]
            let values = zip(model.parameters, zip(slopes, squares)).map { own, pair in
                Variable(own.value - pair.0 * 0.01 / ((pair.1 / scale).sqrt() + 1e-6))
            }
            model.replaceParameters(values)
        }
        let adapted = try learner.adapt(start, to: task.support)
        #expect(difference(numbers(adapted), numbers(model)) < 1e-12)
        let part = try learner.taskGradient(at: start, on: task, iteration: 0)
        let way = zip(numbers(net), numbers(model)).map { $0 - $1 }
        #expect(difference(numbers(part.gradient.model), way) < 1e-12)
    }
    // A first step of Adam is as long in every direction, which descent's is not.
    let first = try learner.adapt(start, to: waves.task(at: 0).support, steps: 1)
    let steps = zip(numbers(first), numbers(net)).map { abs($0 - $1) }
    #expect(steps.allSatisfy { abs($0 - 0.01) < 1e-3 })
    var run = MetaTrainer(net, learner: learner, optimizer: SGD<Double>(learningRate: 0.5))
    try run.fit(waves, iterations: 3)
    #expect(run.iteration == 3)
}

@Test("Many tasks at once have the mean of the gradients of each", arguments: [0, 1, 3])
func stackedTasks(steps: Int) throws {
    let net = MLP<Double>(sizes: [1, 8, 8, 1], activation: .tanh, key: RandomKey(seed: 1))
    let tasks = try (0..<5).map { try Sinusoids<Double>(key: RandomKey(seed: 2)).task(at: $0) }
    for rates in [InnerRates.fixed, .elementwise(), .perStep(isPositive: true)] {
        for order in [MAML.Order.first, .second] {
            let learner = MAML(order: order, innerSteps: steps, innerRate: 0.05, rates: rates, multiStepIterations: 10)
            let start = learner.metaParameters(for: net)
            let parts = try tasks.map { try learner.taskGradient(at: start, on: $0, iteration: 3) }
            let stacked = try #require(learner.batchGradient(at: start, on: tasks, iteration: 3))
            #expect(abs(stacked.queryLoss - parts.map(\.queryLoss).reduce(0, +) / 5) < 1e-12)
            var mean = parts[0].gradient.parameters.map { $0.value / 5 }
            for part in parts.dropFirst() { mean = zip(mean, part.gradient.parameters).map { $0 + $1.value / 5 } }
            #expect(difference(stacked.gradient.parameters.flatMap { $0.value.array }, mean.flatMap(\.array)) < 1e-12)
        }
    }
    let other = try Sinusoids<Double>(shots: 3, key: RandomKey(seed: 2)).task(at: 0)
    #expect(
        MAML().batchGradient(at: MetaParameters(model: net), on: [tasks[0], other], iteration: 0)?.queryLoss == nil)
}
