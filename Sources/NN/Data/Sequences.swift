import Tensor

/// Sequences of different lengths in one tensor.
public struct PaddedSequences<Scalar: NumericTensorScalar>: Sendable {
    /// On which side the shorter sequences are filled up.
    public enum Side: Sendable, Hashable {
        /// Before the sequence, as for generation.
        case left
        /// After the sequence.
        case right
    }

    /// The elements, `[sequences, length]`.
    public let values: Tensor<Scalar>
    /// True where an element belongs to a sequence, `[sequences, length]`.
    public let mask: Tensor<Bool>
    /// The length of each sequence.
    public let lengths: [Int]

    /// Pads sequences to the longest one, or to the next multiple of a number.
    public init(_ sequences: [[Scalar]], padding: Scalar, side: Side = .right, multiple: Int = 1) {
        guard multiple > 0 else { trap("PaddedSequences: the multiple \(multiple) is not positive") }
        let longest = sequences.map(\.count).max() ?? 0
        let length = (longest + multiple - 1) / multiple * multiple
        var (values, mask): ([Scalar], [Bool]) = ([], [])
        values.reserveCapacity(sequences.count * length)
        mask.reserveCapacity(sequences.count * length)
        for sequence in sequences {
            let missing = length - sequence.count
            let before = side == .left ? missing : 0
            values += repeatElement(padding, count: before) + sequence + repeatElement(padding, count: missing - before)
            mask += repeatElement(false, count: before)
            mask += repeatElement(true, count: sequence.count)
            mask += repeatElement(false, count: missing - before)
        }
        self.values = Tensor(values, shape: [sequences.count, length])
        self.mask = Tensor(mask, shape: [sequences.count, length])
        lengths = sequences.map(\.count)
    }
}

/// Documents laid out in rows of one length, to train a language model without padding, or with little.
public struct PackedSequences<Token: IntegerTensorScalar>: Sendable {
    /// The tokens, `[rows, length]`.
    public let tokens: Tensor<Token>
    /// The number of the document within its row, from 0; -1 on padding. `[rows, length]`
    ///
    /// Attention should stay within equal numbers.
    public let segments: Tensor<Int32>
    /// The position within the document or the part of it in this row, from 0; 0 on padding. `[rows, length]`
    public let positions: Tensor<Int32>

    /// Joins the documents into one stream, each followed by `separator`, and cuts it into rows; what does not fill
    /// the last row is left out. A document may go on in the next row, as a new segment.
    public init(joining documents: some Sequence<[Token]>, length: Int, separator: Token) {
        var rows = PackingRows<Token>(length: length, padding: separator)
        for document in documents { rows.append(stream: document + [separator]) }
        self.init(rows, keepingLast: false)
    }

    /// Packs whole documents into rows, the longest first, each into the first row with room (first-fit decreasing;
    /// Krell et al., arXiv 2107.02027, section 3.1); documents longer than a row are cut into rows.
    public init(fitting documents: some Sequence<[Token]>, length: Int, padding: Token) {
        var rows = PackingRows<Token>(length: length, padding: padding)
        let parts = documents.flatMap { document in
            stride(from: 0, to: document.count, by: length).map {
                document[$0..<min($0 + length, document.count)]
            }
        }
        let order = parts.indices.sorted { (-parts[$0].count, $0) < (-parts[$1].count, $1) }
        for position in order { rows.append(whole: parts[position]) }
        self.init(rows, keepingLast: true)
    }

    private init(_ rows: PackingRows<Token>, keepingLast: Bool) {
        let kept = rows.rows.filter { keepingLast || $0.tokens.count == rows.length }
        let shape: TensorShape = [kept.count, rows.length]
        func padded<T>(_ part: (PackingRows<Token>.Row) -> [T], _ value: T) -> [T] {
            kept.flatMap { part($0) + repeatElement(value, count: rows.length - part($0).count) }
        }
        tokens = Tensor(padded(\.tokens, rows.padding), shape: shape)
        segments = Tensor(padded(\.segments, -1), shape: shape)
        positions = Tensor(padded(\.positions, 0), shape: shape)
    }
}

/// Rows that are being filled.
private struct PackingRows<Token: IntegerTensorScalar> {
    struct Row {
        var tokens: [Token] = []
        var segments: [Int32] = []
        var positions: [Int32] = []

        mutating func append(_ part: ArraySlice<Token>) {
            let segment = (segments.last ?? -1) + 1
            tokens += part
            segments += repeatElement(segment, count: part.count)
            positions += (0..<Int32(part.count))
        }
    }

    let length: Int
    let padding: Token
    var rows: [Row] = []
    /// The free places of each row in a tree of maxima, so that the first row with room is found in logarithmic time.
    private var room = MaximumTree()

    init(length: Int, padding: Token) {
        guard length > 0 else { trap("PackedSequences: the length \(length) is not positive") }
        self.length = length
        self.padding = padding
    }

    mutating func append(stream: [Token]) {
        var rest = stream[...]
        while !rest.isEmpty {
            if rows.last.map({ $0.tokens.count == length }) ?? true { rows.append(Row()) }
            let part = rest.prefix(length - rows[rows.count - 1].tokens.count)
            rows[rows.count - 1].append(part)
            rest = rest.dropFirst(part.count)
        }
    }

    mutating func append(whole part: ArraySlice<Token>) {
        let position = room.first(atLeast: part.count) ?? rows.count
        if position == rows.count { rows.append(Row()) }
        rows[position].append(part)
        room[position] = length - rows[position].tokens.count
    }
}

/// Numbers, zero at first, with a search for the first one that is large enough. A complete binary tree in an array.
private struct MaximumTree {
    private var nodes = [0, 0]
    private var capacity: Int { nodes.count / 2 }

    subscript(position: Int) -> Int {
        get { position < capacity ? nodes[capacity + position] : 0 }
        set {
            while position >= capacity { grow() }
            var node = capacity + position
            nodes[node] = newValue
            while node > 1 {
                node /= 2
                nodes[node] = max(nodes[2 * node], nodes[2 * node + 1])
            }
        }
    }

    func first(atLeast value: Int) -> Int? {
        guard nodes[1] >= value, value > 0 else { return nil }
        var node = 1
        while node < capacity { node = nodes[2 * node] >= value ? 2 * node : 2 * node + 1 }
        return node - capacity
    }

    private mutating func grow() {
        let leaves = Array(nodes[capacity...])
        nodes = [Int](repeating: 0, count: 4 * leaves.count)
        for (position, value) in leaves.enumerated() where value > 0 { self[position] = value }
    }
}
