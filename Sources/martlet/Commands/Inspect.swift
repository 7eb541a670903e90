import ArgumentParser

/// `martlet inspect`: says what is in a file or a folder.
struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is in a file: tensors, settings, a vocabulary.",
        discussion: """
            Knows GGUF, safetensors, npy and npz files, tokenizer.json, config.json, and folders of models, adapters and
            training runs. Files are told apart by their content, not by their names.

              martlet inspect model.gguf
              martlet inspect model.safetensors --tensors
              martlet inspect tokenizer.json --text "How is this cut?"
            """)

    @Argument(help: "The file or the folder.", completion: .file())
    var path: String

    @Flag(help: "List every tensor instead of the first few.")
    var tensors = false

    @Option(help: ArgumentHelp("Show how the tokenizer cuts a text.", valueName: "text"))
    var text: String?

    func run() async throws {
        let content = try FileContent(of: path)
        print(try Inspection(listsAllTensors: tensors).describe(content))
        if let text {
            guard let tokenizer = try content.tokenizer() else {
                throw CommandError("\(path) has no tokenizer for --text.")
            }
            print(TokenTable(tokenizer, text).table.text)
        }
    }
}
