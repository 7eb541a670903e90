import Autograd
import MetaLearning
import NN
import Tensor

let metaLearningWorkloads: [Workload] = [
    // One meta-update on 25 sine waves of 10 and 10 points, second order, one inner step.
    Workload("maml_sinusoid_25", .none) {
        var trainer = MetaTrainer(
            MLP<Float>(sizes: [1, 40, 40, 1], activation: .relu, key: RandomKey(seed: 1)),
            learner: MAML(innerRate: 0.01), optimizer: Adam<Float>(learningRate: 1e-3))
        let tasks = Sinusoids<Float>(key: RandomKey(seed: 2))
        return { try? trainer.fit(tasks, iterations: trainer.iteration + 1, tasksPerBatch: 25) }
    },
    // One update of the lung study: a target batch of 64 and of each of three sources a batch of 64 in halves.
    Workload("maml_lung_step", .none) {
        var network = GeneNetwork.Kind.perceptron.network(probes: 695, key: RandomKey(seed: 1))
        var optimizer = Adam<Float>(learningRate: 4e-4)
        let objective = SourceObjective(alpha: 0.5, innerRate: 0.05)
        func examples(_ count: Int, _ seed: UInt64) -> Examples<Float> {
            Examples(
                inputs: normal(count, 695, seed: seed),
                targets: .binary(
                    Tensor(randomBernoulli: [count, 1], probability: 0.5, key: RandomKey(seed: 1000 + seed))))
        }
        let target = examples(64, 1)
        let sources = (0..<3).map { MetaTask(support: examples(32, 10 + $0), query: examples(32, 20 + $0)) }
        return {
            guard let step = try? objective.step(at: network, target: target, sources: sources) else { return }
            optimizer.update(&network, along: step.gradient)
        }
    },
]
