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
]
