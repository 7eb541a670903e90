/// The tokens of words seen before: words repeat (Zipf), so most of a text needs no model.
///
/// Words of up to 15 bytes are kept, packed into two integers, so that a hit costs one comparison and no allocation. The
/// cache lives as long as one call of `encode`: a tokenizer is a value without hidden state, shared by threads.
struct WordCache {
    private struct Entry {
        /// The word and, in the highest byte, its length; 0 is free.
        var low: UInt64 = 0
        var high: UInt64 = 0
        /// Where the tokens are in the lists, and in the lowest byte how many.
        var tokens: UInt64 = 0
    }

    private var entries: [Entry]
    private var count = 0
    private var ids: [Int32] = []
    private var ends: [Int32] = []

    /// Larger tables miss the processor's caches more often than they save merges.
    private static let maximumSize = 1 << 18

    static let longestWord = 15

    init(textLength: Int) {
        var size = 64
        while size < textLength / 16, size < 1 << 14 { size *= 2 }
        entries = Array(repeating: Entry(), count: size)
    }

    /// Packs a word of up to 15 bytes. Memory behind the word is read only if `readable` says that it is there.
    @inline(__always)
    static func pack(_ word: UnsafePointer<UInt8>, _ length: Int, readable: Int) -> (low: UInt64, high: UInt64) {
        let tag = UInt64(length) << 56
        if readable >= 16 {
            let raw = UnsafeRawPointer(word)
            let low = raw.loadUnaligned(as: UInt64.self)
            if length < 8 { return (low & ((1 << (8 * UInt64(length))) - 1), tag) }
            let high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            return (low, high & ((1 << (8 * UInt64(length - 8))) - 1) | tag)
        }
        var low: UInt64 = 0
        var high: UInt64 = 0
        for position in 0..<length {
            if position < 8 {
                low |= UInt64(word[position]) << UInt64(8 * position)
            } else {
                high |= UInt64(word[position]) << UInt64(8 * (position - 8))
            }
        }
        return (low, high | tag)
    }

    @inline(__always)
    private func slot(_ word: (low: UInt64, high: UInt64)) -> Int {
        let hash = Vocabulary.mix(word.low ^ Vocabulary.mix(word.high ^ 0x9E37_79B9_7F4A_7C15))
        let mask = entries.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        entries.withUnsafeBufferPointer { entries in
            while entries[slot].high != 0, entries[slot].high != word.high || entries[slot].low != word.low {
                slot = (slot + 1) & mask
            }
        }
        return slot
    }

    /// Appends the tokens of a word, if it is known, to a list of ids; ends go to a second list on request.
    @inline(__always)
    func append(
        _ word: (low: UInt64, high: UInt64), to result: inout [Int32], ends resultEnds: inout [Int32], wantsEnds: Bool
    ) -> Bool {
        let entry = entries[slot(word)]
        if entry.high == 0 { return false }
        let start = Int(entry.tokens >> 8)
        let count = Int(entry.tokens & 0xFF)
        if count == 1, !wantsEnds {
            result.append(ids[start])
            return true
        }
        for position in start..<start + count {
            result.append(ids[position])
            if wantsEnds { resultEnds.append(ends[position]) }
        }
        return true
    }

    /// Remembers the tokens of a word that is not known yet.
    mutating func insert(_ word: (low: UInt64, high: UInt64), _ tokens: TokenBuffer) {
        if tokens.ids.count > 255 { return }
        if 2 * count >= entries.count {
            if entries.count >= WordCache.maximumSize { return }
            let old = entries
            entries = Array(repeating: Entry(), count: 4 * old.count)
            for entry in old where entry.high != 0 { entries[slot((entry.low, entry.high))] = entry }
        }
        entries[slot(word)] = Entry(
            low: word.low, high: word.high, tokens: UInt64(ids.count) << 8 | UInt64(tokens.ids.count))
        count += 1
        ids.append(contentsOf: tokens.ids)
        ends.append(contentsOf: tokens.ends)
    }
}
