import Glibc

/// Where sinks take the time from; tests put in their own.
public struct EventClock: Sendable {
    /// Seconds since 1970, for time stamps.
    public var wallTime: @Sendable () -> Double
    /// Seconds since some fixed moment, never set back, for durations.
    public var monotonicTime: @Sendable () -> Double

    /// A clock from its two readings.
    public init(wallTime: @escaping @Sendable () -> Double, monotonicTime: @escaping @Sendable () -> Double) {
        self.wallTime = wallTime
        self.monotonicTime = monotonicTime
    }

    /// The clock of the system.
    public static let system = EventClock(
        wallTime: { seconds(CLOCK_REALTIME) }, monotonicTime: { seconds(CLOCK_MONOTONIC) })

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
