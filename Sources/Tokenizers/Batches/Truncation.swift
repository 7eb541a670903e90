/// How texts that are too long are cut.
public struct Truncation: Sendable, Hashable {
    /// Which text of a pair is cut.
    public enum Strategy: String, Sendable, Hashable {
        /// Both, so that neither is longer than need be.
        case longestFirst = "LongestFirst"
        /// The first.
        case onlyFirst = "OnlyFirst"
        /// The second.
        case onlySecond = "OnlySecond"
    }

    /// The most tokens that an encoding may have, those that a post-processor adds included.
    public var maximumLength: Int
    /// Which text of a pair is cut.
    public var strategy = Strategy.longestFirst
    /// Which end is cut.
    public var side = Padding.Side.right

    /// Creates a policy.
    public init(maximumLength: Int, strategy: Strategy = .longestFirst, side: Padding.Side = .right) {
        self.maximumLength = maximumLength
        self.strategy = strategy
        self.side = side
    }

    /// Cuts one encoding or two, before `added` tokens are added.
    func apply(to encodings: inout [Encoding], addedTokenCount: Int) {
        let limit = max(0, maximumLength - addedTokenCount)
        let total = encodings.reduce(0) { $0 + $1.count }
        if total <= limit { return }
        guard encodings.count == 2 else {
            if strategy != .onlySecond { cut(&encodings[0], to: limit) }
            return
        }
        switch strategy {
        case .onlyFirst: cut(&encodings[0], to: max(0, limit - encodings[1].count))
        case .onlySecond: cut(&encodings[1], to: max(0, limit - encodings[0].count))
        case .longestFirst:
            // The shorter keeps its length if the longer can give enough, else each gets half, the longer the odd token.
            let isSwapped = encodings[0].count > encodings[1].count
            var short = isSwapped ? encodings[1].count : encodings[0].count
            var long = short > limit ? short : max(short, limit - short)
            if short + long > limit {
                short = limit / 2
                long = short + limit % 2
            }
            cut(&encodings[0], to: isSwapped ? long : short)
            cut(&encodings[1], to: isSwapped ? short : long)
        }
    }

    private func cut(_ encoding: inout Encoding, to length: Int) {
        if encoding.count <= length { return }
        encoding.keep(side == .left ? encoding.count - length..<encoding.count : 0..<length)
    }
}
