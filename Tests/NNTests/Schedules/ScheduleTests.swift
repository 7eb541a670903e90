import GoldenSupport
import NN
import Tensor
import Testing

@Suite("Schedules")
struct ScheduleTests {
    @Test("every schedule gives the reference values")
    func golden() throws {
        for folder in try Golden.folders(topic: "core/ops") {
            let cases = try folder.index("optim.index.json")["cases"]?.arrayValue ?? []
            let attributes = try #require(cases.first { $0["name"]?.stringValue == "schedules" }?["attrs"])
            let total = try #require(attributes["total"]?.intValue)
            let warmup = try #require(attributes["warmup"]?.intValue)
            let floor = try #require(attributes["min_ratio"]?.doubleValue)
            let start = try #require(attributes["decay_start"]?.intValue)
            let schedules: [String: Schedule] = [
                "constant_warmup": .warmup(warmup),
                "linear_warmup_decay": .warmup(warmup, then: .linearDecay(over: total - warmup)),
                "cosine_warmup": .warmup(warmup, then: .cosine(over: total - warmup, floor: floor)),
                "wsd": .warmupStableDecay(warmup: warmup, stable: start - warmup, decay: total - start, floor: floor),
                "wsd_sqrt": .warmupStableDecay(
                    warmup: warmup, stable: start - warmup, decay: total - start, floor: floor, shape: .squareRoot),
                "inverse_sqrt": .inverseSquareRoot(warmup: warmup),
                "exponential": .exponential(0.97),
                "step_10_half": .step(every: 10, factor: 0.5),
                "cosine_restarts_T10": .cosineRestarts(period: 10),
            ]
            for (name, values) in try #require(attributes["values"]?.objectValue).map({ ($0.key, $0.value) }) {
                let schedule = try #require(schedules[name], "no schedule \(name)")
                for (step, value) in try #require(values.arrayValue).enumerated() {
                    let expected = try #require(value.doubleValue)
                    #expect(abs(schedule(step) - expected) < 1e-12, "\(name) at \(step)")
                }
            }
        }
    }

    @Test("schedules with an end keep their last value")
    func afterTheEnd() {
        #expect(abs(Schedule.linearDecay(over: 10, floor: 0.2)(1000) - 0.2) < 1e-15)
        #expect(abs(Schedule.cosine(over: 10, floor: 0.1)(11) - 0.1) < 1e-15)
        let decay = Schedule.warmupStableDecay(warmup: 2, stable: 3, decay: 4, floor: 0.25)
        #expect(decay(8) == 0.25 && decay(100) == 0.25)
        #expect(Schedule.linearWarmup(0)(0) == 1)
    }

    @Test("restarts grow by their factor")
    func growingRestarts() {
        let schedule = Schedule.cosineRestarts(period: 2, growth: 2, floor: 0.5)
        // Periods 0..<2, 2..<6, 6..<14.
        for start in [0, 2, 6] { #expect(schedule(start) == 1) }
        #expect(abs(schedule(4) - 0.75) < 1e-15 && abs(schedule(10) - 0.75) < 1e-15)
    }

    @Test(
        "one cycle rises to the peak and falls to the end, as torch's OneCycleLR(max_lr=1, total_steps=10)"
    )
    func oneCycle() {
        let schedule = Schedule.oneCycle(over: 10)
        // Turning points at steps 0, 0.3 * 10 - 1 = 2 and 9; half-way up and a seventh of the way down by the formula.
        let first = 0.04
        let last = 0.04 / 1e4
        #expect(abs(schedule(0) - first) < 1e-15)
        #expect(abs(schedule(1) - (1 + first) / 2) < 1e-15)
        #expect(abs(schedule(2) - 1) < 1e-15)
        #expect(abs(schedule(3) - (last + (1 - last) * 0.950484433951210)) < 1e-12)
        #expect(abs(schedule(9) - last) < 1e-15 && schedule(10) == schedule(9))
    }

    @Test("a schedule after another starts at its own first step")
    func composition() {
        let schedule = Schedule.constant.scaled(by: 2).followed(by: .linearDecay(over: 4), after: 3)
        #expect((0..<8).map { schedule($0) } == [2, 2, 2, 1, 0.75, 0.5, 0.25, 0])
    }
}
