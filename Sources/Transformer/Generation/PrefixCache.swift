import Synchronization

/// Remembers the past of prompts, so that a prompt that begins like an earlier one costs only what is new.
///
/// Shared by all who hold it and safe to use from several threads; keys and values are shared until a sequence grows. It
/// belongs to the first model that it is used with: another model, or other weights or adapters, is an error until
/// ``removeAll()``.
///
/// ```swift
/// let prefixes = PrefixCache(capacity: 4)
/// let answer = try model.generate(chat: messages, prefixes: prefixes).text()
/// ```
public final class PrefixCache: Sendable {
    private struct Entry: Sendable {
        var tokens: [Int]
        var cache: KVCache
    }

    /// The most recently used last.
    private let entries = Mutex<[Entry]>([])
    /// The model whose past is remembered; it stays in memory, so that its weights' places are taken by no others.
    private let owner = Mutex<TransformerModel?>(nil)
    private let capacity: Int

    /// Creates a memory for so many sequences.
    public init(capacity: Int = 4) { self.capacity = max(1, capacity) }

    /// The bytes of all keys and values remembered.
    public var byteCount: Int { entries.withLock { $0.reduce(0) { $0 + $1.cache.byteCount } } }

    /// Forgets everything, so that another model may be used.
    public func removeAll() {
        owner.withLock { owner in
            owner = nil
            entries.withLock { $0 = [] }
        }
    }

    /// Makes a model the one whose past is remembered.
    ///
    /// - Throws: ``GenerationError/foreignPrefixes`` if it is another one already.
    func bind(to model: TransformerModel) throws(GenerationError) {
        let isOwner = owner.withLock { owner in
            if let owner { return owner.computesAlike(model) }
            owner = model
            return true
        }
        guard isOwner else { throw .foreignPrefixes }
    }

    /// The past of the longest known beginning of a prompt, or nil if none is known.
    func past(of prompt: [Int]) -> KVCache? {
        entries.withLock { entries in
            var best: (index: Int, length: Int)?
            for (index, entry) in entries.enumerated() {
                let length = zip(entry.tokens, prompt).prefix { $0 == $1 }.count
                guard length > best?.length ?? 0, entry.cache.canTruncate(to: length) else { continue }
                best = (index, length)
            }
            guard let best else { return nil }
            let entry = entries.remove(at: best.index)
            entries.append(entry)
            var cache = entry.cache
            cache.truncate(to: best.length)
            return cache
        }
    }

    /// Remembers the past of tokens, of which the cache holds a beginning; what it continues is replaced.
    func store(_ cache: KVCache, of tokens: [Int]) {
        let known = Array(tokens.prefix(cache.count))
        entries.withLock { entries in
            entries.removeAll { known.starts(with: $0.tokens) }
            entries.append(Entry(tokens: known, cache: cache))
            if entries.count > capacity { entries.removeFirst() }
        }
    }
}
