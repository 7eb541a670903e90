import Glibc
import Tensor

/// A multiplier of the learning rate as a function of the number of updates done before, counted from 0.
///
/// Schedules are pure functions, so a run that resumes at a step goes on as if it had never stopped. Those with an
/// end keep their last value after it.
///
/// ```swift
/// let schedule = Schedule.warmup(100, then: .cosine(over: 900, floor: 0.1))
/// schedule(0)      // 0.01
/// schedule(100)    // 1
/// schedule(1000)   // 0.1
/// ```
public struct Schedule: Sendable {
    private let multiplier: @Sendable (Int) -> Double

    /// Creates a schedule from a function of the step.
    public init(_ multiplier: @escaping @Sendable (_ step: Int) -> Double) {
        self.multiplier = multiplier
    }

    /// The multiplier at a step, which counts from 0.
    public func callAsFunction(_ step: Int) -> Double { multiplier(step) }
}

// MARK: - Composition

extension Schedule {
    /// This schedule for `count` steps, then another one, which starts at its own step 0.
    public func followed(by next: Schedule, after count: Int) -> Schedule {
        requireSteps(count, atLeast: 0, "followed(by:after:)")
        return Schedule { $0 < count ? self($0) : next($0 - count) }
    }

    /// The multipliers times a factor.
    public func scaled(by factor: Double) -> Schedule { Schedule { factor * self($0) } }

    /// A linear warm-up, `(step + 1) / count`, then another schedule from its step 0. The first step is not zero.
    public static func warmup(_ count: Int, then next: Schedule = .constant) -> Schedule {
        linearWarmup(count).followed(by: next, after: count)
    }
}

// MARK: - Shapes

extension Schedule {
    /// Always 1.
    public static let constant = Schedule { _ in 1 }

    /// `min(1, (step + 1) / count)`
    public static func linearWarmup(_ count: Int) -> Schedule {
        requireSteps(count, atLeast: 0, "linearWarmup")
        return Schedule { $0 < count ? Double($0 + 1) / Double(count) : 1 }
    }

    /// From 1 to `floor` in a straight line.
    public static func linearDecay(over count: Int, floor: Double = 0) -> Schedule {
        requireSteps(count, atLeast: 1, "linearDecay")
        return Schedule { 1 - (1 - floor) * progress($0, count) }
    }

    /// From 1 to `floor` along half a cosine (Loshchilov & Hutter, arXiv 1608.03983, equation 5).
    public static func cosine(over count: Int, floor: Double = 0) -> Schedule {
        requireSteps(count, atLeast: 1, "cosine")
        return Schedule { floor + (1 - floor) * halfCosine(progress($0, count)) }
    }

    /// How a warm-up-stable-decay schedule ends.
    public enum DecayShape: Sendable {
        /// In a straight line.
        case linear
        /// As 1 minus the square root of the decay's progress.
        case squareRoot
    }

    /// Linear warm-up, a plateau at 1, and a decay to `floor`, whose first step is below 1 already and whose last
    /// step has the floor (Hu et al., arXiv 2404.06395, section 4; square root: Hägele et al., arXiv 2405.18392).
    public static func warmupStableDecay(
        warmup: Int, stable: Int, decay: Int, floor: Double = 0, shape: DecayShape = .linear
    ) -> Schedule {
        requireSteps(stable, atLeast: 0, "warmupStableDecay")
        requireSteps(decay, atLeast: 1, "warmupStableDecay")
        let decline = Schedule { step in
            let linear = progress(step + 1, decay)
            return 1 - (1 - floor) * (shape == .linear ? linear : linear.squareRoot())
        }
        return .warmup(warmup, then: .constant.followed(by: decline, after: stable))
    }

    /// Linear warm-up, then `sqrt(warmup / (step + 1))` (Vaswani et al., arXiv 1706.03762, equation 3, scaled to peak
    /// at 1).
    public static func inverseSquareRoot(warmup: Int) -> Schedule {
        requireSteps(warmup, atLeast: 1, "inverseSquareRoot")
        return Schedule { step in
            step < warmup ? Double(step + 1) / Double(warmup) : (Double(warmup) / Double(step + 1)).squareRoot()
        }
    }

    /// `rate^step`
    public static func exponential(_ rate: Double) -> Schedule { Schedule { pow(rate, Double($0)) } }

    /// Times `factor` after every `count` steps.
    public static func step(every count: Int, factor: Double) -> Schedule {
        requireSteps(count, atLeast: 1, "step(every:factor:)")
        return Schedule { pow(factor, Double($0 / count)) }
    }

    /// Half cosines from 1 to `floor` again and again; each period is `growth` times as long as the one before
    /// (Loshchilov & Hutter, arXiv 1608.03983).
    public static func cosineRestarts(period: Int, growth: Int = 1, floor: Double = 0) -> Schedule {
        requireSteps(period, atLeast: 1, "cosineRestarts")
        requireSteps(growth, atLeast: 1, "cosineRestarts")
        return Schedule { step in
            var (start, length) = (0, period)
            if growth == 1 {
                start = step / period * period
            } else {
                while step >= start + length {
                    start += length
                    length *= growth
                }
            }
            return floor + (1 - floor) * halfCosine(Double(step - start) / Double(length))
        }
    }

    /// One cycle: half a cosine up from `1 / startDivisor` to 1 and one down to `1 / (startDivisor endDivisor)`
    /// (Smith & Topin, arXiv 1708.07120; turning points as in `torch.optim.lr_scheduler.OneCycleLR`).
    public static func oneCycle(
        over count: Int, risingShare: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4
    ) -> Schedule {
        requireSteps(count, atLeast: 2, "oneCycle")
        let peak = risingShare * Double(count) - 1
        let last = Double(count - 1)
        let (start, end) = (1 / startDivisor, 1 / (startDivisor * endDivisor))
        return Schedule { step in
            let position = min(Double(step), last)
            if position < peak { return 1 + (start - 1) * halfCosine(position / peak) }
            return end + (1 - end) * halfCosine((position - peak) / (last - peak))
        }
    }
}

/// The share of `count` steps that is done, at most 1.
private func progress(_ step: Int, _ count: Int) -> Double { min(1, Double(step) / Double(count)) }

/// From 1 at 0 to 0 at 1.
private func halfCosine(_ progress: Double) -> Double { 0.5 * (1 + cos(Double.pi * progress)) }

private func requireSteps(_ count: Int, atLeast least: Int, _ name: StaticString) {
    if count < least { trap("\(name): \(count) steps are fewer than \(least)") }
}
