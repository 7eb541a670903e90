/// How trees grow.
public struct TreeSettings: Sendable, Hashable {
    /// How many features a node looks at.
    public enum FeatureShare: Sendable, Hashable {
        /// All.
        case all
        /// The square root of their number, rounded down.
        case squareRoot
        /// A share of them, at least one.
        case fraction(Double)
        /// So many.
        case count(Int)

        func count(of total: Int) -> Int {
            switch self {
            case .all: total
            case .squareRoot: max(1, Int(Double(total).squareRoot()))
            case .fraction(let share): max(1, min(total, Int(share * Double(total))))
            case .count(let count): max(1, min(total, count))
            }
        }
    }

    /// Where a feature may be cut.
    public enum Cuts: Sendable, Hashable {
        /// Wherever it is best.
        case best
        /// At one place drawn uniformly between the smallest and largest value (Geurts et al. 2006).
        case random
    }

    /// The greatest number of questions above a leaf; nil for no limit.
    public var maximumDepth: Int?
    /// The fewest rows of a node that may be split.
    public var minimumSplit: Int
    /// The fewest rows of a leaf.
    public var minimumLeaf: Int
    /// How many features a node looks at; it looks at more when none of these can be split.
    public var features: FeatureShare
    /// Where a feature may be cut.
    public var cuts: Cuts

    /// Creates the settings; stops the program for a limit below one row.
    public init(
        maximumDepth: Int? = nil, minimumSplit: Int = 2, minimumLeaf: Int = 1, features: FeatureShare = .all,
        cuts: Cuts = .best
    ) {
        requireShape(minimumSplit >= 2 && minimumLeaf >= 1, "A split needs two rows and a leaf one.")
        self.maximumDepth = maximumDepth
        self.minimumSplit = minimumSplit
        self.minimumLeaf = minimumLeaf
        self.features = features
        self.cuts = cuts
    }
}

/// What makes a node of classes impure.
public enum ClassImpurity: Sendable, Hashable {
    /// Σ p (1 − p).
    case gini
    /// −Σ p log₂ p.
    case entropy
}
