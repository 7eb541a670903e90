import CKernels
import Glibc
import Synchronization

/// How many threads Martlet's kernels use.
public enum Parallelism {
    /// The most threads that one operation uses. At the start: `MARTLET_NUM_THREADS`, or the number of usable cores.
    ///
    /// Results do not depend on it.
    public static var threadCount: Int {
        get { limit.load(ordering: .relaxed) }
        set { limit.store(max(1, newValue), ordering: .relaxed) }
    }

    private static let limit = Atomic<Int>(initialThreadCount())

    private static func initialThreadCount() -> Int {
        if let text = getenv("MARTLET_NUM_THREADS"), let count = Int(String(cString: text)), count > 0 { return count }
        return max(1, Int(mk_usable_cores()))
    }

    /// Runs `body` over `0..<count` in pieces of at least `grain`, on several threads where that pays.
    ///
    /// The pieces are disjoint and cover the range; a body whose result for an index does not depend on the piece it came
    /// in gives the same result for every thread count. A call from inside a body runs serially.
    package static func forEachPiece(of count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let threads = count <= grain ? 1 : min(threadCount, (count - 1) / max(grain, 1) + 1)
        if threads <= 1 {
            body(0..<count)
        } else {
            withoutActuallyEscaping(body) { escapable in
                withUnsafePointer(to: escapable) {
                    ThreadPool.shared.run(count: count, grain: grain, threads: threads, $0)
                }
            }
        }
    }
}

/// Worker threads that share the pieces of one job at a time.
///
/// `@unchecked Sendable`: `job` and `generation` are read and written only under `mutex`.
private final class ThreadPool: @unchecked Sendable {
    static let shared = ThreadPool()

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var workerCount = 0
    private var job: Job?
    private var generation = 0

    /// Changes when a new job is there; lets workers wait a moment without the lock.
    private let signal = Atomic<Int>(0)
    private let isBusy = Atomic<Bool>(false)

    private init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
    }

    func run(count: Int, grain: Int, threads: Int, _ body: UnsafePointer<(Range<Int>) -> Void>) {
        // One job at a time: a second caller, or a body that calls again, works alone.
        if isBusy.exchange(true, ordering: .acquiring) {
            body.pointee(0..<count)
            return
        }
        let job = Job(count: count, grain: grain, threads: threads, body: body)
        pthread_mutex_lock(mutex)
        while workerCount < threads - 1 { startWorker() }
        self.job = job
        generation += 1
        signal.store(generation, ordering: .releasing)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)

        job.work()
        job.waitUntilDone()

        pthread_mutex_lock(mutex)
        self.job = nil
        pthread_mutex_unlock(mutex)
        isBusy.store(false, ordering: .releasing)
    }

    private func startWorker() {
        workerCount += 1
        var thread = pthread_t()
        let context = Unmanaged.passUnretained(self).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<ThreadPool>.fromOpaque(context!).takeUnretainedValue().workForever()
                return nil
            }, context)
        if failure == 0 { pthread_detach(thread) }
    }

    /// Waits for the next job for two milliseconds without sleeping: waking a sleeping thread takes longer than most
    /// operations, on a virtual machine above all. Other programs get the core whenever they ask for it.
    private func awaitSignal(after seen: Int) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let start = now
        while (now.tv_sec - start.tv_sec) * 1_000_000_000 + now.tv_nsec - start.tv_nsec < 2_000_000 {
            for _ in 0..<200 {
                if signal.load(ordering: .acquiring) != seen { return }
                mk_spin_pause()
            }
            sched_yield()
            clock_gettime(CLOCK_MONOTONIC, &now)
        }
    }

    private func workForever() {
        // Workers leave signals to the program's own threads.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var seen = 0
        while true {
            awaitSignal(after: seen)
            pthread_mutex_lock(mutex)
            while generation == seen { pthread_cond_wait(wake, mutex) }
            seen = generation
            let current = job
            pthread_mutex_unlock(mutex)
            if let current, current.join() {
                current.work()
                current.leave()
            }
        }
    }
}

/// One parallel loop. Pieces are handed out by a counter and become smaller towards the end: long ones read memory best,
/// short ones leave nobody waiting.
///
/// `@unchecked Sendable`: the body is called concurrently by design; the caller of ``Parallelism`` guarantees that it may.
private final class Job: @unchecked Sendable {
    private let (count, grain, threads): (Int, Int, Int)
    /// Valid while the caller waits; a helper that joins too late never reads it.
    private let body: UnsafePointer<(Range<Int>) -> Void>
    private let next = Atomic<Int>(0)
    private let seats: Atomic<Int>
    private let working = Atomic<Int>(0)

    init(count: Int, grain: Int, threads: Int, body: UnsafePointer<(Range<Int>) -> Void>) {
        (self.count, self.grain, self.threads) = (count, grain, threads)
        self.body = body
        seats = Atomic(threads - 1)
    }

    /// Takes one of the helpers' seats; false if they are taken or the pieces have run out.
    func join() -> Bool {
        working.add(1, ordering: .acquiringAndReleasing)
        if seats.subtract(1, ordering: .relaxed).newValue >= 0, next.load(ordering: .relaxed) < count { return true }
        working.subtract(1, ordering: .releasing)
        return false
    }

    func leave() { working.subtract(1, ordering: .releasing) }

    func work() {
        guard let first = takePiece() else { return }
        let body = body.pointee
        body(first)
        while let piece = takePiece() { body(piece) }
    }

    /// A thread's half of an equal share of what is left, or a grain.
    private func takePiece() -> Range<Int>? {
        var start = next.load(ordering: .relaxed)
        while start < count {
            let end = min(start + max(grain, (count - start).dividedUp(by: 2 * threads)), count)
            let (isTaken, current) = next.compareExchange(
                expected: start, desired: end, ordering: .acquiringAndReleasing)
            if isTaken { return start..<end }
            start = current
        }
        return nil
    }

    /// Waits for the helpers that have joined. One that joins later finds no piece left and never calls the body.
    func waitUntilDone() {
        var spins = 0
        while working.load(ordering: .acquiring) > 0 {
            spins += 1
            if spins < 20_000 { mk_spin_pause() } else { sched_yield() }
        }
    }
}
