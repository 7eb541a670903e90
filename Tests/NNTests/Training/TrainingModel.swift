import Autograd
import Glibc
import NN
import Tensor

/// A perceptron with one hidden layer, dropout and a running mean of its hidden values as a buffer.
struct TrainingModel: Parameterized {
    typealias Scalar = Float

    var hidden: Variable<Float>
    var bias: Variable<Float>
    var output: Variable<Float>
    var runningMean: Tensor<Float>

    init(key: RandomKey, width: Int = 16) {
        let keys = key.split(2)
        hidden = Variable(Tensor(randomNormal: [4, width], standardDeviation: 0.5, key: keys[0]))
        bias = Variable(Tensor(zeros: [width]))
        output = Variable(Tensor(randomNormal: [width, 1], standardDeviation: 0.5, key: keys[1]))
        runningMean = Tensor(zeros: [width])
    }

    mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        visitor.visit("hidden", &hidden)
        visitor.visit("bias", &bias)
        visitor.visitBuffer("runningMean", &runningMean)
        visitor.visit("output", &output)
    }

    /// The mean squared error on a batch.
    mutating func loss(_ batch: TensorDataset<Float, Float>.Batch, key: RandomKey?) -> Variable<Float> {
        var h = ((Variable(batch.input) • hidden) + bias).tanh()
        if let key {
            runningMean = runningMean * 0.9 + h.value.mean(axis: 0) * 0.1
            h = h * Variable(Tensor(randomBernoulli: h.shape, probability: 0.9, key: key))
        }
        let error = (h • output) - Variable(batch.target)
        return (error * error).mean()
    }

    /// Every bit of the parameters and buffers.
    var bits: [UInt32] { namedTensors().flatMap { $0.tensor.array.map(\.bitPattern) } }
}

typealias TestTrainer = Trainer<TrainingModel, AdamW<Float>>

/// One run with everything that a checkpoint must keep: shuffling, dropout, a schedule, buffers, optimiser state.
enum TestRun {
    static func trainer(width: Int = 16) -> TestTrainer {
        TestTrainer(
            model: TrainingModel(key: RandomKey(seed: 1), width: width),
            optimizer: AdamW(learningRate: 0.01, schedule: .warmup(5, then: .cosine(over: 100, floor: 0.1))),
            key: RandomKey(seed: 2))
    }

    static let data: TensorDataset<Float, Float> = {
        let x = Tensor<Float>(randomNormal: [50, 4], key: RandomKey(seed: 3))
        return TensorDataset(x, (x * x).sum(axis: 1, keepDimensions: true))
    }()

    static var loader: DataLoader<TensorDataset<Float, Float>.Batch, Never> {
        DataLoader(data, batchSize: 8, shuffle: RandomKey(seed: 4))
    }

    static func train(_ trainer: inout TestTrainer, to steps: Int, checkpoints: CheckpointPolicy? = nil) throws {
        let plan = TrainingPlan(steps: steps, gradientNormLimit: 1, checkpoints: checkpoints)
        try trainer.fit(loader, plan: plan) { model, batch, key in model.loss(batch, key: key) }
    }
}

/// An empty folder that goes away with the object.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/martlet-training-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { removeTree(path) }
}

private func removeTree(_ path: String) {
    for name in entries(of: path) where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
    rmdir(path)
}

/// The names in a folder, sorted, hidden ones too.
func entries(of path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}
