/// The bytes behind one or more tensors.
///
/// `@unchecked Sendable`: the bytes change only while exactly one tensor refers to them (every mutation first asks
/// `isKnownUniquelyReferenced`), and never if the storage is read-only.
package final class TensorStorage: @unchecked Sendable {
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

    /// Allocates memory for what a file holds: a file that is too large is an error, not the end of the program.
    init(byteCount: Int, readingFrom path: String) throws(TensorFileError) {
        guard let buffer = Memory.allocateIfPossible(byteCount: byteCount) else {
            throw TensorFileError(
                path: path, problem: "out of memory: could not allocate \(byteCount) bytes for a tensor")
        }
        (bytes, capacity) = buffer
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

    /// Tells the system that the pages of a mapped file are not needed soon; they are read again when they are.
    func releaseFilePages() {
        (owner as? MappedFile)?.releasePages(of: UnsafeRawBufferPointer(start: bytes, count: byteCount))
    }

    deinit {
        if capacity > 0 { Memory.deallocate(bytes, capacity: capacity) }
    }
}
