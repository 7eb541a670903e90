import CMarker

extension Workload {
    /// Does the work once where callgrind counts.
    ///
    /// It has been done before: code is bound, caches of the runtime and of buffers are as they stay, so that nothing but
    /// the work itself is counted.
    func runCounted() {
        var work = prepare()
        for _ in 0..<3 { work() }
        withUnsafeMutablePointer(to: &work) { pointer in
            budget_counted({ $0!.assumingMemoryBound(to: (() -> Void).self).pointee() }, pointer)
        }
    }
}
