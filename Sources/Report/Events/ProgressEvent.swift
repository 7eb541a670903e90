/// Something that a long-running call says about how far it has come.
public enum ProgressEvent: Sendable, Equatable {
    /// A task begins. `completed` is above zero when it resumes.
    case started(name: String, total: Int?, completed: Int = 0)
    /// So many units of a task are done.
    case step(name: String, completed: Int, total: Int?, metrics: Metrics = [:])
    /// A number worth a curve, such as a loss, at a step of the run.
    case scalar(name: String, step: Int, value: Double)
    /// A sentence for the reader.
    case message(String)
    /// A task has ended, and how.
    case finished(name: String, outcome: Outcome = .completed)

    /// How a task ended.
    public enum Outcome: String, Sendable, Hashable {
        /// All of it was done.
        case completed
        /// Someone asked it to stop.
        case cancelled
        /// An error ended it.
        case failed
    }

    /// Named numbers in the order they were given, as in `["loss": 0.12, "accuracy": 0.97]`.
    public struct Metrics: Sendable, Equatable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
        /// One named number.
        public struct Metric: Sendable, Equatable {
            /// The name.
            public var name: String
            /// The number.
            public var value: Double

            /// A named number.
            public init(name: String, value: Double) {
                self.name = name
                self.value = value
            }

            /// Two metrics are equal if their names and numbers are; NaN equals itself, or no event with one would.
            public static func == (a: Metric, b: Metric) -> Bool {
                a.name == b.name && (a.value == b.value || a.value.isNaN && b.value.isNaN)
            }
        }

        private var metrics: [Metric]

        /// Metrics in this order.
        public init(_ metrics: [Metric]) {
            self.metrics = metrics
        }

        /// Metrics in the order of the literal.
        public init(dictionaryLiteral elements: (String, Double)...) {
            metrics = elements.map { Metric(name: $0.0, value: $0.1) }
        }

        /// Adds a metric at the end.
        public mutating func append(name: String, value: Double) {
            metrics.append(Metric(name: name, value: value))
        }

        /// The position of the first metric.
        public var startIndex: Int { metrics.startIndex }
        /// The position after the last metric.
        public var endIndex: Int { metrics.endIndex }
        /// The metric at a position.
        public subscript(position: Int) -> Metric { metrics[position] }
    }
}

/// Receives the events of long-running calls.
///
/// Sinks may be called from several threads at once and must return soon: the caller waits. They cannot fail, because
/// no training should die of a full log disk; a sink that writes keeps its first error for `close()` to throw.
public protocol EventSink: Sendable {
    /// Takes note of an event.
    func receive(_ event: ProgressEvent)
}

/// Ignores all events.
public struct SilentSink: EventSink {
    /// A sink that ignores all events.
    public init() {}

    /// Does nothing.
    public func receive(_ event: ProgressEvent) {}
}

/// Hands every event to several sinks, in their order.
public struct CompositeSink: EventSink {
    /// The sinks.
    public let sinks: [any EventSink]

    /// A sink that hands every event to all of `sinks`.
    public init(_ sinks: [any EventSink]) {
        self.sinks = sinks
    }

    /// Hands the event on.
    public func receive(_ event: ProgressEvent) {
        for sink in sinks { sink.receive(event) }
    }
}
