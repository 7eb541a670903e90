import GoldenSupport
import Testing

@Suite("martlet inspect")
struct InspectTests {
    @Test(
        "says what every kind of file is",
        arguments: [
            ("gguf/mini.gguf", ["GGUF", "general.architecture", "tensors"]),
            ("gguf/gguf_blocks.safetensors", ["safetensors", "tensors"]),
            ("gguf-models/llama-tiny.gguf", ["llama.block_count", "token_embd.weight"]),
            ("npy/cube_fortran.npy", ["NumPy array", "[2, 3, 4]"]),
            ("npy/deflated.npz", ["3 NumPy arrays", "weights", "float32"]),
            ("models/qwen3-tiny", ["qwen3", "model.safetensors", "no tokenizer"]),
            ("models/mistral-tiny/config.json", ["configuration of a model", "mistral", "window"]),
            ("models/bert-tiny/golden.json", ["JSON"]),
            ("tokenizers/files/bpe-gpt2.tokenizer.json", ["a tokenizer", "tokens"]),
        ])
    func kinds(path: String, words: [String]) throws {
        let result = try Tool.run("inspect", "\(Golden.packageDirectory)/Tests/Golden/core/\(path)")
        #expect(result.status == 0, "\(result.errors)")
        for word in words { #expect(result.output.contains(word), "\(word) in \(result.output)") }
    }

    @Test("--tensors lists them all")
    func all() throws {
        let path = "\(Golden.packageDirectory)/Tests/Golden/core/gguf-models/llama-tiny.gguf"
        #expect(try Tool.run("inspect", path).output.contains("more; --tensors"))
        let result = try Tool.run("inspect", path, "--tensors")
        #expect(!result.output.contains("more;") && result.output.contains("output_norm.weight"))
    }
}
