import GoldenSupport
import Tensor
import Testing
import Tokenizers
import Transformer

@Suite("Constrained decoding")
struct ConstraintTests {
    private func tokenizer() throws -> Tokenizer {
        try Tokenizer(
            contentsOf: "\(Golden.packageDirectory)/Tests/Golden/core/tokenizers/files/bpe-gpt2.tokenizer.json")
    }

    /// Follows a text's tokens; whether all were allowed, and whether it may end there.
    private func follow(_ text: String, _ constraint: FormConstraint, _ tokenizer: Tokenizer) -> (
        isAllowed: Bool, mayEnd: Bool
    ) {
        var constraint = constraint
        for token in tokenizer.encode(text, addSpecialTokens: false) {
            guard constraint.allowedTokens().contains(token) else { return (false, false) }
            constraint.accept(token)
        }
        return (true, constraint.mayEnd)
    }

    @Test("JSON: what is allowed and what may end")
    func json() throws {
        let tokenizer = try tokenizer()
        let constraint = FormConstraint.json(TokenTrie(tokenizer))
        for text in [
            "{}", "[]", "[1, 2.5, -3e10]", "{\"a\": {\"b\": [true, false, null]}}", "\"h\\u00e9 \\n\"", "\"日本語\"", "0",
            "-0.5", " {\n  \"a\" : 1\n}",
        ] {
            let result = follow(text, constraint, tokenizer)
            #expect(result.isAllowed && result.mayEnd, "\(text)")
        }
        for text in ["{", "[1,", "\"abc", "{\"a\"", "-", "1.", "tru"] {
            let result = follow(text, constraint, tokenizer)
            #expect(result.isAllowed && !result.mayEnd, "\(text)")
        }
        for text in ["}", "[1 2]", "{a: 1}", "01", "{\"a\": 1,}", "[,", "nul1", "\"\\x\"", "{} x", "+1", "'a'"] {
            #expect(!follow(text, constraint, tokenizer).isAllowed, "\(text)")
        }
        #expect(!follow("[1]", .json(TokenTrie(tokenizer), objectsOnly: true), tokenizer).isAllowed)
        #expect(!follow("[[[", .json(TokenTrie(tokenizer), maximumDepth: 2), tokenizer).isAllowed)
    }

    @Test("regular expressions: what is allowed and what may end")
    func regex() throws {
        let tokenizer = try tokenizer()
        let trie = TokenTrie(tokenizer)
        let cases: [(String, whole: [String], begun: [String], wrong: [String])] = [
            (#"\d{4}-\d{2}-\d{2}"#, ["2024-01-31"], ["2024-", ""], ["24-01", "2024-01-311"]),
            ("(yes|no|maybe)", ["yes", "maybe"], ["ye", "may"], ["yesno", "x"]),
            (#"[a-c]+(,[a-c]+)*"#, ["abc", "a,b,cc"], ["a,"], [",a", "d"]),
            ("[äöü]+", ["äö"], [""], ["a", "é"]),
            ("(?i:hello) .*", ["HeLLo wörld"], ["hell"], ["hallo"]),
            ("(a?){3}b", ["b", "aab"], ["aaa"], ["aaaab"]),
        ]
        for (pattern, whole, begun, wrong) in cases {
            let constraint = try FormConstraint.regex(pattern, trie)
            for text in whole { #expect(follow(text, constraint, tokenizer) == (true, true), "\(pattern) \(text)") }
            for text in begun { #expect(follow(text, constraint, tokenizer) == (true, false), "\(pattern) \(text)") }
            for text in wrong { #expect(!follow(text, constraint, tokenizer).isAllowed, "\(pattern) \(text)") }
        }
        for pattern in ["(", "[a", "^a", "(?=a)b", #"\bword"#] {
            #expect(throws: ConstraintError.self, "\(pattern)") { try FormConstraint.regex(pattern, trie) }
        }
    }

    @Test("a model that knows nothing writes a date")
    func generating() throws {
        let tokenizer = try tokenizer()
        let configuration = TransformerConfiguration(
            family: .llama, vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, layerCount: 1, headCount: 2,
            maximumPositions: 64, endTokens: [0])
        let language = try LanguageModel(TransformerModel(configuration, key: RandomKey(seed: 1)), tokenizer)
        let constraint = try FormConstraint.regex(#"\d{4}-\d{2}-\d{2}"#, TokenTrie(tokenizer))
        for seed in 0..<5 {
            let options = GenerationOptions(
                sampling: try SamplingOptions(seed: UInt64(seed)), maximumTokens: 20, constraint: constraint)
            let text = try language.generate("Today is ", options: options).text()
            #expect(text.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil, "\(text)")
        }
    }
}
