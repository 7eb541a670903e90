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
            var metadata = [
                "learner": "\(Learner.self)", "iteration": "\(iteration)", "divergedTasks": "\(divergedTasks)",
                "degenerateTasks": "\(degenerateTasks)", "optimizerStep": "\(optimizer.state.step)",
                "inputNames": inputNames.joined(separator: "\n"),
            ]
            for (name, value) in learner.settings { metadata["learner." + name] = value }
            metadata.merge(stream?.metadata ?? [:]) { own, _ in own }
            try parameters.save(to: "\(folder)/parameters.safetensors", metadata: metadata)
            try optimizer.state.save(to: "\(folder)/optimizer.safetensors")
        }
    }

    /// Goes on from the latest checkpoint in a folder, bit for bit; the optimiser's settings stay as they are. The run is
    /// unchanged if anything is wrong.
    ///
    /// A checkpoint of another learner or of other settings of it, as the inner rate and the number of inner steps, is
    /// refused; so are other tasks than the checkpoint's, when they are given to
    /// ``fit(_:iterations:tasksPerBatch:degenerate:checkpoints:events:cancellation:)``.
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
        let own = learner.settings
        let saved = metadata.filter { $0.key.hasPrefix("learner.") }.map { ($0.key.dropFirst(8), $0.value) }
        let found = Dictionary(saved.map { (String($0), $1) }) { first, _ in first }
        if let name = Set(own.keys).union(found.keys).sorted().first(where: { own[$0] != found[$0] }) {
            throw .incompatible(
                path: file,
                problem: "its learner's \(name) is \(found[name] ?? "not there"), not \(own[name] ?? "not there")")
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
        resumed.degenerateTasks = try number("degenerateTasks")
        resumed.stream = TaskStream(text)
        resumed.resumedFile = file
        self = resumed
    }
}
