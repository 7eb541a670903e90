import Autograd
import NN
import Tensor

// A checkpoint of a run is a folder with
//   parameters.safetensors  the model and learned rates; the run's position as metadata
//   optimizer.safetensors   what the outer optimiser remembers

extension MetaTrainer {
    /// Saves the run in a folder of checkpoints, under the current iteration.
    public func save(to policy: CheckpointPolicy) throws(CheckpointError) {
        try policy.folder.write(step: iteration, keeping: policy.keeping) { (folder) throws(CheckpointError) in
            var optimizer = optimizer
            optimizer.prepare(for: parameters)
            try parameters.save(
                to: "\(folder)/parameters.safetensors",
                metadata: [
                    "learner": "\(Learner.self)", "iteration": "\(iteration)", "divergedTasks": "\(divergedTasks)",
                    "optimizerStep": "\(optimizer.state.step)", "inputNames": inputNames.joined(separator: "\n"),
                ])
            try optimizer.state.save(to: "\(folder)/optimizer.safetensors")
        }
    }

    /// Goes on from the latest checkpoint in a folder, bit for bit; the settings of learner and optimiser stay as they
    /// are. The run is unchanged if anything is wrong.
    ///
    /// A run without ``inputNames`` takes those of the checkpoint; one that has them refuses a checkpoint of others, or of
    /// another order.
    public mutating func resume(from path: String) throws(CheckpointError) {
        let checkpoints = CheckpointFolder(path)
        let step = try checkpoints.latestStep()
        try checkpoints.verify(step: step)
        let file = "\(checkpoints.path(ofStep: step))/parameters.safetensors"
        var resumed = self
        try resumed.parameters.load(from: file)
        let metadata: [(key: String, value: String)]
        do {
            metadata = try SafetensorsFile(contentsOf: file).metadata
        } catch {
            throw .file(error)
        }
        func text(_ name: String) -> String? { metadata.first { $0.key == name }?.value }
        func number(_ name: String) throws(CheckpointError) -> Int {
            guard let value = text(name).flatMap({ Int($0) }), value >= 0 else {
                throw .corrupted(path: file, problem: "\(name) is not there or not what it should be")
            }
            return value
        }
        guard text("learner") == "\(Learner.self)" else {
            let found = text("learner") ?? "unknown"
            throw .incompatible(path: file, problem: "its learner is \(found), not \(Learner.self)")
        }
        let names = (text("inputNames") ?? "").split(separator: "\n").map(String.init)
        guard inputNames.isEmpty || inputNames == names else {
            let place = zip(inputNames, names).prefix { $0 == $1 }.count
            func name(_ list: [String]) -> String { place < list.count ? list[place] : "nothing" }
            throw .incompatible(
                path: file,
                problem: "its input \(place) is \(name(names)), not \(name(inputNames)) (arrange tables as its inputs)")
        }
        resumed.inputNames = names
        resumed.optimizer.state = OptimizerState()
        resumed.optimizer.prepare(for: resumed.parameters)
        try resumed.optimizer.state.load(from: "\(checkpoints.path(ofStep: step))/optimizer.safetensors")
        resumed.optimizer.state.step = try number("optimizerStep")
        resumed.iteration = try number("iteration")
        resumed.divergedTasks = try number("divergedTasks")
        self = resumed
    }
}
