import Autograd
import Tensor

// A checkpoint of a run is a folder with
//   model.safetensors      parameters and buffers
//   optimizer.safetensors  what the optimiser remembers, named after the parameters
//   best.safetensors       the model with the lowest validation loss, if there was validation
//   state.json             the step, the key, the position in the data, the validation's progress
//   manifest.json          the lengths and checksums of the others

extension Trainer {
    /// Saves the run in a folder of checkpoints, under the current step.
    public func save(to policy: CheckpointPolicy) throws(CheckpointError) {
        try policy.folder.write(step: step, keeping: policy.keeping) { (folder) throws(CheckpointError) in
            var optimizer = optimizer
            optimizer.prepare(for: model)
            try model.save(to: "\(folder)/model.safetensors")
            try optimizer.state.save(to: "\(folder)/optimizer.safetensors")
            try bestModel?.save(to: "\(folder)/best.safetensors")
            try writeJSON(stateDescription, to: "\(folder)/state.json")
        }
    }

    /// Goes on from the latest checkpoint in a folder, bit for bit.
    ///
    /// Model, optimiser state, key and position are replaced; the optimiser's settings stay as they are. The run is
    /// unchanged if anything is wrong.
    /// - Throws: ``CheckpointError``: no checkpoint, damage, or tensors that are not those of the model or the
    /// optimiser.
    public mutating func resume(from folder: String) throws(CheckpointError) {
        let checkpoints = CheckpointFolder(folder)
        try resume(from: checkpoints, step: checkpoints.latestStep())
    }

    /// Goes on from the latest checkpoint in a folder if there is one; whether there was.
    @discardableResult
    public mutating func resumeIfPossible(from folder: String) throws(CheckpointError) -> Bool {
        let checkpoints = CheckpointFolder(folder)
        guard let step = try checkpoints.steps().last else { return false }
        try resume(from: checkpoints, step: step)
        return true
    }

    /// Goes on from the checkpoint of a step.
    public mutating func resume(from checkpoints: CheckpointFolder, step: Int) throws(CheckpointError) {
        try checkpoints.verify(step: step)
        let folder = checkpoints.path(ofStep: step)
        let state = try SavedState(readFrom: "\(folder)/state.json")
        guard state.scalar == "\(Model.Scalar.dtype)" else {
            throw .incompatible(path: folder, problem: "it holds \(state.scalar), the model \(Model.Scalar.dtype)")
        }
        var resumed = self
        try resumed.model.load(from: "\(folder)/model.safetensors")
        resumed.optimizer.state = OptimizerState()
        resumed.optimizer.prepare(for: resumed.model)
        try resumed.optimizer.state.load(from: "\(folder)/optimizer.safetensors")
        resumed.optimizer.state.step = state.optimizerStep
        resumed.bestModel = nil
        if state.progress.best != nil {
            var best = resumed.model
            try best.load(from: "\(folder)/best.safetensors")
            resumed.bestModel = best
        }
        resumed.step = state.step
        resumed.key = state.key
        resumed.dataPosition = state.position
        resumed.progress = ValidationProgress(
            best: state.progress.best, bestStep: state.progress.bestStep,
            evaluationsSinceBest: state.progress.evaluationsSinceBest)
        self = resumed
    }

    private var stateDescription: JSON {
        func number(_ value: Int) -> JSON { .integer(Int64(value)) }
        // Bit patterns, because a decimal number may be rounded.
        func bits(_ value: UInt64) -> JSON { .string(String(value, radix: 16)) }
        return [
            "format": 1,
            "scalar": .string("\(Model.Scalar.dtype)"),
            "step": number(step),
            "optimizerStep": number(optimizer.state.step),
            "key": bits(key.bits),
            "epoch": number(dataPosition.epoch),
            "batch": number(dataPosition.batch),
            "bestLoss": progress.best.map { bits($0.bitPattern) } ?? .null,
            "bestStep": number(progress.bestStep),
            "evaluationsSinceBest": number(progress.evaluationsSinceBest),
        ]
    }
}

/// What `state.json` says.
private struct SavedState {
    var scalar: String
    var step: Int
    var optimizerStep: Int
    var key: RandomKey
    var position: BatchSampler.Position
    var progress: (best: Double?, bestStep: Int, evaluationsSinceBest: Int)

    init(readFrom path: String) throws(CheckpointError) {
        let json = try readJSON(path)
        func missing(_ name: String) -> CheckpointError {
            .corrupted(path: path, problem: "\(name) is not there or not what it should be")
        }
        func number(_ name: String) throws(CheckpointError) -> Int {
            guard let value = json[name]?.intValue, value >= 0 else { throw missing(name) }
            return value
        }
        func bits(_ name: String) throws(CheckpointError) -> UInt64 {
            guard let text = json[name]?.stringValue, let value = UInt64(text, radix: 16) else { throw missing(name) }
            return value
        }
        guard json["format"]?.intValue == 1 else { throw missing("format") }
        guard let scalar = json["scalar"]?.stringValue else { throw missing("scalar") }
        self.scalar = scalar
        step = try number("step")
        optimizerStep = try number("optimizerStep")
        key = RandomKey(seed: try bits("key"))
        position = BatchSampler.Position(epoch: try number("epoch"), batch: try number("batch"))
        let best: Double? = json["bestLoss"]?.isNull == true ? nil : Double(bitPattern: try bits("bestLoss"))
        progress = (best, try number("bestStep"), try number("evaluationsSinceBest"))
    }
}
