import Foundation
import Testing

@Suite("martlet train")
struct TrainTests {
    private static let text = String(repeating: "the quick brown fox jumps over the lazy dog. ", count: 60)

    private func folder(_ name: String, _ content: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        return folder
    }

    private static let small = [
        "--layers", "1", "--width", "32", "--heads", "2", "--context", "32", "--batch-size", "4",
    ]

    @Test("a new model is a folder that generates, and the same seed writes the same one")
    func scratch() throws {
        let folder = try folder("text.txt", Self.text)
        for name in ["a", "b"] {
            let result = try Tool(
                ["train", "\(folder.path)/text.txt", "--output", "\(folder.path)/\(name)", "--steps", "12"] + Self.small
            ).wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("validation loss"))
        }
        func weights(_ name: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)/model.safetensors"))
        }
        #expect(try weights("a") == weights("b"))
        let again = try Tool.run("generate", "the ", "--model", "\(folder.path)/a", "-n", "5")
        #expect(again.status == 0)
        let inspected = try Tool.run("inspect", "\(folder.path)/a", "--text", "ab")
        #expect(inspected.output.contains("gpt2") && inspected.output.contains("\"b\""))
        let chat = try Tool.run("chat", "--model", "\(folder.path)/a")
        #expect(chat.status == 1 && chat.errors.contains("chat template"))
    }

    @Test("a run that was stopped goes on to the same weights")
    func resuming() throws {
        let folder = try folder("text.txt", Self.text)
        func train(_ name: String, _ more: [String]) throws -> Tool {
            try Tool(
                ["train", "\(folder.path)/text.txt", "--output", "\(folder.path)/\(name)", "--vocabulary", "300"]
                    + Self.small + more)
        }
        #expect(try train("whole", ["--steps", "400"]).wait().status == 0)
        let stopped = try train("parts", ["--steps", "400"])
        _ = stopped.waitForRemark("started")
        stopped.interrupt()
        let result = stopped.wait()
        // A fast machine may have finished.
        guard result.status != 0 else { return }
        #expect(result.status == 130)
        let refused = try train("parts", ["--steps", "400"]).wait()
        #expect(refused.status == 1 && refused.errors.contains("--resume"))
        let resumed = try train("parts", ["--steps", "400", "--resume"]).wait()
        #expect(resumed.status == 0, "\(resumed.errors)")
        func weights(_ name: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)/model.safetensors"))
        }
        #expect(try weights("parts") == weights("whole"))
    }

    @Test("a model learns on as a whole and by adapters, from lines of JSON")
    func further() throws {
        let folder = try folder("text.txt", Self.text)
        let lines = (0..<20).map { "{\"prompt\": \"\($0) plus 1 is\", \"completion\": \" \($0 + 1)\"}\n" }.joined()
        try Data(lines.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/sums.jsonl"))
        let model = "\(folder.path)/model"
        #expect(
            try Tool(["train", "\(folder.path)/text.txt", "--output", model, "--steps", "2"] + Self.small).wait().status
                == 0)
        let tuning = ["train", "\(folder.path)/sums.jsonl", "--model", model, "--steps", "3"]
        for (name, more) in [
            ("whole", []), ("adapter", ["--lora", "--adapt", "all"]),
            ("thrifty", ["--recompute", "--accumulate", "2"]),
        ] {
            let result = try Tool(
                tuning + ["--output", "\(folder.path)/\(name)", "--log", "\(folder.path)/log.jsonl"] + more
            ).wait()
            #expect(result.status == 0, "\(result.errors)")
        }
        let adapted = try Tool.run(
            "generate", "3 plus 1 is", "--model", model, "--adapter", "\(folder.path)/adapter", "-n", "3")
        #expect(adapted.status == 0, "\(adapted.errors)")
        let inspected = try Tool.run("inspect", "\(folder.path)/adapter")
        #expect(inspected.output.contains("LoRA") && inspected.output.contains("lora_A"))
        let log = try String(contentsOfFile: "\(folder.path)/log.jsonl", encoding: .utf8)
        #expect(log.contains("\"loss\""))
        let long = try Tool(tuning + ["--output", "\(folder.path)/x", "--context", "64"]).wait()
        #expect(long.status == 1 && long.errors.contains("--context"))
        try Data("{\"text\": 3}\n".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/sums.jsonl"))
        let bad = try Tool(tuning + ["--output", "\(folder.path)/x"]).wait()
        #expect(bad.status == 1 && bad.errors.contains("line 1"))
    }
}
