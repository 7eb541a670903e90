import CKernels
import Glibc
import Synchronization

/// The memory that tensors occupy, and the cache of freed buffers that makes allocation cheap.
///
/// Freed buffers wait in size-class lists for the next tensor of similar size. Every figure counts whole buffers, so
/// live plus cached is what the process really holds.
public enum Memory {
    /// Bytes held by tensors and by the cache at one moment.
    public struct Snapshot: Sendable, Hashable {
        /// Bytes of buffers that tensors hold.
        public var live = 0
        /// Bytes of freed buffers that wait for reuse.
        public var cached = 0
        /// The largest live + cached since the start or the last ``Memory/resetPeak()``.
        public var peak = 0
        /// The number of buffers that tensors hold.
        public var liveBuffers = 0
    }

    /// The current figures.
    public static func snapshot() -> Snapshot {
        withAllocator { $0.figures }
    }

    /// Starts a new peak measurement from the present amount.
    public static func resetPeak() {
        withAllocator { $0.figures.peak = $0.figures.live + $0.figures.cached }
    }

    /// The most bytes that the cache keeps; a quarter of the machine's memory at the start. Setting a smaller limit
    /// frees what is above it.
    public static var cacheLimit: Int {
        get { withAllocator { $0.cacheLimit } }
        set {
            withAllocator {
                $0.cacheLimit = max(newValue, 0)
                $0.trim(to: $0.cacheLimit)
            }
        }
    }

    /// Gives every cached buffer back to the system.
    public static func clearCache() {
        withAllocator { $0.trim(to: 0) }
    }

    /// A buffer, or the end of the program: a computation has no use for a tensor without memory.
    static func allocate(byteCount: Int) -> (pointer: UnsafeMutableRawPointer, capacity: Int) {
        if let buffer = allocateIfPossible(byteCount: byteCount) { return buffer }
        trap("out of memory: could not allocate \(byteCount) bytes for a tensor")
    }

    /// A buffer, or nil if the system has no memory for it even without the cache.
    static func allocateIfPossible(byteCount: Int) -> (pointer: UnsafeMutableRawPointer, capacity: Int)? {
        let sizeClass = SizeClass(holding: byteCount)
        let recycled = withAllocator { $0.take(sizeClass) }
        if let recycled { return (recycled.pointer, sizeClass.byteCount) }
        var pointer: UnsafeMutableRawPointer?
        // Large buffers start on a huge-page border: the kernel can then back them with few page faults.
        let isLarge = sizeClass.byteCount >= 1 << 22
        let alignment = isLarge ? 1 << 21 : 64
        if posix_memalign(&pointer, alignment, sizeClass.byteCount) != 0 {
            clearCache()
            if posix_memalign(&pointer, alignment, sizeClass.byteCount) != 0 {
                withAllocator { $0.giveBack(sizeClass) }
                return nil
            }
        }
        if isLarge { madvise(pointer, sizeClass.byteCount, MADV_HUGEPAGE) }
        return (pointer!, sizeClass.byteCount)
    }

    static func deallocate(_ pointer: UnsafeMutableRawPointer, capacity: Int) {
        let buffer = FreeBuffer(pointer: pointer)
        let isKept = withAllocator { $0.give(buffer, SizeClass(holding: capacity)) }
        if !isKept { free(pointer) }
    }

    private static let allocator = Mutex(CachingAllocator())

    /// Runs a function under the lock. ThreadSanitizer does not see this kind of lock and is told of it.
    private static func withAllocator<Result: Sendable>(_ body: (inout CachingAllocator) -> Result) -> Result {
        allocator.withLock { allocator in
            mk_allocator_locked()
            defer { mk_allocator_unlocks() }
            return body(&allocator)
        }
    }
}

/// Buffer sizes: powers of two from 64 bytes and the values half-way between them.
private struct SizeClass {
    let index: Int
    let byteCount: Int

    /// The class at a position of the allocator's lists.
    init(index: Int) {
        self.index = index
        let power = 1 << (index / 2)
        byteCount = index % 2 == 0 ? power : power + power / 2
    }

    init(holding byteCount: Int) {
        let wanted = max(byteCount, 64)
        let exponent = Int.bitWidth - 1 - wanted.leadingZeroBitCount
        let power = 1 << exponent
        if wanted == power {
            index = exponent * 2
            self.byteCount = power
        } else if wanted <= power + power / 2 {
            index = exponent * 2 + 1
            self.byteCount = power + power / 2
        } else {
            index = exponent * 2 + 2
            self.byteCount = power * 2
        }
    }
}

/// A buffer that no tensor refers to. Only the allocator, under its lock, holds it.
private struct FreeBuffer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

private struct CachingAllocator {
    var figures = Memory.Snapshot()
    var cacheLimit: Int
    private var lists: [[FreeBuffer]] = Array(repeating: [], count: 130)

    init() {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        cacheLimit = pages > 0 && pageSize > 0 ? pages / 4 * pageSize : 1 << 29
    }

    /// A cached buffer of the class, or nil when the caller has to allocate one; counts it as live either way.
    mutating func take(_ sizeClass: SizeClass) -> FreeBuffer? {
        figures.live += sizeClass.byteCount
        figures.liveBuffers += 1
        let buffer = lists[sizeClass.index].popLast()
        if buffer != nil {
            figures.cached -= sizeClass.byteCount
        }
        figures.peak = max(figures.peak, figures.live + figures.cached)
        return buffer
    }

    /// Stops counting a buffer that could not be allocated.
    mutating func giveBack(_ sizeClass: SizeClass) {
        figures.live -= sizeClass.byteCount
        figures.liveBuffers -= 1
    }

    /// Keeps a buffer for reuse; false if the caller has to free it.
    mutating func give(_ buffer: FreeBuffer, _ sizeClass: SizeClass) -> Bool {
        giveBack(sizeClass)
        if figures.cached + sizeClass.byteCount > cacheLimit { return false }
        lists[sizeClass.index].append(buffer)
        figures.cached += sizeClass.byteCount
        return true
    }

    /// Frees cached buffers, the largest first, until at most `limit` bytes are cached.
    mutating func trim(to limit: Int) {
        var index = lists.count - 1
        while index >= 0, figures.cached > limit {
            while figures.cached > limit, let buffer = lists[index].popLast() {
                free(buffer.pointer)
                figures.cached -= SizeClass(index: index).byteCount
            }
            index -= 1
        }
    }
}
