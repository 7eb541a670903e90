import Tabular

/// What a study does about values that are not there.
public enum MissingValues: Sendable, Hashable {
    /// They are an error.
    case refuse
    /// Each becomes the median of its probe in the rows that are learned from: the training rows for the target, all
    /// people of its own cohort for a source.
    case impute
}

extension MissingValues {
    /// The target's training and test rows and the sources without missing values.
    ///
    /// - Parameters:
    ///   - names: The names of the target and of the sources, for errors.
    ///   - probes: The ids of the columns.
    /// - Throws: ``CohortError/noValue(probe:cohort:)`` if a probe has no value in the rows to learn from.
    func completed(
        train: FeatureMatrix, test: FeatureMatrix, sources: [FeatureMatrix], names: [String], probes: [String]
    ) throws(CohortError) -> (train: FeatureMatrix, test: FeatureMatrix, sources: [FeatureMatrix]) {
        guard self == .impute else { return (train, test, sources) }
        let medians = try Self.medians(train, names.first ?? "", probes)
        var filled: [FeatureMatrix] = []
        for (place, source) in sources.enumerated() {
            let name = place + 1 < names.count ? names[place + 1] : ""
            filled.append(try Self.medians(source, name, probes).transform(source))
        }
        return (medians.transform(train), medians.transform(test), filled)
    }

    /// The median of every probe.
    static func medians(
        _ features: FeatureMatrix, _ name: String, _ probes: [String]
    ) throws(CohortError) -> FittedImputer {
        do {
            return try Imputer(.median).fit(features)
        } catch .allMissing(let column) {
            throw .noValue(probe: probes[column], cohort: name)
        } catch {
            throw .file(path: name, problem: "\(error)")
        }
    }
}
