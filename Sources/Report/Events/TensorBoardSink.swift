import Glibc
import Synchronization

/// Writes numbers to a TensorBoard event file.
///
/// A scalar becomes a curve of its name; the metrics of a step become curves `task/metric` over the completed units.
/// Other events have no curve and are left out. The format is TFRecord (length, masked CRC-32C, data, masked CRC-32C)
/// around `tensorflow.Event` messages (tensorflow/core/util/event.proto, summary.proto).
public final class TensorBoardSink: EventSink {
    /// The path of the event file.
    public let path: String
    private let file: Mutex<AppendingFile>
    private let clock: EventClock

    /// Creates a new event file in `folder`, which is created too if only its last part is missing.
    ///
    /// - Parameters:
    ///   - folder: The folder of the run.
    ///   - host: The name of the machine in the file name; nil asks the system.
    ///   - clock: What stamps the events.
    public init(folder: String, host: String? = nil, clock: EventClock = .system) throws(ReportError) {
        if mkdir(folder, 0o777) != 0 && errno != EEXIST { throw .system(folder, "creating the folder") }
        let time = clock.wallTime()
        let seconds = time.isFinite ? Int64(min(max(time, 0), 1e15)) : 0
        let name = (host ?? Self.hostName).map { $0.isLetter || $0.isNumber || "-._".contains($0) ? $0 : "_" }
        let base = folder + "/events.out.tfevents.\(seconds).\(String(name.prefix(60)))"
        var file = try Self.openNew(base)
        file.append(TFRecord.frame(EventMessage.fileVersion(wallTime: time)))
        path = file.path
        self.file = Mutex(file)
        self.clock = clock
    }

    /// Appends the numbers of the event.
    public func receive(_ event: ProgressEvent) {
        let time = clock.wallTime()
        var message: [UInt8]?
        switch event {
        case .scalar(let name, let step, let value):
            message = EventMessage.scalars([(name, value)], step: step, wallTime: time)
        case .step(let name, let completed, _, let metrics) where !metrics.isEmpty:
            let values = metrics.map { (tag: name + "/" + $0.name, value: $0.value) }
            message = EventMessage.scalars(values, step: completed, wallTime: time)
        case .started, .step, .message, .finished:
            break
        }
        guard let message else { return }
        let record = TFRecord.frame(message)
        file.withLock { $0.append(record) }
    }

    /// Closes the file; throws the first error of all writes.
    public func close() throws(ReportError) {
        let result: Result<Void, ReportError> = file.withLock { file in
            do throws(ReportError) {
                try file.close()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Two runs that begin in the same second get files of their own.
    private static func openNew(_ base: String) throws(ReportError) -> AppendingFile {
        var path = base
        for attempt in 1...1000 {
            do throws(ReportError) {
                return try AppendingFile(path: path, mustBeNew: true)
            } catch {
                guard attempt < 1000, access(path, F_OK) == 0 else { throw error }
                path = base + ".\(attempt)"
            }
        }
        throw .cannotWrite(path: base, step: "finding a free name", reason: "a thousand files have it already")
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The framing of records in TensorFlow's files.
enum TFRecord {
    /// One record: length, its checksum, the data, its checksum; all numbers little-endian.
    static func frame(_ data: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(data.count))
        return length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data))
    }

    static func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

/// The messages of an event file in protocol buffer encoding.
enum EventMessage {
    /// The first message of every file.
    static func fileVersion(wallTime: Double) -> [UInt8] {
        double(field: 1, wallTime) + bytes(field: 3, Array("brain.Event:2".utf8))
    }

    /// Named values at a step; `simple_value` is a 32-bit float.
    static func scalars(_ values: [(tag: String, value: Double)], step: Int, wallTime: Double) -> [UInt8] {
        var summary: [UInt8] = []
        for (tag, value) in values {
            let bits = TFRecord.littleEndian(Float(value).bitPattern)
            summary += bytes(field: 1, bytes(field: 1, Array(tag.utf8)) + key(field: 2, wireType: 5) + bits)
        }
        let stepBits = UInt64(bitPattern: Int64(step))
        return double(field: 1, wallTime) + key(field: 2, wireType: 0) + variableLength(stepBits)
            + bytes(field: 5, summary)
    }

    private static func key(field: UInt64, wireType: UInt64) -> [UInt8] {
        variableLength(field << 3 | wireType)
    }

    private static func double(field: UInt64, _ value: Double) -> [UInt8] {
        key(field: field, wireType: 1) + TFRecord.littleEndian(value.bitPattern)
    }

    private static func bytes(field: UInt64, _ value: [UInt8]) -> [UInt8] {
        key(field: field, wireType: 2) + variableLength(UInt64(value.count)) + value
    }

    /// Seven bits a byte, the lowest first, the top bit set while more follow.
    private static func variableLength(_ value: UInt64) -> [UInt8] {
        var rest = value
        var result: [UInt8] = []
        while rest >= 0x80 {
            result.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }
}
