/// A part of the original text, in bytes.
struct SourceRange: Hashable {
    var start: Int32
    var end: Int32
}

/// Text on its way through normalisers and pre-tokenisers, with the way back to the original text.
struct NormalizedText {
    /// Valid UTF-8.
    var bytes: [UInt8]

    /// The part of the original that each byte stands for; nil if byte `i` is the original's byte `base + i`, or if
    /// nobody wants offsets.
    var alignment: [SourceRange]?

    /// Where the first byte stands in the original.
    var base: Int

    /// Whether offsets are wanted.
    let tracksOffsets: Bool

    init(bytes: [UInt8], base: Int = 0, tracksOffsets: Bool) {
        self.bytes = bytes
        self.base = base
        self.tracksOffsets = tracksOffsets
    }

    /// The part of the original that a range of bytes stands for.
    func source(of range: Range<Int>) -> SourceRange {
        guard let alignment else {
            return SourceRange(start: Int32(base + range.lowerBound), end: Int32(base + range.upperBound))
        }
        if range.isEmpty {
            let place =
                range.lowerBound < alignment.count
                ? alignment[range.lowerBound].start : alignment.last?.end ?? Int32(base)
            return SourceRange(start: place, end: place)
        }
        // Normalisation reorders combining marks, so the first byte need not have the first origin.
        var result = alignment[range.lowerBound]
        for position in range {
            result.start = min(result.start, alignment[position].start)
            result.end = max(result.end, alignment[position].end)
        }
        return result
    }

    /// The range of the original text for one byte.
    fileprivate func source(at position: Int) -> SourceRange {
        if let alignment { return alignment[position] }
        return SourceRange(start: Int32(base + position), end: Int32(base + position + 1))
    }
}

/// Builds a new text from an old one and keeps the way back to the original.
struct TextRewriter {
    private let source: NormalizedText
    private(set) var bytes: [UInt8] = []
    private var alignment: [SourceRange]?

    init(_ source: NormalizedText) {
        self.source = source
        bytes.reserveCapacity(source.bytes.count + source.bytes.count / 8 + 16)
        if source.tracksOffsets { alignment = [] }
    }

    /// Takes over a range of the old text as it is.
    @inline(__always)
    mutating func keep(_ pointer: UnsafePointer<UInt8>, _ range: Range<Int>) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: pointer + range.lowerBound, count: range.count))
        if alignment != nil { for position in range { alignment!.append(source.source(at: position)) } }
    }

    /// Writes a scalar that stands for a range of the old text.
    @inline(__always)
    mutating func append(_ scalar: UInt32, for range: Range<Int>) {
        let start = bytes.count
        bytes.append(scalar: scalar)
        if alignment != nil { align(bytes.count - start, with: range) }
    }

    /// Writes text that stands for a range of the old text; an empty range marks an insertion.
    mutating func append(_ text: some Collection<UInt8>, for range: Range<Int>) {
        let start = bytes.count
        bytes.append(contentsOf: text)
        if alignment != nil { align(bytes.count - start, with: range) }
    }

    @inline(never)
    private mutating func align(_ count: Int, with range: Range<Int>) {
        let origin = source.source(of: range)
        for _ in 0..<count { alignment!.append(origin) }
    }

    /// The new text.
    consuming func finish() -> NormalizedText {
        var result = NormalizedText(bytes: bytes, base: source.base, tracksOffsets: source.tracksOffsets)
        result.alignment = alignment
        return result
    }
}
