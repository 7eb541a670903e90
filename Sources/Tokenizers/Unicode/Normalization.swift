extension NormalizedText {
    /// The text in a normalisation form (UAX 15). Linear time, but for sorting long runs of combining marks.
    func normalized(to form: NormalizationForm) -> NormalizedText {
        let tables = NormalizationTables.shared
        // A scalar with none of these bits stays as it is if the next one has none of them either.
        let disturbing: NormalizationTables.Flags =
            switch form {
            case .nfc: [.combines, .excluded, .composesBackward]
            case .nfkc: [.combines, .excluded, .composesBackward, .compatible]
            case .nfd: [.combines, .canonical]
            case .nfkd: [.combines, .canonical, .compatible]
            }
        let decomposesHangul = !form.composes
        func isQuiet(_ value: UInt32) -> Bool {
            if decomposesHangul, (0xAC00...0xD7A3).contains(value) { return false }
            return tables.flags(of: value).isDisjoint(with: disturbing)
        }
        var rewriter = TextRewriter(self)
        var run = ScalarRun(form: form, tables: tables)
        bytes.withUnsafeBufferPointer { buffer in
            guard let pointer = buffer.baseAddress else { return }
            var position = 0
            var kept = 0
            while position < buffer.count {
                if pointer[position] < 0x80, position + 1 == buffer.count || pointer[position + 1] < 0x80 {
                    position += 1
                    continue
                }
                let (value, length) = pointer.scalar(at: position)
                var next = position + length
                if isQuiet(value), next == buffer.count || isQuiet(pointer.scalar(at: next).value) {
                    position = next
                    continue
                }
                rewriter.keep(pointer, kept..<position)
                run.append(value, position..<next)
                while next < buffer.count {
                    let (value, length) = pointer.scalar(at: next)
                    if isQuiet(value) { break }
                    run.append(value, next..<next + length)
                    next += length
                }
                run.flush(into: &rewriter)
                position = next
                kept = next
            }
            rewriter.keep(pointer, kept..<position)
        }
        return rewriter.finish()
    }
}

/// Scalars from one quiet place to the next, on their way through decomposition, reordering and composition.
private struct ScalarRun {
    private struct Element {
        var value: UInt32
        var combiningClass: UInt8
        var start: Int
        var end: Int
    }

    private let form: NormalizationForm
    private let tables: NormalizationTables
    private var elements: [Element] = []
    private var parts: [UInt32] = []

    init(form: NormalizationForm, tables: NormalizationTables) {
        self.form = form
        self.tables = tables
    }

    mutating func append(_ value: UInt32, _ range: Range<Int>) {
        parts.removeAll(keepingCapacity: true)
        tables.decompose(value, compatible: form.isCompatible, into: &parts)
        for part in parts {
            elements.append(
                Element(
                    value: part, combiningClass: part < 0x300 ? 0 : tables.combiningClass(of: part),
                    start: range.lowerBound, end: range.upperBound))
        }
    }

    mutating func flush(into rewriter: inout TextRewriter) {
        reorder()
        if form.composes { compose() }
        for element in elements { rewriter.append(element.value, for: element.start..<element.end) }
        elements.removeAll(keepingCapacity: true)
    }

    /// Sorts every run of combining marks by class, stably.
    private mutating func reorder() {
        var start = 0
        while start < elements.count {
            if elements[start].combiningClass == 0 {
                start += 1
                continue
            }
            var end = start + 1
            var isSorted = true
            while end < elements.count, elements[end].combiningClass != 0 {
                if elements[end].combiningClass < elements[end - 1].combiningClass { isSorted = false }
                end += 1
            }
            if !isSorted {
                let marks = elements[start..<end].enumerated().sorted {
                    ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
                }
                for (offset, mark) in marks.enumerated() { elements[start + offset] = mark.element }
            }
            start = end
        }
    }

    private mutating func compose() {
        var count = 0
        var starter: Int?
        // -1 right behind the starter: only there may a scalar of class 0 compose with it.
        var lastClass = -1
        for position in elements.indices {
            let element = elements[position]
            if let starter, lastClass < Int(element.combiningClass),
                let composite = tables.composite(elements[starter].value, element.value)
            {
                elements[starter].value = composite
                elements[starter].start = min(elements[starter].start, element.start)
                elements[starter].end = max(elements[starter].end, element.end)
                continue
            }
            if element.combiningClass == 0 {
                starter = count
                lastClass = -1
            } else {
                lastClass = Int(element.combiningClass)
            }
            elements[count] = element
            count += 1
        }
        elements.removeLast(elements.count - count)
    }
}
