import Tensor
import Testing
import Tokenizers

@Suite("Unigram")
struct UnigramTests {
    private func tokenizer(_ vocabulary: String) throws -> Tokenizer {
        try Tokenizer(json: Array(#"{"model": {"type": "Unigram", "unk_id": 0, "vocab": \#(vocabulary)}}"#.utf8))
    }

    @Test("the likeliest way to cut wins, of equally likely ones that whose last token begins first")
    func viterbi() throws {
        let tokenizer = try tokenizer(
            #"[["<unk>", 0], ["a", -1], ["b", -1.5], ["ab", -2], ["c", -3], ["bc", -4.5], ["cd", 1], ["abcd", -1e1]]"#)
        #expect(tokenizer.encode("ab") == [3])
        #expect(tokenizer.encode("abc") == [3, 4])
        #expect(tokenizer.encode("cd") == [6])
        #expect(tokenizer.encode("xyab") == [0, 3])
        #expect(tokenizer.encode("axb") == [1, 0, 2])
    }

    @Test("a tie is broken by the last bit of a score, as in the tokenizers package 0.23")
    func ties() throws {
        let ids = try TokenizerFiles.load("unigram-t5like").encode(String(repeating: "Zz", count: 60))
        #expect(ids == [3, 85, 85, 85, 85, 84, 84, 84, 84, 2])
    }

    @Test("scores are numbers of any length")
    func scores() throws {
        for bad in ["x", "-", "1.", "1e", "1e400", "--1", "true"] {
            #expect(throws: TokenizerError.self, "\(bad)") { try tokenizer(#"[["<unk>", \#(bad)]]"#) }
        }
        for good in [
            "0", "-0.0", "1e-400", "123456789012345678901234567890", "-12.5E+1", "0.00000000000000000000000000001",
        ] {
            #expect(throws: Never.self, "\(good)") { try tokenizer(#"[["<unk>", \#(good)]]"#) }
        }
    }
}
