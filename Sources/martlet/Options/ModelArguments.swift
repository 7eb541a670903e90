import ArgumentParser
import Transformer

/// Which language model a command uses.
struct ModelArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The model: a GGUF file, or a folder with config.json, model.safetensors and a tokenizer.",
            discussion: "Without it, SmolLM2-135M-Instruct as `make models` fetches it.", valueName: "path"),
        completion: .file())
    var model: String?

    @Option(
        help: ArgumentHelp(
            "A folder of LoRA adapters for the model, as `martlet train --lora` or PEFT writes it.", valueName: "folder"
        ),
        completion: .directory)
    var adapter: String?

    @Flag(help: "Compute with quantised weights in full float32 precision instead of rounding activations: slower.")
    var exact = false

    /// Reads the model.
    func load() throws -> LanguageModel {
        let location = try ModelLocation(model ?? KnownModel.smolLM2.requiredPath())
        var language = try location.languageModel(exact ? .exact : .quantized)
        if let adapter {
            language.model = language.model.adapted(by: try LowRankAdapters(folder: adapter, for: language.model))
        }
        return language
    }
}
