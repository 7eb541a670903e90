import Report
import Statistics
import Tensor

/// What many rows' attributions say about features.
public struct AttributionSummary: Sendable {
    /// `[rows][features]`.
    public let values: [[Double]]
    /// The values of the features themselves, for colours; `[rows][features]`.
    public let features: [[Double]]
    /// The names of the features.
    public let names: [String]

    /// Joins attributions, features and names; traps if their numbers differ.
    public init(values: [[Double]], features: [[Double]], names: [String]) {
        guard values.allSatisfy({ $0.count == names.count }), values.count == features.count else {
            trap("AttributionSummary: \(values.count) rows, \(features.count) rows of features, \(names.count) names")
        }
        self.values = values
        self.features = features
        self.names = names
    }

    /// The mean size of each feature's attributions.
    public var sizes: [Double] { names.indices.map { feature in values.map { abs($0[feature]) }.mean } }

    /// The features of the largest attributions, largest first.
    public func leaders(_ count: Int = 15) -> [Int] {
        let sizes = sizes
        return Array(
            names.indices.sorted { sizes[$0] > sizes[$1] || (sizes[$0] == sizes[$1] && $0 < $1) }.prefix(count))
    }

    /// Bars of the largest mean sizes.
    public func bars(_ count: Int = 15, title: String = "Mean size of attributions") -> Figure {
        let chosen = leaders(count)
        let sizes = sizes
        var figure = Figure(
            title: title, x: Axis("Mean |attribution|"), y: Axis("", categories: chosen.map { names[$0] }),
            height: 90 + 22 * Double(chosen.count))
        figure.add(.bars(chosen.map { sizes[$0] }))
        return figure
    }

    /// A point for each row and leading feature, in one colour where the feature is above its median and in another
    /// below.
    public func points(_ count: Int = 15, title: String = "Attributions") -> Figure {
        let chosen = leaders(count)
        var figure = Figure(
            title: title, x: Axis("Attribution"), y: Axis("", categories: chosen.map { names[$0] }),
            height: 90 + 22 * Double(chosen.count))
        for isHigh in [false, true] {
            var x: [Double] = []
            var y: [Double] = []
            for (place, feature) in chosen.enumerated() {
                let middle = features.map { $0[feature] }.median
                for row in values.indices where (features[row][feature] > middle) == isHigh {
                    x.append(values[row][feature])
                    // A fixed spread by position shows where points lie on one another.
                    y.append(Double(place) + (Double(row * 7919 % 101) / 100 - 0.5) * 0.5)
                }
            }
            figure.add(.scatter(x: x, y: y, label: isHigh ? "Feature above its median" : "At or below"))
        }
        return figure
    }
}
