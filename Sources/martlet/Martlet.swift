import ArgumentParser

/// The command-line tool.
@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet", abstract: "Machine learning in Swift, on Linux, without Python.",
        discussion: """
            Models are GGUF files or folders in Hugging Face's layout (config.json, model.safetensors, tokenizer.json).
            `make models` fetches two small ones, which `chat`, `generate` and `embed` use if no other is named.

              martlet chat
              martlet generate "The capital of France is" --temperature 0
              martlet embed "A cat sat down." "A kitten sits." "Stocks fell."
              martlet train poems.txt --output poet
              martlet generate --model poet "O "
              martlet inspect poet
            """,
        subcommands: [
            Demo.self, Generate.self, Chat.self, Embed.self, Train.self, Quantize.self, Inspect.self, Perplexity.self,
            Study.self,
        ])
}
