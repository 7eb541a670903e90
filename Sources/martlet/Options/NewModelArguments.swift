import ArgumentParser
import Transformer

/// The shape of a new model and how it reads text.
struct NewModelArguments: ParsableArguments {
    /// The families that can be trained from scratch here.
    enum Family: String, CaseIterable, ExpressibleByArgument {
        case gpt2, llama
    }

    @Option(help: "How the blocks are built.")
    var family: Family?

    @Option(help: ArgumentHelp("The number of blocks (default: 4).", valueName: "count"))
    var layers: Int?

    @Option(help: ArgumentHelp("The width of the blocks (default: 128).", valueName: "count"))
    var width: Int?

    @Option(
        help: ArgumentHelp("The number of attention heads, a divisor of the width (default: 4).", valueName: "count"))
    var heads: Int?

    @Option(
        help: ArgumentHelp(
            "Learn a tokenizer with so many tokens from the data; without it, each byte is a token.", valueName: "count"
        ))
    var vocabulary: Int?

    @Option(
        help: ArgumentHelp("Use a tokenizer that exists: a tokenizer.json or a folder with one.", valueName: "path"),
        completion: .file())
    var tokenizer: String?

    /// Whether anything was said about a new model.
    var isGiven: Bool {
        family != nil || layers != nil || width != nil || heads != nil || vocabulary != nil || tokenizer != nil
    }

    mutating func validate() throws {
        for (name, value) in [("--layers", layers), ("--width", width), ("--heads", heads)] {
            if let value, !(1...65_536).contains(value) {
                throw ValidationError("\(name) is \(value); expected a number from 1 to 65536.")
            }
        }
        let (width, heads) = (width ?? 128, heads ?? 4)
        if width % heads != 0 {
            throw ValidationError("--width is \(width); expected a multiple of the \(heads) heads.")
        }
        if family == .llama, width / heads % 2 != 0 {
            throw ValidationError("A head has the width \(width / heads); expected an even number for llama.")
        }
        if let vocabulary, !(257...1_000_000).contains(vocabulary) {
            throw ValidationError("--vocabulary is \(vocabulary); expected 257 to 1000000 tokens.")
        }
        if vocabulary != nil, tokenizer != nil {
            throw ValidationError("--vocabulary and --tokenizer exclude each other.")
        }
    }

    /// The shape for a vocabulary and a length of rows.
    func configuration(vocabularySize: Int, context: Int, endToken: Int?) -> TransformerConfiguration {
        TransformerConfiguration(
            family: family == .llama ? .llama : .gpt2, vocabularySize: vocabularySize, hiddenSize: width ?? 128,
            layerCount: layers ?? 4, headCount: heads ?? 4, maximumPositions: context, beginToken: endToken,
            endTokens: endToken.map { [$0] } ?? [])
    }
}
