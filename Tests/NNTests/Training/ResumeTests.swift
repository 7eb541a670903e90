import Autograd
import Glibc
import NN
import Tensor
import Testing

@Suite("Resuming", .serialized)
struct ResumeTests {
    @Test("a run that stops and resumes gives the same bits as one that does not, at every stopping point")
    func everyStoppingPoint() throws {
        var whole = TestRun.trainer()
        try TestRun.train(&whole, to: 20)
        // Epochs end after 7 batches, so this stops inside and at the end of epochs.
        for stop in [0, 1, 6, 7, 8, 13, 14, 19, 20] {
            let folder = TemporaryFolder()
            let policy = CheckpointPolicy(folder: folder.path, every: 4)
            var first = TestRun.trainer()
            try TestRun.train(&first, to: stop, checkpoints: policy)
            var second = TestTrainer(
                model: TrainingModel(key: RandomKey(seed: 99)), optimizer: first.optimizer, key: RandomKey(seed: 98))
            try second.resume(from: folder.path)
            #expect(second.step == stop)
            try TestRun.train(&second, to: 20, checkpoints: policy)
            #expect(second.model.bits == whole.model.bits, "stopped at \(stop)")
            let (a, b) = (second.optimizer.state.namedTensors(), whole.optimizer.state.namedTensors())
            #expect(a.map { $0.tensor.array } == b.map { $0.tensor.array })
            #expect(second.dataPosition == whole.dataPosition)
        }
    }

    @Test("the same seed gives the same bits with one thread and with two")
    func threads() throws {
        let before = Parallelism.threadCount
        defer { Parallelism.threadCount = before }
        var bits: [[UInt32]] = []
        for count in [1, 2] {
            Parallelism.threadCount = count
            var trainer = TestRun.trainer(width: 5000)
            try TestRun.train(&trainer, to: 8)
            bits.append(trainer.model.bits)
        }
        #expect(bits[0] == bits[1])
    }

    @Test("after kill -9 at random moments every visible checkpoint loads, and resuming gives the uninterrupted bits")
    func killed() async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        let checkpoints = CheckpointFolder(path)
        var crashes = 0
        for _ in 0..<6 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                var trainer = TestRun.trainer()
                try trainer.resumeIfPossible(from: path)
                let delay = UInt32.random(in: 1_000...200_000)
                Task.detached {
                    usleep(delay)
                    kill(getpid(), SIGKILL)
                }
                let policy = CheckpointPolicy(folder: path, every: 1, keeping: 4)
                try TestRun.train(&trainer, to: 1_000_000, checkpoints: policy)
            }
            crashes += 1
            for step in try checkpoints.steps() {
                var trainer = TestRun.trainer()
                try trainer.resume(from: checkpoints, step: step)
                #expect(trainer.step == step)
            }
        }
        let reached = try checkpoints.latestStep()
        #expect(reached > 0)
        var resumed = TestRun.trainer()
        try resumed.resume(from: path)
        let policy = CheckpointPolicy(folder: path, every: 3, keeping: 4)
        try TestRun.train(&resumed, to: reached + 5, checkpoints: policy)
        var whole = TestRun.trainer()
        try TestRun.train(&whole, to: reached + 5)
        #expect(resumed.model.bits == whole.model.bits)
        // Saving has cleared away what the killed processes had begun.
        #expect(entries(of: path).allSatisfy { $0.hasPrefix("step-") } == true)
        print("killed \(crashes) times, \(reached) steps done between")
    }

    @Test("the best model and the validation's progress survive")
    func validation() throws {
        let folder = TemporaryFolder()
        let losses: [Double] = [3, 2, 2.5, 2.6, 1, 4, 5, 6, 7]
        func run(_ trainer: inout TestTrainer, to steps: Int) throws -> TestTrainer.Outcome {
            let plan = TrainingPlan(
                steps: steps, validationInterval: 1, earlyStopping: EarlyStopping(patience: 3),
                checkpoints: CheckpointPolicy(folder: folder.path, every: 100))
            var step = trainer.step
            let validate: (TrainingModel) throws -> Double = { _ in
                step += 1
                return losses[step - 1]
            }
            return try trainer.fit(TestRun.loader, plan: plan, validate: validate) { $0.loss($1, key: $2) }
        }
        var first = TestRun.trainer()
        #expect(try run(&first, to: 4) == .completed)
        #expect(first.progress.best == 2 && first.progress.evaluationsSinceBest == 2)
        var second = TestRun.trainer()
        try second.resume(from: folder.path)
        #expect(second.progress == first.progress)
        #expect(second.bestModel?.bits == first.bestModel?.bits && second.bestModel?.bits != second.model.bits)
        #expect(try run(&second, to: 9) == .stoppedEarly)
        #expect(second.progress.best == 1 && second.progress.bestStep == 5 && second.step == 8)
    }
}

@Suite("Damaged and unfit checkpoints", .serialized)
struct CheckpointErrorTests {
    /// A folder with one checkpoint, of step 3.
    private func saved() throws -> (folder: TemporaryFolder, checkpoint: String, trainer: TestTrainer) {
        let folder = TemporaryFolder()
        var trainer = TestRun.trainer()
        try TestRun.train(&trainer, to: 3, checkpoints: CheckpointPolicy(folder: folder.path, every: 10))
        return (folder, CheckpointFolder(folder.path).path(ofStep: 3), trainer)
    }

