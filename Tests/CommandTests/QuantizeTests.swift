import Foundation
import GoldenSupport
import Testing

@Suite("martlet quantize")
struct QuantizeTests {
    @Test("a folder becomes a file that generates the same text, with adapters merged if there are any")
    func folder() throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "the quick brown fox jumps over the lazy dog. ", count: 40)
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/text.txt"))
        let model = "\(folder.path)/model"
        let shape = ["--layers", "1", "--width", "64", "--heads", "2", "--context", "32", "--family", "llama"]
        let trained = try Tool(
            ["train", "\(folder.path)/text.txt", "--output", model, "--steps", "40", "--learning-rate", "1e-2"] + shape
        ).wait()
        #expect(trained.status == 0, "\(trained.errors)")
        let adapted = try Tool.run(
            "train", "\(folder.path)/text.txt", "--output", "\(folder.path)/adapter", "--model", model, "--lora",
            "--steps", "3", "--context", "32")
        #expect(adapted.status == 0, "\(adapted.errors)")
        func generate(_ model: String, _ more: String...) throws -> String {
            let result = try Tool(["generate", "the ", "--model", model, "-t", "0", "-n", "12", "--exact"] + more)
                .wait()
            #expect(result.status == 0, "\(result.errors)")
            return result.output
        }
        for format in ["f32", "q8_0"] {
            let file = "\(folder.path)/\(format).gguf"
            let result = try Tool.run("quantize", model, "--format", format, "--output", file)
            #expect(result.status == 0 && result.output.contains("Wrote \(file)"), "\(result.errors)")
            #expect(try generate(file) == generate(model))
        }
        let merged = "\(folder.path)/merged.gguf"
        for source in [model, "\(folder.path)/f32.gguf"] {
            let result = try Tool.run(
                "quantize", source, "--adapter", "\(folder.path)/adapter", "--format", "F32", "--output", merged)
            #expect(result.status == 0, "\(result.errors)")
            #expect(try generate(merged) == generate(model, "--adapter", "\(folder.path)/adapter"))
        }
        let further = try Tool.run(
            "train", "\(folder.path)/text.txt", "--output", "\(folder.path)/further", "--model", merged, "--steps", "2",
            "--context", "32")
        #expect(further.status == 0, "\(further.errors)")
        #expect(try !generate("\(folder.path)/further").isEmpty)
    }

    @Test("a file is written again in another format, never over itself")
    func file() throws {
        let folder = try TemporaryFolder()
        let source = "\(Golden.packageDirectory)/Tests/Golden/core/gguf-models/llama-tiny.gguf"
        let target = "\(folder.path)/x.gguf"
        #expect(try Tool.run("quantize", source, "--format", "bf16", "--output", target).status == 0)
        #expect(try Tool.run("inspect", target).output.contains("BF16"))
        let refused = try Tool.run(
            "quantize", target, "--format", "q8_0", "--output",
            "\(folder.path)/../\(URL(fileURLWithPath: folder.path).lastPathComponent)/x.gguf")
        #expect(refused.status == 1 && refused.errors.contains("another file"))
        let nowhere = try Tool.run("quantize", source, "--format", "q8_0", "--output", "/nowhere/x.gguf")
        #expect(nowhere.status == 1 && nowhere.errors.contains("/nowhere/x.gguf"))
    }
}
