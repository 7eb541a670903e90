import Synchronization

/// Keeps all events in memory, for tests and for drawing curves after a run.
public final class RecordingSink: EventSink {
    private let storage = Mutex<[ProgressEvent]>([])

    /// A sink without events yet.
    public init() {}

    /// Keeps the event.
    public func receive(_ event: ProgressEvent) {
        storage.withLock { $0.append(event) }
    }

    /// All events so far, in the order they came.
    public var events: [ProgressEvent] {
        storage.withLock { $0 }
    }

    /// The steps and values of one scalar, for a curve.
    public func scalars(named name: String) -> (steps: [Double], values: [Double]) {
        var result: (steps: [Double], values: [Double]) = ([], [])
        for case .scalar(name, let step, let value) in events {
            result.steps.append(Double(step))
            result.values.append(value)
        }
        return result
    }
}