    @Test("a flipped bit, a cut and a lost file are found in every file, and the run stays as it was")
    func damage() throws {
        let (folder, checkpoint, _) = try saved()
        let names = entries(of: checkpoint)
        #expect(names == ["manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"])
        for name in names {
            let path = "\(checkpoint)/\(name)"
            let sound = try MappedFile(contentsOf: path).array
            var variants: [[UInt8]] = [[], Array(sound.dropLast()), Array(sound.prefix(sound.count / 2))]
            for position in stride(from: 0, to: sound.count, by: max(1, sound.count / 40)) {
                var changed = sound
                changed[position] ^= 1
                variants.append(changed)
            }
            for (number, variant) in variants.enumerated() {
                try AtomicFile.write(to: path, variant)
                var trainer = TestRun.trainer()
                let before = trainer.model.bits
                #expect(throws: CheckpointError.self, "\(name), variant \(number)") {
                    try trainer.resume(from: folder.path)
                }
                #expect(trainer.model.bits == before && trainer.step == 0)
            }
            unlink(path)
            var trainer = TestRun.trainer()
            #expect(throws: CheckpointError.self) { try trainer.resume(from: folder.path) }
            try AtomicFile.write(to: path, sound)
            try trainer.resume(from: folder.path)
        }
    }

    @Test("one error names every missing, unexpected and wrongly shaped tensor")
    func mismatch() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/model.safetensors"
        let tensors: [(name: String, tensor: AnyTensor)] = [
            ("hidden", AnyTensor(Tensor<Float>(zeros: [4, 16]))), ("output", AnyTensor(Tensor<Float>(zeros: [16, 2]))),
            ("runningMean", AnyTensor(Tensor<Float>(zeros: []))), ("extra", AnyTensor(Tensor<Float>(zeros: [1]))),
        ]
        try SafetensorsFile.write(tensors, to: path)
        var model = TrainingModel(key: RandomKey(seed: 1))
        let before = model.bits
        let error = try #require(throws: CheckpointError.self) { try model.load(from: path) }
        guard case .mismatch(let mismatch) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(mismatch.missing == ["bias"] && mismatch.unexpected == ["extra"])
        #expect(mismatch.misshaped.map(\.name) == ["runningMean", "output"])
        #expect(mismatch.misshaped.last?.expected == [16, 1] && mismatch.misshaped.last?.found == [16, 2])
        #expect("\(error)".contains("wrong shape: output is [16, 2], expected [16, 1]"))
        #expect(model.bits == before)
    }

    @Test("a checkpoint of another optimiser does not fit")
    func otherOptimizer() throws {
        let (folder, _, trained) = try saved()
        var other = Trainer(model: trained.model, optimizer: Lion<Float>(), key: RandomKey(seed: 1))
        #expect(throws: CheckpointError.self) { try other.resume(from: folder.path) }
        #expect(other.step == 0)
    }

    @Test("an empty or absent folder has no checkpoint, a file is no folder")
    func noCheckpoint() throws {
        let folder = TemporaryFolder()
        var trainer = TestRun.trainer()
        #expect(throws: CheckpointError.self) { try trainer.resume(from: folder.path) }
        #expect(try trainer.resumeIfPossible(from: "\(folder.path)/absent") == false)
        let file = "\(folder.path)/file"
        try AtomicFile.write(to: file, [1])
        #expect(throws: CheckpointError.self) {
            try trainer.save(to: CheckpointPolicy(folder: "\(file)/run", every: 1))
        }
        #expect(throws: CheckpointError.self) { try trainer.save(to: CheckpointPolicy(folder: file, every: 1)) }
    }

    @Test("when the disk takes no more, saving throws, and the old checkpoint stays alone")
    func fullDisk() async throws {
        let (folder, _, _) = try saved()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            var trainer = TestRun.trainer()
            try trainer.resume(from: path)
            // A limit on file sizes fails writes as a full disk does.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 700, rlim_max: 700)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            for step in [3, 5] {
                do {
                    let folder = CheckpointFolder(path)
                    try folder.write(step: step, keeping: 1) { (temporary) throws(CheckpointError) in
                        try trainer.model.save(to: "\(temporary)/small.safetensors")
                        try trainer.optimizer.state.save(to: "\(temporary)/large.safetensors")
                    }
                    exit(1)
                } catch is CheckpointError {}
            }
            exit(0)
        }
        #expect(entries(of: path) == ["step-000000003"])
        var trainer = TestRun.trainer()
        try trainer.resume(from: path)
        #expect(trainer.step == 3)
    }

    @Test("only the latest checkpoints stay, and one step can be saved twice")
    func keepingTheLatest() throws {
        let folder = TemporaryFolder()
        var trainer = TestRun.trainer()
        try TestRun.train(&trainer, to: 10, checkpoints: CheckpointPolicy(folder: folder.path, every: 2, keeping: 2))
        #expect(try CheckpointFolder(folder.path).steps() == [8, 10])
        trainer.key = RandomKey(seed: 77)
        try trainer.save(to: CheckpointPolicy(folder: folder.path, every: 2, keeping: 2))
        #expect(entries(of: folder.path) == ["step-000000008", "step-000000010"])
        try trainer.resume(from: folder.path)
        #expect(trainer.key == RandomKey(seed: 77))
    }

    @Test("an optimiser without memory can be saved and resumed")
    func noMemory() throws {
        let folder = TemporaryFolder()
        let model = TrainingModel(key: RandomKey(seed: 1))
        var trainer = Trainer(model: model, optimizer: SGD<Float>(learningRate: 0.1), key: RandomKey(seed: 1))
        let plan = TrainingPlan(steps: 2, checkpoints: CheckpointPolicy(folder: folder.path, every: 1))
        try trainer.fit(TestRun.loader, plan: plan) { $0.loss($1, key: $2) }
        var resumed = Trainer(model: model, optimizer: SGD<Float>(learningRate: 0.1), key: RandomKey(seed: 1))
        try resumed.resume(from: folder.path)
        #expect(resumed.model.bits == trainer.model.bits && resumed.optimizer.state.step == 2)
    }
}
