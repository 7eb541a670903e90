import Glibc
import Tensor

/// What a worker answers to a round: the wall seconds of each call, and the process's peak memory.
struct Round: Codable {
    var seconds: [Double]
    var peak_bytes: Int
}

/// Runs one workload of Martlet by the protocol of `peers/worker.py`, in a process of its own.
enum Worker {
    static func run(_ workload: Workload, threads: Int) throws {
        Parallelism.threadCount = threads
        let work = try workload.prepare()
        work()
        work()
        answer("ready")
        while let line = readLine(), let duration = Double(line) {
            let end = now() + duration
            var round = Round(seconds: [], peak_bytes: 0)
            var total = 0.0
            while round.seconds.count < 3 || (now() < end && round.seconds.count < 5000) {
                let start = now()
                work()
                round.seconds.append(now() - start)
                total += round.seconds.last!
                if total > 8 { break }
            }
            round.peak_bytes = peakBytes()
            answer("{\"seconds\": \(round.seconds), \"peak_bytes\": \(round.peak_bytes)}")
        }
    }

    private static func answer(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The most memory that the process has held at once (VmHWM).
    private static func peakBytes() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 256)
        while fgets(&buffer, 256, file) != nil {
            let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if line.hasPrefix("VmHWM:") {
                return (Int(line.split(whereSeparator: \.isWhitespace)[1]) ?? 0) * 1024
            }
        }
        return 0
    }
}
