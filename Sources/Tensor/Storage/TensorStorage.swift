/// The bytes behind one or more tensors.
///
/// `@unchecked Sendable`: the bytes change only while exactly one tensor refers to them (every mutation first asks
/// `isKnownUniquelyReferenced`), and never if the storage is read-only.
final class TensorStorage: @unchecked Sendable {
    let bytes: UnsafeMutableRawPointer
    let byteCount: Int

    /// Whether the memory may be written: a mapped file must not be.
    let isWritable: Bool

    /// The size of the pooled buffer, or 0 for memory that somebody else owns.
    private let capacity: Int

    /// Keeps foreign memory, such as a mapped file, alive.
    private let owner: AnyObject?

    /// Allocates memory with arbitrary content, aligned to 64 bytes.
    init(byteCount: Int) {
        (bytes, capacity) = Memory.allocate(byteCount: byteCount)
        self.byteCount = byteCount
        isWritable = true
        owner = nil
    }

    /// Refers to read-only memory that `owner` keeps alive.
    init(borrowing memory: UnsafeRawBufferPointer, owner: AnyObject) {
        bytes = UnsafeMutableRawPointer(mutating: memory.baseAddress ?? UnsafeRawPointer(bitPattern: 64)!)
        byteCount = memory.count
        isWritable = false
        capacity = 0
        self.owner = owner
    }

    deinit {
        if capacity > 0 { Memory.deallocate(bytes, capacity: capacity) }
    }
}
