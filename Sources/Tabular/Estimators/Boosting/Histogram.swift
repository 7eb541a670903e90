/// Sums of gradient and curvature and numbers of rows by bin, for all features of one node.
final class Histogram {
    let sums: UnsafeMutablePointer<SIMD2<Double>>
    let counts: UnsafeMutablePointer<Int32>

    init(bins: Int) {
        sums = .allocate(capacity: max(bins, 1))
        counts = .allocate(capacity: max(bins, 1))
    }

    deinit {
        sums.deallocate()
        counts.deallocate()
    }

    /// Adds up the bins of some rows for a group of features.
    func fill(
        _ features: BinnedFeatures, _ group: BinnedFeatures.Group, _ rows: UnsafeBufferPointer<Int32>,
        _ slopes: UnsafePointer<SIMD2<Float>>, total: SIMD2<Double>
    ) {
        let first: Int = features.offsets[group.features.lowerBound]
        let last: Int = features.offsets[group.features.upperBound]
        let (sums, counts) = (sums + first, counts + first)
        for bin in 0..<last - first {
            sums[bin] = .zero
            counts[bin] = 0
        }
        group.starts.withUnsafeBufferPointer { starts in
            group.entries.withUnsafeBufferPointer { entries in
                for row in rows {
                    let row: Int = Int(row)
                    let slope = SIMD2<Double>(slopes[row])
                    var entry: Int = Int(starts[row])
                    let end: Int = Int(starts[row &+ 1])
                    while entry < end {
                        let bin: Int = Int(entries[entry])
                        sums[bin] += slope
                        counts[bin] &+= 1
                        entry &+= 1
                    }
                }
            }
        }
        for feature in group.features { fillFrequent(features, feature, rows: rows.count, total: total) }
    }

    /// Gives a feature's most frequent bin what the others leave of the node's total.
    private func fillFrequent(_ features: BinnedFeatures, _ feature: Int, rows: Int, total: SIMD2<Double>) {
        let first: Int = features.offsets[feature]
        let count: Int = features.offsets[feature + 1] - first
        let (sums, counts) = (sums + first, counts + first)
        var rest: (SIMD2<Double>, SIMD2<Double>, SIMD2<Double>, SIMD2<Double>) = (.zero, .zero, .zero, .zero)
        var others: Int32 = 0
        var bin: Int = 0
        while bin &+ 4 <= count {
            rest.0 += sums[bin]
            rest.1 += sums[bin &+ 1]
            rest.2 += sums[bin &+ 2]
            rest.3 += sums[bin &+ 3]
            others &+= counts[bin] &+ counts[bin &+ 1] &+ counts[bin &+ 2] &+ counts[bin &+ 3]
            bin &+= 4
        }
        while bin < count {
            rest.0 += sums[bin]
            others &+= counts[bin]
            bin &+= 1
        }
        let frequent: Int = features.frequent[feature]
        counts[frequent] = Int32(rows) - others
        // Without rows there must be no trace of rounding either.
        sums[frequent] = Int(others) == rows ? .zero : total - ((rest.0 + rest.1) + (rest.2 + rest.3))
    }

    /// Takes another node's rows away, for a group of features.
    func subtract(_ other: Histogram, _ features: BinnedFeatures, _ group: BinnedFeatures.Group) {
        for bin in features.offsets[group.features.lowerBound]..<features.offsets[group.features.upperBound] {
            sums[bin] -= other.sums[bin]
            counts[bin] &-= other.counts[bin]
        }
    }
}
