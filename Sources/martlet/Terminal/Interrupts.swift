import Dispatch
import Glibc

/// Hears of Ctrl-C (SIGINT) and of a polite end (SIGTERM) instead of dying of them, as long as it lives.
///
/// A second signal ends the program at once, so that nobody is ever locked in.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    /// Calls a function at the first signal.
    init(_ handler: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            let times = Counter()
            source.setEventHandler {
                if times.next() > 1 { _exit(128 + number) }
                handler()
            }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}
