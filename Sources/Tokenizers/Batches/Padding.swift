/// How the encodings of a batch become equally long.
public struct Padding: Sendable, Hashable {
    /// The length to reach.
    public enum Length: Sendable, Hashable {
        /// That of the longest encoding.
        case longest
        /// A number of tokens; longer encodings stay as they are.
        case fixed(Int)
    }

    /// The side of the text on which tokens are added or cut.
    public enum Side: String, Sendable, Hashable {
        case left = "Left"
        case right = "Right"
    }

    /// The length to reach.
    public var length = Length.longest
    /// Where padding goes.
    public var side = Side.right
    /// The length is rounded up to a multiple of this.
    public var multiple: Int?
    /// The padding token's id.
    public var id = 0
    /// The padding token's type.
    public var typeID = 0
    /// The padding token.
    public var token = "[PAD]"

    /// Creates a policy: to the longest, on the right.
    public init(length: Length = .longest, side: Side = .right, multiple: Int? = nil, id: Int = 0) {
        self.length = length
        self.side = side
        self.multiple = multiple
        self.id = id
    }

    /// Pads encodings in place.
    public func apply(to encodings: inout [Encoding]) {
        var target =
            switch length {
            case .longest: encodings.map(\.count).max() ?? 0
            case .fixed(let count): count
            }
        if let multiple, multiple > 0, target % multiple > 0 { target += multiple - target % multiple }
        for i in encodings.indices where encodings[i].count < target {
            let count = target - encodings[i].count
            func pad<Element>(_ values: inout [Element], _ value: Element) {
                values.insert(
                    contentsOf: repeatElement(value, count: count), at: side == .left ? 0 : values.count)
            }
            pad(&encodings[i].ids, id)
            pad(&encodings[i].typeIDs, typeID)
            pad(&encodings[i].offsets, 0..<0)
            pad(&encodings[i].attentionMask, 0)
            pad(&encodings[i].specialTokensMask, 1)
        }
    }
}
