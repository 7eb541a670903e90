/// Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909) over bytes or characters.
///
/// A word begins as its bytes (byte-level vocabularies) or characters; the adjacent pair with the lowest rank merges,
/// leftmost first, until no pair is left that merges.
struct BPEModel: Sendable {
    let vocabulary: Vocabulary
    let merges: MergeTable
    /// The word is bytes that the vocabulary writes in the byte-level alphabet.
    let isByteLevel: Bool
    let unknownID: Int32?
    /// A run of unknown characters is one token.
    let fusesUnknown: Bool
    /// Unknown characters become tokens of their bytes, `<0x41>`.
    let usesByteFallback: Bool
    /// A word that is a token is that token, whatever the merges make of it.
    let ignoresMerges: Bool
    let continuingPrefix: [UInt8]
    let endOfWordSuffix: [UInt8]

    /// The token of each byte: of its alphabet character if `isByteLevel`, else of ASCII characters; -1 if there is none.
    private let byteIDs: [Int32]
    /// The tokens `<0x00>` to `<0xFF>`, or -1.
    private let fallbackIDs: [Int32]

    init(
        vocabulary: Vocabulary, merges: MergeTable, isByteLevel: Bool, unknownID: Int32?, fusesUnknown: Bool = false,
        usesByteFallback: Bool = false, ignoresMerges: Bool = false, continuingPrefix: [UInt8] = [],
        endOfWordSuffix: [UInt8] = []
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        // Prefixes and suffixes are defined on characters; no real vocabulary combines them with bytes.
        self.isByteLevel = isByteLevel
        self.unknownID = unknownID
        self.fusesUnknown = fusesUnknown
        self.usesByteFallback = usesByteFallback
        self.ignoresMerges = ignoresMerges
        self.continuingPrefix = continuingPrefix
        self.endOfWordSuffix = endOfWordSuffix
        byteIDs = (0..<256).map { byte in
            if !isByteLevel, byte >= 0x80 { return -1 }
            var token: [UInt8] = []
            token.append(scalar: isByteLevel ? ByteAlphabet.scalars[byte] : UInt32(byte))
            return vocabulary.id(of: token) ?? -1
        }
        fallbackIDs = byteFallbackIDs(in: vocabulary)
    }

    /// The tokens of a piece.
    func tokenize(_ piece: UTF8Buffer, _ scratch: inout BPEScratch, into result: inout TokenBuffer) {
        if ignoresMerges, let id = wholeWord(piece, &scratch) {
            result.append(id, end: piece.count)
            return
        }
        scratch.reserve(piece.count)
        let count =
            isByteLevel
            ? symbolsOfBytes(piece, &scratch)
            : symbolsOfCharacters(piece, &scratch)
        scratch.merge(count, merges, into: &result)
    }

    private func wholeWord(_ piece: UTF8Buffer, _ scratch: inout BPEScratch) -> Int32? {
        guard isByteLevel else { return vocabulary.id(of: piece) }
        scratch.text.removeAll(keepingCapacity: true)
        ByteAlphabet.encode(piece, into: &scratch.text)
        return vocabulary.id(of: scratch.text)
    }

    private func symbolsOfBytes(_ piece: UTF8Buffer, _ scratch: inout BPEScratch) -> Int {
        var builder = SymbolBuilder(model: self)
        return byteIDs.withUnsafeBufferPointer { byteIDs in
            for position in 0..<piece.count {
                let id = byteIDs[Int(piece[position])]
                if id >= 0 {
                    builder.add(id, end: position + 1, &scratch)
                } else {
                    builder.addUnknown(end: position + 1, &scratch)
                }
            }
            return builder.finish(&scratch)
        }
    }

    private func symbolsOfCharacters(_ piece: UTF8Buffer, _ scratch: inout BPEScratch) -> Int {
        var builder = SymbolBuilder(model: self)
        let hasAffixes = !continuingPrefix.isEmpty || !endOfWordSuffix.isEmpty
        var position = 0
        while position < piece.count {
            let end = position + utf8Length(ofLead: piece[position])
            var id: Int32 = -1
            let character = UTF8Buffer(rebasing: piece[position..<end])
            if hasAffixes {
                scratch.text.removeAll(keepingCapacity: true)
                if position > 0 { scratch.text.append(contentsOf: continuingPrefix) }
                scratch.text.append(contentsOf: character)
                if end == piece.count { scratch.text.append(contentsOf: endOfWordSuffix) }
                id = vocabulary.id(of: scratch.text) ?? -1
            } else if end == position + 1 {
                id = byteIDs[Int(piece[position])]
            } else {
                id = vocabulary.id(of: character) ?? -1
            }
            if id >= 0 {
                builder.add(id, end: end, &scratch)
            } else if usesByteFallback {
                let bytes = hasAffixes ? scratch.text : Array(character)
                if bytes.allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
                    for (offset, byte) in bytes.enumerated() {
                        // Affixes have no bytes of their own in the text.
                        builder.addFallback(
                            fallbackIDs[Int(byte)], end: min(position + offset + 1, end), &scratch)
                    }
                } else {
                    builder.addUnknown(end: end, &scratch)
                }
            } else {
                builder.addUnknown(end: end, &scratch)
            }
            position = end
        }
        return builder.finish(&scratch)
    }
}

/// The tokens `<0x00>` to `<0xFF>` of a vocabulary, -1 where there is none.
func byteFallbackIDs(in vocabulary: Vocabulary) -> [Int32] {
    let digits = Array("0123456789ABCDEF".utf8)
    return (0..<256).map { byte in
        vocabulary.id(of: Array("<0x".utf8) + [digits[byte >> 4], digits[byte & 15]] + Array(">".utf8)) ?? -1
    }
}

/// Lays out the first symbols of a word and deals with unknown ones.
private struct SymbolBuilder {
    let model: BPEModel
    private var count = 0
    private var unknownEnd: Int?

    init(model: BPEModel) { self.model = model }

    @inline(__always)
    mutating func add(_ id: Int32, end: Int, _ scratch: inout BPEScratch) {
        flushUnknown(&scratch)
        scratch.setSymbol(count, id, end)
        count += 1
    }

    /// As in the reference implementation, bytes do not end a run of unknown characters: its token comes after them.
    mutating func addFallback(_ id: Int32, end: Int, _ scratch: inout BPEScratch) {
        scratch.setSymbol(count, id, end)
        count += 1
    }

    mutating func addUnknown(end: Int, _ scratch: inout BPEScratch) {
        guard model.unknownID != nil else { return }
        if !model.fusesUnknown { flushUnknown(&scratch) }
        unknownEnd = end
    }

    @inline(__always)
    private mutating func flushUnknown(_ scratch: inout BPEScratch) {
        if let end = unknownEnd {
            scratch.setSymbol(count, model.unknownID!, end)
            count += 1
            unknownEnd = nil
        }
    }

    mutating func finish(_ scratch: inout BPEScratch) -> Int {
        flushUnknown(&scratch)
        return count
    }
}
