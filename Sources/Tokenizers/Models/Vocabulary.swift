/// The tokens of a model: ids by bytes and bytes by id.
///
/// Keyed by UTF-8, never by String: Swift's strings are equal where they are canonically equivalent, so "é" and
/// "e\u{301}", two tokens, would be one key.
struct Vocabulary: Sendable {
    /// The tokens, one after the other.
    private var bytes: [UInt8] = []
    /// Where each token begins in `bytes`, and the end of the last.
    private var offsets: [Int] = [0]
    /// The id of each token in the order of the file.
    private var ids: [Int32] = []
    /// The position of each id's token, or -1.
    private var positions: [Int32] = []
    /// Open addressing: the upper half of a token's hash and its position plus 1; 0 is free.
    private var slots: [UInt64] = []

    /// The number of tokens.
    var count: Int { ids.count }

    /// One more than the largest id.
    var idLimit: Int { positions.count }

    /// Makes room.
    mutating func reserve(tokens: Int, bytes byteCount: Int) {
        bytes.reserveCapacity(byteCount)
        offsets.reserveCapacity(tokens + 1)
        ids.reserveCapacity(tokens)
        rehash(tokens)
    }

    /// Appends bytes to the token that ``closeToken(id:)`` will finish.
    @inline(__always)
    mutating func appendToToken(_ part: UTF8Buffer) { bytes.append(contentsOf: part) }

    /// Finishes the token whose bytes were appended; false, and the token is forgotten, if the vocabulary has it already.
    mutating func closeToken(id: Int32) -> Bool {
        if slots.count < 2 * (ids.count + 1) { rehash(max(1024, 2 * ids.count + 2)) }
        let start = offsets[ids.count]
        let (slot, tag, isNew) = bytes.withUnsafeBufferPointer { buffer in
            let token = UTF8Buffer(rebasing: buffer[start...])
            let hash = Vocabulary.hash(token)
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            let tag = hash & 0xFFFF_FFFF_0000_0000
            while slots[slot] != 0 {
                if slots[slot] & 0xFFFF_FFFF_0000_0000 == tag,
                    isEqual(Int(slots[slot] & 0xFFFF_FFFF) - 1, token, buffer)
                {
                    return (slot, tag, false)
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            return (slot, tag, true)
        }
        guard isNew else {
            bytes.removeLast(bytes.count - start)
            return false
        }
        ids.append(id)
        offsets.append(bytes.count)
        slots[slot] = tag | UInt64(ids.count)
        return true
    }

    /// Adds a token; false, without a change, if the vocabulary has it already.
    mutating func append(_ token: some Collection<UInt8>, id: Int32) -> Bool {
        bytes.append(contentsOf: token)
        return closeToken(id: id)
    }

    private mutating func rehash(_ tokens: Int) {
        var size = 1024
        while size < 2 * tokens { size *= 2 }
        if size <= slots.count { return }
        slots = Array(repeating: 0, count: size)
        bytes.withUnsafeBufferPointer { buffer in
            for position in ids.indices {
                let hash = Vocabulary.hash(UTF8Buffer(rebasing: buffer[offsets[position]..<offsets[position + 1]]))
                var slot = Int(truncatingIfNeeded: hash) & (size - 1)
                while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
                slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(position + 1)
            }
        }
    }

    /// Fills the way from ids to tokens.
    ///
    /// - Returns: an id that two tokens claim, or that is so large that the table would be mostly holes; nil if all is
    ///   well.
    mutating func indexIDs() -> Int32? {
        let largest = ids.max() ?? -1
        // A claimed id decides about memory only if the file is of that order.
        if Int(largest) > 16 * ids.count + 65_536 { return largest }
        positions = Array(repeating: -1, count: Int(largest) + 1)
        for (position, id) in ids.enumerated() {
            if positions[Int(id)] >= 0 { return id }
            positions[Int(id)] = Int32(position)
        }
        return nil
    }

    @inline(__always)
    private func isEqual(_ position: Int, _ token: UTF8Buffer, _ buffer: UTF8Buffer) -> Bool {
        let start = offsets[position]
        let count = offsets[position + 1] - start
        if count != token.count { return false }
        for i in 0..<count where buffer[start + i] != token[i] { return false }
        return true
    }

    /// The id of a token, or nil.
    @inline(__always)
    func id(of token: UTF8Buffer) -> Int32? {
        if slots.isEmpty { return nil }
        let hash = Vocabulary.hash(token)
        let mask = slots.count - 1
        return bytes.withUnsafeBufferPointer { buffer in
            slots.withUnsafeBufferPointer { slots in
                var slot = Int(truncatingIfNeeded: hash) & mask
                while slots[slot] != 0 {
                    if (slots[slot] ^ hash) >> 32 == 0,
                        case let position = Int(slots[slot] & 0xFFFF_FFFF) - 1, isEqual(position, token, buffer)
                    {
                        return ids[position]
                    }
                    slot = (slot + 1) & mask
                }
                return nil
            }
        }
    }

    /// The id of a token, or nil.
    func id(of token: String) -> Int32? {
        var token = token
        return token.withUTF8 { id(of: $0) }
    }

    /// The id of a token, or nil.
    func id(of token: [UInt8]) -> Int32? { token.withUnsafeBufferPointer { id(of: $0) } }

    /// Calls a function with the bytes of an id's token; nil if no token has the id.
    func withToken<Result>(_ id: Int32, _ body: (UTF8Buffer) -> Result) -> Result? {
        guard id >= 0, Int(id) < positions.count, positions[Int(id)] >= 0 else { return nil }
        let position = Int(positions[Int(id)])
        return bytes.withUnsafeBufferPointer {
            body(UTF8Buffer(rebasing: $0[offsets[position]..<offsets[position + 1]]))
        }
    }

    /// The text of an id's token; nil if no token has the id.
    func token(_ id: Int32) -> String? { withToken(id) { String(decoding: $0, as: UTF8.self) } }

    /// Calls a function with every token and its id, in the order of the file.
    func forEach(_ body: (UTF8Buffer, Int32) -> Void) {
        bytes.withUnsafeBufferPointer { buffer in
            for (position, id) in ids.enumerated() {
                body(UTF8Buffer(rebasing: buffer[offsets[position]..<offsets[position + 1]]), id)
            }
        }
    }

    /// Eight bytes at a time, each folded in by a multiplication (as wyhash does).
    @inline(__always)
    static func hash(_ token: UTF8Buffer) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: token.count) &* 0x9E37_79B9_7F4A_7C15
        guard let base = token.baseAddress else { return hash }
        let raw = UnsafeRawPointer(base)
        var position = 0
        while position + 8 <= token.count {
            hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        var rest: UInt64 = 0
        while position < token.count {
            rest = rest << 8 | UInt64(token[position])
            position += 1
        }
        return mix(hash ^ rest)
    }

    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        return product.low ^ product.high
    }
}
