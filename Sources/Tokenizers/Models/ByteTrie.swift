/// A trie over bytes: which keys begin at a place of a text.
struct ByteTrie: Sendable {
    /// Nodes by number; the value of the key that ends there, or -1.
    private var values: [Int32] = [-1]
    /// The children of the root, by byte; 0 where there is none.
    private var roots: [Int32] = Array(repeating: 0, count: 256)
    /// Open addressing: the parent and the byte, and the child; 0 is free.
    private var edges: [(key: UInt64, child: Int32)]
    private var edgeCount = 0

    init(expectedTokens: Int = 0) {
        var size = 256
        while size < 8 * expectedTokens { size *= 2 }
        edges = Array(repeating: (0, 0), count: size)
    }

    /// Whether there is no key.
    var isEmpty: Bool { values.count == 1 }

    /// Adds a key, or gives it another value. The empty key is ignored.
    mutating func insert(_ key: UTF8Buffer, value: Int32) {
        guard let first = key.first else { return }
        if roots[Int(first)] == 0 { roots[Int(first)] = addNode() }
        var node = roots[Int(first)]
        for byte in key.dropFirst() {
            let edge = ByteTrie.key(node, byte)
            let slot = find(edge)
            if edges[slot].key != 0 {
                node = edges[slot].child
                continue
            }
            let child = addNode()
            edges[slot] = (edge, child)
            edgeCount += 1
            if 2 * edgeCount > edges.count { grow() }
            node = child
        }
        values[Int(node)] = value
    }

    private mutating func addNode() -> Int32 {
        values.append(-1)
        return Int32(values.count - 1)
    }

    private mutating func grow() {
        let old = edges
        edges = Array(repeating: (0, 0), count: 2 * old.count)
        for edge in old where edge.key != 0 { edges[find(edge.key)] = edge }
    }

    @inline(__always)
    private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

    @inline(__always)
    private func find(_ key: UInt64) -> Int {
        edges.withUnsafeBufferPointer { edges in
            var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 24) & (edges.count - 1)
            while edges[slot].key != 0, edges[slot].key != key { slot = (slot + 1) & (edges.count - 1) }
            return slot
        }
    }

    /// Whether some key begins with a byte.
    @inline(__always)
    func hasKey(beginningWith byte: UInt8) -> Bool { roots[Int(byte)] != 0 }

    /// Calls a function with the end and the value of every key that begins at a place, the shortest first.
    @inline(__always)
    func forEachPrefix(of text: UTF8Buffer, from start: Int, _ body: (Int, Int32) -> Void) {
        var node = roots[Int(text[start])]
        var position = start + 1
        while node != 0 {
            if values[Int(node)] >= 0 { body(position, values[Int(node)]) }
            if position == text.count { return }
            node = edges[find(ByteTrie.key(node, text[position]))].child
            position += 1
        }
    }
}
