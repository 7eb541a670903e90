import Foundation

/// One line of the results: a workload on a number of threads beside one peer.
struct Result: Codable {
    var workload: String
    var threads: Int
    /// The median of single calls.
    var ours_s: Double
    var peer: String
    var peer_s: Double
    /// The peer's time over ours: above 1 Martlet is faster.
    var ratio: Double
    /// Our speed over the limit measured in the same run; nil where neither arithmetic nor memory is the limit.
    var limit_share: Double?
    var peak_bytes: Int
    var peer_peak_bytes: Int
}

/// Runs workloads in Martlet and in the peers by turns, each in a process of its own.
struct Comparison {
    var python: String
    var worker: String
    var peers: [String]
    var rounds: Int
    var secondsPerRound: Double

    /// The speeds that bound workloads on a number of threads.
    struct Limits {
        var operationsPerSecond: Double
        var bytesPerSecond: Double
    }

    /// The fastest matrix product and triad that any of the libraries reaches.
    func limits(threads: Int) throws -> Limits {
        func best(_ name: String) throws -> Double {
            let workload = Workload.all.first { $0.name == name }!
            return try times(workload, threads: threads).map { $0.seconds.min()! }.min()!
        }
        return Limits(
            operationsPerSecond: 2 * 1024 * 1024 * 1024 / (try best("sgemm_1024")),
            bytesPerSecond: 12 * Double(16 << 20) / (try best("triad_16M")))
    }

    func results(of workload: Workload, threads: Int, limits: Limits) throws -> [Result] {
        let samples = try times(workload, threads: threads)
        let ours = samples[0]
        let share: Double? =
            switch workload.limit {
            case .operations(let count): count / ours.median / limits.operationsPerSecond
            case .bytes(let count): count / ours.median / limits.bytesPerSecond
            case .none: nil
            }
        return samples.dropFirst().map { peer in
            Result(
                workload: workload.name, threads: threads, ours_s: ours.median, peer: peer.library,
                peer_s: peer.median, ratio: peer.median / ours.median, limit_share: share,
                peak_bytes: ours.peakBytes, peer_peak_bytes: peer.peakBytes)
        }
    }

    private struct Sample {
        var library: String
        var seconds: [Double] = []
        var peakBytes = 0

        var median: Double { seconds.sorted()[seconds.count / 2] }
    }

    /// Ours first, then the peers that have the workload.
    private func times(_ workload: Workload, threads: Int) throws -> [Sample] {
        let own = CommandLine.arguments[0]
        var children: [(Sample, Child)] = []
        for library in ["martlet"] + peers {
            let program = library == "martlet" ? [own, "worker"] : [python, worker, library]
            if let child = try Child(pinning(to: threads) + program + [workload.name, "\(threads)"]) {
                children.append((Sample(library: library), child))
            }
        }
        for _ in 0..<rounds {
            for index in children.indices {
                let round = try children[index].1.round(seconds: secondsPerRound)
                children[index].0.seconds += round.seconds
                children[index].0.peakBytes = max(children[index].0.peakBytes, round.peak_bytes)
            }
        }
        return children.map(\.0)
    }

    /// A command in front of another that keeps it on the first so many of the cores that this process may use, so
    /// that every library sees so many cores from its start.
    private func pinning(to threads: Int) -> [String] {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
        let cores = line.split(whereSeparator: \.isWhitespace).last?.split(separator: ",").flatMap { range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            return ends.isEmpty ? [] : Array(ends.first!...ends.last!)
        }
        let chosen = (cores ?? []).prefix(threads).map { "\($0)" }
        return chosen.isEmpty ? [] : ["/usr/bin/taskset", "-c", chosen.joined(separator: ",")]
    }
}
