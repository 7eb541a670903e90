import Tensor

/// Every feature cut into at most 255 bins, with one more for missing values.
///
/// Many tables have features that are mostly one value. Each row therefore lists the bins that are not the most frequent
/// one of their feature; what a histogram lacks for that bin is the difference to the node's total. Features come in
/// groups whose histograms fit the first cache and that different threads can work on.
struct BinnedFeatures: Sendable {
    /// Some neighbouring features, and for every row its bins that are not the most frequent of their feature.
    struct Group: Sendable {
        let features: Range<Int>
        /// Where each row's entries begin, `[rows + 1]`.
        let starts: [UInt32]
        /// Bins, counted from the group's first.
        let entries: [UInt16]
    }

    static let largestGroup: Int = 16

    let rows: Int
    let columns: Int
    /// The upper end of each bin but the last, for each feature.
    let thresholds: [[Double]]
    /// Whether the feature's last bin is the one of missing values.
    let hasMissing: [Bool]
    /// Where each feature's bins begin among all, `[features + 1]`.
    let offsets: [Int]
    /// The most frequent bin of each feature.
    let frequent: [Int]
    /// The bins column after column, `[columns, rows]`.
    let bins: [UInt8]
    let groups: [Group]

    init(_ matrix: FeatureMatrix, maximumBins: Int) {
        let (rows, columns) = (matrix.rows, matrix.columns)
        self.rows = rows
        self.columns = columns
        var bins = [UInt8](repeating: 0, count: rows * columns)
        var thresholds = [[Double]](repeating: [], count: columns)
        var hasMissing = [Bool](repeating: false, count: columns)
        var frequent = [Int](repeating: 0, count: columns)
        bins.withUnsafeMutableBufferPointer { bins in
            thresholds.withUnsafeMutableBufferPointer { thresholds in
                hasMissing.withUnsafeMutableBufferPointer { hasMissing in
                    frequent.withUnsafeMutableBufferPointer { frequent in
                        nonisolated(unsafe) let (bins, thresholds) = (bins, thresholds)
                        nonisolated(unsafe) let (hasMissing, frequent) = (hasMissing, frequent)
                        Parallelism.forEachPiece(of: columns, grain: 1) { piece in
                            for column in piece {
                                let values: [Double] = matrix.column(column)
                                let ends: [Double] = Self.ends(of: values, maximumBins: maximumBins)
                                thresholds[column] = ends
                                hasMissing[column] = values.contains(where: \.isNaN)
                                var counts = [Int](repeating: 0, count: ends.count + 2)
                                for row in 0..<rows {
                                    let bin: Int = Self.bin(of: values[row], ends)
                                    bins[column * rows + row] = UInt8(bin)
                                    counts[bin] += 1
                                }
                                var best: Int = 0
                                for bin in counts.indices where counts[bin] > counts[best] { best = bin }
                                frequent[column] = best
                            }
                        }
                    }
                }
            }
        }
        var offsets: [Int] = [0]
        for column in 0..<columns {
            offsets.append(offsets[column] + thresholds[column].count + (hasMissing[column] ? 2 : 1))
        }
        let groupCount: Int = (columns + Self.largestGroup - 1) / Self.largestGroup
        groups = (0..<groupCount).map { index in
            let features: Range<Int> = index * columns / groupCount..<(index + 1) * columns / groupCount
            var starts: [UInt32] = [0]
            var entries: [UInt16] = []
            starts.reserveCapacity(rows + 1)
            for row in 0..<rows {
                for feature in features {
                    let bin: Int = Int(bins[feature * rows + row])
                    if bin != frequent[feature] {
                        entries.append(UInt16(offsets[feature] - offsets[features.lowerBound] + bin))
                    }
                }
                starts.append(UInt32(entries.count))
            }
            return Group(features: features, starts: starts, entries: entries)
        }
        self.bins = bins
        self.thresholds = thresholds
        self.hasMissing = hasMissing
        self.frequent = frequent
        self.offsets = offsets
    }

    /// The ends of bins: between all distinct values where they are few, else at quantiles.
    private static func ends(of values: [Double], maximumBins: Int) -> [Double] {
        let sorted: [Double] = values.filter { !$0.isNaN }.sorted()
        var distinct: [Double] = []
        for value in sorted where distinct.last != value { distinct.append(value) }
        var ends: [Double] = []
        if distinct.count <= maximumBins {
            for index in 1..<max(distinct.count, 1) { ends.append(distinct[index - 1] / 2 + distinct[index] / 2) }
            return ends
        }
        for bin in 1..<maximumBins {
            let place: Double = Double(bin) / Double(maximumBins) * Double(sorted.count - 1)
            let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
            let end: Double = sorted[low] / 2 + sorted[high] / 2
            if ends.last.map({ $0 < end }) ?? true { ends.append(end) }
        }
        return ends
    }

    /// The first bin whose end is not below a value; the one after the last for a missing value.
    private static func bin(of value: Double, _ ends: [Double]) -> Int {
        if value.isNaN { return ends.count + 1 }
        var (low, high) = (0, ends.count)
        while low < high {
            let middle: Int = (low + high) / 2
            if ends[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
