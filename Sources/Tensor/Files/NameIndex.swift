/// Finds names in a list that is kept elsewhere, byte by byte.
///
/// Swift compares strings by canonical equivalence, but file formats and vocabularies tell "é" from "e" + accent: a
/// dictionary with `String` keys would confuse them. The hash is seeded anew in every process, so that no file can be
/// made to collide.
struct NameIndex: Sendable {
    /// Positions in the list, or -1; empty while the list is short enough to be searched.
    private var slots: [Int32] = []
    private var count = 0

    private static let searchedCount = 8

    /// Where a name stands in the list, or nil.
    func position(of name: String, in nameAt: (Int) -> String) -> Int? {
        if slots.isEmpty {
            for position in 0..<count where sameBytes(nameAt(position), name) { return position }
            return nil
        }
        var slot = hash(name) & (slots.count - 1)
        while slots[slot] >= 0 {
            if sameBytes(nameAt(Int(slots[slot])), name) { return Int(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Takes the name that has just been appended to the list; false if it was there before.
    mutating func insertLast(_ name: String, in nameAt: (Int) -> String) -> Bool {
        if position(of: name, in: nameAt) != nil { return false }
        count += 1
        if slots.isEmpty ? count > NameIndex.searchedCount : count * 2 > slots.count {
            rebuild(nameAt)
        } else if !slots.isEmpty {
            place(count - 1, name)
        }
        return true
    }

    private mutating func rebuild(_ nameAt: (Int) -> String) {
        slots = Array(repeating: -1, count: max(32, slots.count * 2))
        for position in 0..<count { place(position, nameAt(position)) }
    }

    private mutating func place(_ position: Int, _ name: String) {
        var slot = hash(name) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: position)
    }
}

private func sameBytes(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
}

private func hash(_ name: String) -> Int {
    var hasher = Hasher()
    let isFed: Void? = name.utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    if isFed == nil { for byte in name.utf8 { hasher.combine(byte) } }
    return hasher.finalize()
}
