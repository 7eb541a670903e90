import CKernels

/// Where the keys and values of one sequence's past lie, `[keyHeads, capacity, d]` of which the first `length` count; valid
/// while their tensors live and do not change.
package struct KeyValuePlaces: Sendable {
    let keys: SendablePointer<Float>
    let values: SendablePointer<Float>
    let capacity: Int
    let length: Int

    /// Writes a token's keys and values, `[keyHeads, d]` from a column of a row on, at a place of tensors
    /// `[1, keyHeads, capacity, d]`, which grows the past by one.
    package init(
        writing place: Int, keys: inout Tensor<Float>, values: inout Tensor<Float>, keysOf turned: borrowing FloatRows,
        at keyColumn: Int, valuesOf projected: borrowing FloatRows, at valueColumn: Int, row: Int
    ) {
        let (heads, capacity, size) = (keys.shape[1], keys.shape[2], keys.shape[3])
        keys.withUnsafeMutableBufferPointer { keys in
            values.withUnsafeMutableBufferPointer { values in
                for head in 0..<heads {
                    let target = (head * capacity + place) * size
                    (keys.baseAddress! + target).update(
                        from: turned.pointer + row * turned.width + keyColumn + head * size, count: size)
                    (values.baseAddress! + target).update(
                        from: projected.pointer + row * projected.width + valueColumn + head * size, count: size)
                }
            }
        }
        self.keys = SendablePointer(keys.pointer)
        self.values = SendablePointer(values.pointer)
        self.capacity = capacity
        length = place + 1
    }
}

extension FloatRows {
    /// What the heads of each row read from the past of the row's sequence, its own key and value included.
    ///
    /// - Parameters:
    ///   - queries: rows whose first heads are the queries.
    ///   - pasts: the past of each row's sequence.
    ///   - heads: the number of query heads; they fill the rows of self.
    ///   - keyHeads: the number of key heads, which divides it.
    ///   - window: how many positions back a query sees, its own counted; nil for all.
    package mutating func setAttention(
        _ queries: borrowing FloatRows, pasts: [KeyValuePlaces], heads: Int, keyHeads: Int, window: Int?
    ) {
        let (size, group, width, stride) = (width / heads, heads / keyHeads, width, queries.width)
        let (query, output) = (SendablePointer(queries.pointer), SendablePointer(pointer))
        let scale = Double(1 / Float(size).squareRoot())
        let longest = pasts.reduce(1) { max($0, $1.length) }
        Parallelism.forEachPiece(of: count * heads, grain: max(1, Grain.elementwise / 4 / (longest * size))) { piece in
            func places(_ unit: Int) -> mk_head {
                let (row, head) = (unit / heads, unit % heads)
                let past = pasts[row]
                let start = head / group * past.capacity * size
                func matrix(_ start: UnsafeMutablePointer<Float>) -> mk_matrix {
                    mk_matrix(data: start, row: size, column: 1, read: nil, first_line: 0)
                }
                return mk_head(
                    is_double: 0, queries: 1, keys: past.length, dim: size, value_dim: size,
                    q: matrix(query.pointer + row * stride + head * size), k: matrix(past.keys.pointer + start),
                    v: matrix(past.values.pointer + start), scale: scale, is_causal: window == nil ? 0 : 1,
                    shift: past.length - 1, window: window ?? 0, allowed: nil, allowed_row: 0, allowed_column: 0)
            }
            let workspace = Workspace(withUnsafePointer(to: places(piece.lowerBound)) { mk_attention_workspace($0) })
            for unit in piece {
                withUnsafePointer(to: places(unit)) {
                    mk_attention(
                        $0, 0, 1, output.pointer + unit / heads * width + unit % heads * size, width, nil,
                        workspace.bytes)
                }
            }
        }
    }
}
