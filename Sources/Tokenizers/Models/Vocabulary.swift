/// The tokens of a model: ids by bytes and bytes by id.
///
/// Keyed by UTF-8, never by String: Swift's strings are equal where they are canonically equivalent, so "é" and
/// "e\u{301}", two tokens, would be one key.
struct Vocabulary: Sendable {
    /// The tokens, one after the other.
    private var bytes: [UInt8] = []
    /// Where each token begins in `bytes`, and the end of the last.
    private var offsets: [UInt32] = [0]
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
    }

    /// Appends bytes to the token that ``closeToken(id:)`` will finish.
    @inline(__always)
    mutating func appendToToken(_ part: UTF8Buffer) { bytes.append(contentsOf: part) }

    /// Finishes the token whose bytes were appended. It can be found after ``index()``.
    @inline(__always)
    mutating func closeToken(id: Int32) {
        ids.append(id)
        offsets.append(UInt32(bytes.count))
    }

    /// Adds a token. It can be found after ``index()``.
    mutating func append(_ token: some Collection<UInt8>, id: Int32) {
        bytes.append(contentsOf: token)
        closeToken(id: id)
    }

    /// Adds a token at once; false, without a change, if the vocabulary has it already.
    mutating func insert(_ token: UTF8Buffer, id: Int32) -> Bool {
        if self.id(of: token) != nil { return false }
        append(token, id: id)
        if 2 * ids.count > slots.count {
            _ = indexTokens()
        } else {
            let hash = Vocabulary.hash(token)
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(ids.count)
        }
        return true
    }

    /// Why a vocabulary cannot be used.
    enum Fault {
        /// A token that occurs twice.
        case repeatedToken(String)
        /// An id that two tokens claim, or one so large that the table of ids would be mostly holes.
        case badID(Int32)
    }

    /// Makes tokens and ids findable; what is wrong with them, if anything.
    mutating func index() -> Fault? { indexTokens() ?? indexIDs() }

    /// Fills the table of tokens. All at once and in a tight loop, because every step misses the processor's caches: the
    /// misses of neighbouring steps then overlap.
    private mutating func indexTokens() -> Fault? {
        var size = 1024
        while size < 2 * ids.count { size *= 2 }
        let mask = size - 1
        var slots = [UInt64](repeating: 0, count: size)
        let fault: Fault? = bytes.withUnsafeBufferPointer { buffer in
            let hashes = ids.indices.map { Vocabulary.hash(UTF8Buffer(rebasing: buffer[range(of: $0)])) }
            return slots.withUnsafeMutableBufferPointer { slots in
                for (position, hash) in hashes.enumerated() {
                    var slot = Int(truncatingIfNeeded: hash) & mask
                    while slots[slot] != 0 {
                        if (slots[slot] ^ hash) >> 32 == 0,
                            isEqual(
                                Int(slots[slot] & 0xFFFF_FFFF) - 1, UTF8Buffer(rebasing: buffer[range(of: position)]),
                                buffer)
                        {
                            return .repeatedToken(
                                String(decoding: buffer[range(of: position)], as: UTF8.self))
                        }
                        slot = (slot + 1) & mask
                    }
                    slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(position + 1)
                }
                return nil
            }
        }
        self.slots = slots
        return fault
    }

    /// Fills the way from ids to tokens.
    private mutating func indexIDs() -> Fault? {
        let largest = ids.max() ?? -1
        // A claimed id decides about memory only if the file is of that order.
        if Int(largest) > 16 * ids.count + 65_536 { return .badID(largest) }
        positions = Array(repeating: -1, count: Int(largest) + 1)
        for (position, id) in ids.enumerated() {
            if positions[Int(id)] >= 0 { return .badID(id) }
            positions[Int(id)] = Int32(position)
        }
        return nil
    }

    @inline(__always)
    private func isEqual(_ position: Int, _ token: UTF8Buffer, _ buffer: UTF8Buffer) -> Bool {
        let start = Int(offsets[position])
        let count = Int(offsets[position + 1]) - start
        if count != token.count { return false }
        for i in 0..<count where buffer[start + i] != token[i] { return false }
        return true
    }

    /// The id of a token, or nil.
    @inline(__always)
    func id(of token: UTF8Buffer) -> Int32? { id(of: token, hash: Vocabulary.hash(token)) }

    @inline(__always)
    private func id(of token: UTF8Buffer, hash: UInt64) -> Int32? {
        if slots.isEmpty { return nil }
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

    /// The ids of many tokens, -1 where there is none.
    ///
    /// - Parameters:
    ///   - text: the tokens, one after the other.
    ///   - ends: where each ends.
    func ids(of text: UTF8Buffer, ends: [Int]) -> [Int32] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            hashes.append(Vocabulary.hash(UTF8Buffer(rebasing: text[start..<end])))
            start = end
        }
        if slots.isEmpty { return ends.map { _ in -1 } }
        // Each look-up needs three lines of memory, one leading to the next. Tight loops fetch those of all tokens side by
        // side, so that the look-ups proper find them in the cache.
        let mask = slots.count - 1
        let places = hashes.map { Int(slots[Int(truncatingIfNeeded: $0) & mask] & 0xFFFF_FFFF) }
        let starts = places.map { offsets[max($0, 1) - 1] }
        let touched = starts.reduce(UInt8(0)) { $0 ^ (Int($1) < bytes.count ? bytes[Int($1)] : 0) }
        var result: [Int32] = []
        result.reserveCapacity(ends.count + (touched == 0 ? 0 : 1))
        start = 0
        for (position, end) in ends.enumerated() {
            result.append(id(of: UTF8Buffer(rebasing: text[start..<end]), hash: hashes[position]) ?? -1)
            start = end
        }
        return result
    }

    /// The id of a token, or nil; looked for first at a position, which becomes the one behind it.
    @inline(__always)
    func id(of token: UTF8Buffer, hint: inout Int) -> Int32? {
        if hint < ids.count, bytes.withUnsafeBufferPointer({ isEqual(hint, token, $0) }) {
            hint += 1
            return ids[hint - 1]
        }
        guard let id = id(of: token) else { return nil }
        hint = Int(positions[Int(id)]) + 1
        return id
    }

    /// Where a position's token stands.
    @inline(__always)
    private func range(of position: Int) -> Range<Int> { Int(offsets[position])..<Int(offsets[position + 1]) }

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
            body(UTF8Buffer(rebasing: $0[range(of: position)]))
        }
    }

    /// The text of an id's token; nil if no token has the id.
    func token(_ id: Int32) -> String? { withToken(id) { String(decoding: $0, as: UTF8.self) } }

    /// Calls a function with every token and its id, in the order of the file.
    func forEach(_ body: (UTF8Buffer, Int32) -> Void) {
        bytes.withUnsafeBufferPointer { buffer in
            for (position, id) in ids.enumerated() {
                body(UTF8Buffer(rebasing: buffer[range(of: position)]), id)
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
