import Tabular

extension Cohort {
    /// The cohort with the probes of a model in the model's order; other probes are left out.
    ///
    /// - Parameter probes: the ids that the model was trained on, each once.
    /// - Throws: ``CohortError/missingProbes(_:cohort:)`` if the cohort lacks one of them.
    public func arranged(as probes: [String]) throws(CohortError) -> Cohort {
        guard self.probes != probes else { return self }
        let places = Dictionary(uniqueKeysWithValues: self.probes.enumerated().map { ($1, $0) })
        let missing = probes.filter { places[$0] == nil }
        guard missing.isEmpty else { throw .missingProbes(missing, cohort: name) }
        var result = self
        result.features = features.selecting(columns: probes.compactMap { places[$0] })
        result.probes = probes
        return result
    }
}

/// Cohorts brought to the same probes, in the order of the first.
public struct AlignedCohorts: Sendable {
    /// The cohorts, all with the same probes.
    public let cohorts: [Cohort]
    /// For each cohort the number of its probes that others lack.
    public let dropped: [Int]

    /// Keeps the probes that all cohorts have, in the order of the first cohort.
    ///
    /// - Throws: ``CohortError/tooFewSharedProbes(have:need:cohorts:)`` if less than `minimum` are left.
    public init(_ cohorts: [Cohort], minimum: Int = 2) throws(CohortError) {
        let sets = cohorts.map { Set($0.probes) }
        let shared = (cohorts.first?.probes ?? []).filter { probe in sets.allSatisfy { $0.contains(probe) } }
        guard shared.count >= minimum else {
            throw .tooFewSharedProbes(have: shared.count, need: minimum, cohorts: cohorts.map(\.name))
        }
        var aligned: [Cohort] = []
        for cohort in cohorts { aligned.append(try cohort.arranged(as: shared)) }
        self.cohorts = aligned
        dropped = cohorts.map { $0.probes.count - shared.count }
    }

    /// Pairs of people of different cohorts whose profiles correlate above a limit: the same person, or the same array.
    public func suspiciousPairs(above limit: Double = 0.999) -> [(first: (Int, Int), second: (Int, Int))] {
        let profiles = cohorts.map { cohort in (0..<cohort.count).map { centered(cohort.features.row($0)) } }
        var pairs: [(first: (Int, Int), second: (Int, Int))] = []
        for a in cohorts.indices {
            for b in a + 1..<max(cohorts.count, a + 1) {
                for (i, first) in profiles[a].enumerated() {
                    for (j, second) in profiles[b].enumerated() {
                        var product = 0.0
                        for k in first.indices { product += first[k] * second[k] }
                        if product > limit { pairs.append(((a, i), (b, j))) }
                    }
                }
            }
        }
        return pairs
    }

    /// A profile less its mean, of length 1; missing values count as the mean.
    private func centered(_ profile: ArraySlice<Double>) -> [Double] {
        let known = profile.filter { !$0.isNaN }
        let mean = known.reduce(0, +) / Double(max(known.count, 1))
        let rest = profile.map { $0.isNaN ? 0 : $0 - mean }
        let length = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? rest.map { $0 / length } : rest
    }
}
