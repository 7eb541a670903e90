/// Two disjoint sets of row indices: one to learn from and one to judge by.
public struct Split: Sendable, Hashable {
    /// The rows to fit on, ascending.
    public let train: [Int]
    /// The rows held out, ascending.
    public let test: [Int]

    /// Creates a split; the indices are sorted.
    public init(train: [Int], test: [Int]) {
        self.train = train.sorted()
        self.test = test.sorted()
    }

    /// One split per fold number: the rows of that number are held out.
    static func holdingOut(folds: [Int], count: Int) -> [Split] {
        (0..<count).map { fold in
            Split(
                train: folds.indices.filter { folds[$0] != fold }, test: folds.indices.filter { folds[$0] == fold })
        }
    }
}

/// Why rows cannot be split as asked.
public enum SplitError: Error, Equatable, Sendable {
    /// Fewer rows, or groups, than parts.
    case tooFewSamples(have: Int, need: Int)
    /// A class with fewer rows than parts, so that a part would lack it.
    case classTooSmall(class: Int, have: Int, need: Int)
}

extension SplitError: CustomStringConvertible {
    /// What went wrong, in one sentence.
    public var description: String {
        switch self {
        case .tooFewSamples(let have, let need):
            "There are \(have) rows or groups to split; at least \(need) are needed."
        case .classTooSmall(let index, let have, let need):
            "Class \(index) has \(have) rows; at least \(need) are needed so that every part holds it."
        }
    }
}
