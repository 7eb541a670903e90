import Synchronization
import Tokenizers

/// Lets a model write only text of a form: JSON, or what a regular expression matches.
///
/// ```swift
/// let trie = TokenTrie(model.tokenizer)                             // once for a model
/// let options = GenerationOptions(constraint: FormConstraint.json(trie))
/// let date = try FormConstraint.regex(#"\d{4}-\d{2}-\d{2}"#, trie)
/// ```
///
/// The model may end the text where it is complete, and must go on where it is not. The tokens allowed in a state are found
/// once and remembered for all sequences with the same constraint.
public struct FormConstraint: TokenConstraint {
    private var form: any Form

    /// Any JSON value (RFC 8259), or an object only; white space between parts is short.
    ///
    /// - Parameters:
    ///   - trie: the vocabulary.
    ///   - objectsOnly: whether the outermost value must be an object.
    ///   - maximumDepth: how deep values may be nested.
    public static func json(_ trie: TokenTrie, objectsOnly: Bool = false, maximumDepth: Int = 32) -> FormConstraint {
        FormConstraint(form: Follower(JSONAutomaton(objectsOnly: objectsOnly, maximumDepth: maximumDepth), trie))
    }

    /// Texts that a regular expression matches as a whole.
    ///
    /// The syntax is that of tokenizers' expressions (Oniguruma's) without conditions on places, such as `^` and `\b`.
    public static func regex(_ pattern: String, _ trie: TokenTrie) throws(ConstraintError) -> FormConstraint {
        do { return FormConstraint(form: Follower(try RegexAutomaton(pattern), trie)) } catch {
            throw ConstraintError(pattern: pattern, problem: error.problem)
        }
    }

    private init(form: any Form) { self.form = form }

    /// Whether the text so far has the form.
    public var mayEnd: Bool { form.mayEnd }

    /// The tokens after which a text of the form can still come about.
    public mutating func allowedTokens() -> TokenMask { form.allowedTokens() }

    /// Follows a token; one that breaks the form, such as an end token, ends the following.
    public mutating func accept(_ token: Int) { form.accept(token) }
}

/// Why a constraint cannot be made.
public struct ConstraintError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The expression.
    public var pattern: String
    /// What is wrong with it.
    public var problem: String

    /// The error as a sentence.
    public var description: String { "The regular expression \(pattern) cannot be used: \(problem)." }
}

extension RegexAutomaton: ByteAutomaton {}

private protocol Form: Sendable {
    var mayEnd: Bool { get }
    mutating func allowedTokens() -> TokenMask
    mutating func accept(_ token: Int)
}

/// Follows one text through an automaton.
private struct Follower<Automaton: ByteAutomaton>: Form {
    private let automaton: Automaton
    private let trie: TokenTrie
    private let known = KnownMasks<Automaton.State>()
    private var state: Automaton.State?

    init(_ automaton: Automaton, _ trie: TokenTrie) {
        self.automaton = automaton
        self.trie = trie
        state = automaton.start
    }

    var mayEnd: Bool { state.map { automaton.isAccepting($0) } ?? false }

    func allowedTokens() -> TokenMask {
        guard let state else { return TokenMask(vocabularySize: trie.vocabularySize) }
        if let mask = known[state] { return mask }
        let mask = trie.tokens(allowedBy: automaton, after: state)
        known[state] = mask
        return mask
    }

    mutating func accept(_ token: Int) {
        for byte in trie.content(token) { state = state.flatMap { automaton.next($0, byte) } }
    }
}

/// The tokens that states allow, found once; shared by copies.
private final class KnownMasks<State: Sendable & Hashable>: Sendable {
    private let masks = Mutex<[State: TokenMask]>([:])
    /// As many masks of a large vocabulary as take some ten megabytes.
    private static var limit: Int { 1024 }

    subscript(state: State) -> TokenMask? {
        get { masks.withLock { $0[state] } }
        set {
            masks.withLock { masks in
                if masks.count >= KnownMasks.limit { masks.removeAll() }
                masks[state] = newValue
            }
        }
    }
}
