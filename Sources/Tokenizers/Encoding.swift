/// A text as a model reads it: tokens and, beside each, what belongs to it.
///
/// ```swift
/// let encoding = tokenizer.encoding(of: "Hello world", and: "Hi", allowSpecial: .none)
/// encoding.ids          // [101, 7592, 2088, 102, 7632, 102]
/// encoding.typeIDs      // [0, 0, 0, 0, 1, 1]
/// encoding.offsets[1]   // 0..<5, in bytes of the UTF-8 of "Hello world"
/// ```
public struct Encoding: Sendable, Hashable {
    /// The tokens.
    public var ids: [Int] = []

    /// Which text each token belongs to, as the model numbers them: 0, or 1 for the second of a pair.
    public var typeIDs: [Int] = []

    /// The part of the text each token stands for, in bytes of its UTF-8; whole characters. Empty at 0 for tokens that
    /// stand for no text.
    public var offsets: [Range<Int>] = []

    /// 1 for tokens, 0 for padding.
    public var attentionMask: [Int] = []

    /// 1 for tokens that a post-processor or padding added, 0 for those of the text.
    public var specialTokensMask: [Int] = []

    /// Creates an empty encoding.
    public init() {}

    /// The number of tokens.
    public var count: Int { ids.count }

    /// Creates the encoding of a text's own tokens.
    init(ids: [Int32], offsets: [Range<Int>], typeID: Int) {
        self.ids = ids.map(Int.init)
        self.offsets = offsets
        typeIDs = Array(repeating: typeID, count: ids.count)
        attentionMask = Array(repeating: 1, count: ids.count)
        specialTokensMask = Array(repeating: 0, count: ids.count)
    }

    mutating func append(special id: Int, typeID: Int) {
        ids.append(id)
        typeIDs.append(typeID)
        offsets.append(0..<0)
        attentionMask.append(1)
        specialTokensMask.append(1)
    }

    mutating func append(_ other: Encoding, typeID: Int?) {
        ids += other.ids
        typeIDs += typeID.map { Array(repeating: $0, count: other.count) } ?? other.typeIDs
        offsets += other.offsets
        attentionMask += other.attentionMask
        specialTokensMask += other.specialTokensMask
    }

    /// Keeps the tokens at some positions.
    mutating func keep(_ range: Range<Int>) {
        ids = Array(ids[range])
        typeIDs = Array(typeIDs[range])
        offsets = Array(offsets[range])
        attentionMask = Array(attentionMask[range])
        specialTokensMask = Array(specialTokensMask[range])
    }
}
