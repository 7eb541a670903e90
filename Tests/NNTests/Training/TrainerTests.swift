import Autograd
import NN
import Report
import Tensor
import Testing

@Suite("Training")
struct TrainerTests {
    @Test("training lowers the loss and reports every step")
    func events() throws {
        var trainer = TestRun.trainer()
        let sink = RecordingSink()
        let plan = TrainingPlan(steps: 60, validationInterval: 20)
        try trainer.fit(
            TestRun.loader, plan: plan, events: sink,
            validate: { model in
                var model = model
                return Double(model.loss(TestRun.data.batch(at: Array(0..<50)), key: nil).scalar.doubleValue)
            },
            loss: { $0.loss($1, key: $2) })
        let losses = sink.scalars(named: "loss")
        #expect(losses.steps == (1...60).map(Double.init))
        let validation = sink.scalars(named: "validationLoss")
        #expect(validation.steps == [20, 40, 60])
        #expect(validation.values[2] < validation.values[0])
        #expect(abs(sink.scalars(named: "learningRate").values[0] - 0.01 / 5) < 1e-12)
        #expect(sink.events.first == .started(name: "training", total: 60, completed: 0))
        #expect(sink.events.last == .finished(name: "training", outcome: .completed))
        #expect(trainer.runningMeanHasMoved)
    }

    @Test("a loss that is not finite ends the run, names the step and leaves the model as it was")
    func nonFiniteLoss() throws {
        var trainer = TestRun.trainer()
        try TestRun.train(&trainer, to: 3)
        let before = trainer.model.bits
        let sink = RecordingSink()
        let error = #expect(throws: TrainingError.self) { () throws -> Void in
            try trainer.fit(TestRun.loader, plan: TrainingPlan(steps: 9), events: sink) { model, batch, key in
                model.loss(batch, key: key) * Variable(Float.infinity)
            }
        }
        #expect(error == .nonFiniteLoss(step: 4, value: .infinity))
        #expect(trainer.model.bits == before && trainer.step == 3)
        #expect(sink.events.last == .finished(name: "training", outcome: .failed))
    }

    @Test("cancelling saves the run and throws")
    func cancellation() throws {
        let folder = TemporaryFolder()
        var trainer = TestRun.trainer()
        let token = Cancellation()
        let plan = TrainingPlan(steps: 100, checkpoints: CheckpointPolicy(folder: folder.path, every: 50))
        var count = 0
        #expect(throws: CancellationError.self) {
            try trainer.fit(TestRun.loader, plan: plan, cancellation: token) { model, batch, key in
                count += 1
                if count == 5 { token.cancel() }
                return model.loss(batch, key: key)
            }
        }
        #expect(trainer.step == 5)
        #expect(try CheckpointFolder(folder.path).steps() == [5])
    }

    @Test("a cancelled task stops training")
    func taskCancellation() async {
        let task = Task { () -> Int in
            var trainer = TestRun.trainer()
            withUnsafeCurrentTask { $0?.cancel() }
            do { try TestRun.train(&trainer, to: 10) } catch is CancellationError { return trainer.step } catch {}
            return -1
        }
        #expect(await task.value == 0)
    }

    @Test("averaging the gradients of equal batches is one step on all of them")
    func accumulation() throws {
        let order = DataLoader<TensorDataset<Float, Float>.Batch, Never>(TestRun.data, batchSize: 25)
        let whole = DataLoader<TensorDataset<Float, Float>.Batch, Never>(TestRun.data, batchSize: 50)
        func trained(_ loader: DataLoader<TensorDataset<Float, Float>.Batch, Never>, _ parts: Int) throws -> [Float] {
            let model = TrainingModel(key: RandomKey(seed: 1))
            var trainer = Trainer(model: model, optimizer: SGD<Float>(learningRate: 0.1), key: RandomKey(seed: 1))
            let plan = TrainingPlan(steps: 3, batchesPerStep: parts)
            try trainer.fit(loader, plan: plan) { model, batch, _ in model.loss(batch, key: nil) }
            return trainer.model.hidden.value.array
        }
        let (parts, one) = (try trained(order, 2), try trained(whole, 1))
        for (a, b) in zip(parts, one) { #expect(abs(a - b) < 1e-5) }
    }

    @Test("data without a batch and errors of the data end the run")
    func badData() {
        struct ReadError: Error, Equatable {}
        struct Broken: Dataset {
            let count = 4
            func element(at index: Int) throws(ReadError) -> Int {
                if index == 3 { throw ReadError() }
                return index
            }
        }
        var trainer = TestRun.trainer()
        let empty = DataLoader(ArrayDataset<Int>([]), batchSize: 2) { $0 }
        #expect(throws: TrainingError.noData) {
            try trainer.fit(empty, plan: TrainingPlan(steps: 1)) { model, _, _ in model.output.sum() }
        }
        let broken = DataLoader(Broken(), batchSize: 2) { $0 }
        #expect(throws: ReadError()) {
            try trainer.fit(broken, plan: TrainingPlan(steps: 5)) { model, _, _ in model.output.sum() }
        }
        #expect(trainer.step == 1)
    }
}

extension TestTrainer {
    fileprivate var runningMeanHasMoved: Bool { model.runningMean.array.contains { $0 != 0 } }
}
