import CFuzz
import Glibc

/// One run of one reader. The callback of libFuzzer carries no context, so there is a single one; inputs come from one
/// thread.
nonisolated(unsafe) var session = Session()

struct Session {
    var reader = FuzzedReader.json
    private var inputs = 0
    private var accepted = 0
    private var largestPeak = 0
    private var largestShare = 0.0
    private var longest = 0.0

    /// The most processor time that an input may take; time on the clock says little on a busy machine.
    private static let secondsAllowed = 10.0

    /// Reads one input and stops the process if anything is wrong.
    mutating func test(_ input: UnsafeBufferPointer<UInt8>) -> Int32 {
        let bytes = Array(input)
        inputs += 1
        cfuzz_begin_measuring()
        let start = Session.processorSeconds()
        do {
            if try reader.accepts(bytes) { accepted += 1 }
        } catch {
            fatalError("\(reader): \(error)")
        }
        let peak = Int(cfuzz_peak())
        let limit = reader.memoryLimit(byteCount: bytes.count)
        if peak > limit { fatalError("\(reader): \(bytes.count) bytes took \(peak) bytes of memory, not \(limit)") }
        let seconds = Session.processorSeconds() - start
        if seconds > Session.secondsAllowed { fatalError("\(reader): \(bytes.count) bytes took \(seconds) seconds") }
        longest = max(longest, seconds)
        largestPeak = max(largestPeak, peak)
        largestShare = max(largestShare, Double(peak) / Double(limit))
        return 0
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Makes inputs without libFuzzer: first the seeds as they are, then mutations of them.
    mutating func mutate(_ arguments: [String]) {
        var options: [Substring: Substring] = [:]
        var seeds: [[UInt8]] = []
        for argument in arguments {
            if argument.hasPrefix("-") {
                let parts = argument.dropFirst().split(separator: "=", maxSplits: 1)
                if parts.count == 2 { options[parts[0]] = parts[1] }
            } else {
                seeds += files(in: argument)
            }
        }
        let runs = options["runs"].flatMap { Int($0) } ?? 200_000
        let seconds = options["timeout"].flatMap { UInt32($0) } ?? 100
        var mutator = Mutator(seed: options["seed"].flatMap { UInt64($0) } ?? 1)
        // The input is on disk before it is read, so that it is there if the reader ends the process.
        let artifact = "\(options["artifact_prefix"] ?? "./")input-\(reader)"
        let descriptor = open(artifact, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        for run in 0..<runs {
            let input = run < seeds.count ? seeds[run] : mutator.input(from: seeds)
            pwrite(descriptor, input, input.count, 0)
            ftruncate(descriptor, input.count)
            alarm(seconds)
            _ = input.withUnsafeBufferPointer { test($0) }
        }
        alarm(0)
        close(descriptor)
        unlink(artifact)
    }

    /// The counts of the run, for the script that started it.
    func report() {
        print(
            "fuzz: \(inputs) inputs, \(accepted) accepted, largest peak \(largestPeak) bytes,",
            "\(Int((largestShare * 100).rounded())) % of the limit at most,",
            "longest \(Int((longest * 1000).rounded())) ms")
    }
}
