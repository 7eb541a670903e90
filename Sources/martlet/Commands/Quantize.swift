import ArgumentParser
import Glibc
import Report
import Tensor
import Tokenizers
import Transformer

/// `martlet quantize`: makes a smaller file of a model.
struct Quantize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model as a GGUF file with fewer bits for each weight.",
        discussion: """
            Takes a folder in Hugging Face's layout or a GGUF file. The result runs here and in llama.cpp. Matrices get the
            format; norms stay exact, and the embedding and the head get 6 or 8 bits beside a 4-bit format.

              format   bits a weight
              q8_0     8.5   hardly any loss; a good choice for small models
              q6_K     6.6
              q4_K     4.5   the best of the small ones, for models whose width is a multiple of 256
              q4_1     5.0
              q4_0     4.5
              f16, bf16, f32   16 and 32, not quantised

              martlet quantize SmolLM2-135M --format q8_0 --output smollm2.gguf
              martlet quantize base.gguf --adapter tuned --format q4_K --output tuned.gguf
            """)

    /// The names that people use for formats.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case q8_0, q6_K, q4_K, q4_1, q4_0, f16, bf16, f32

        /// Any case is understood.
        init?(argument: String) {
            guard let format = Format.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() })
            else {
                return nil
            }
            self = format
        }

        var policy: QuantizationPolicy? {
            QuantizationPolicy.formats.first { "\($0)".lowercased() == rawValue.lowercased() }.flatMap(
                QuantizationPolicy.init)
        }
    }

    @Argument(help: "The model: a folder or a GGUF file.", completion: .file())
    var model: String

    @Option(name: .shortAndLong, help: "How weights are stored.")
    var format: Format

    @Option(name: .shortAndLong, help: ArgumentHelp("The GGUF file to write.", valueName: "file"), completion: .file())
    var output: String

    @Option(
        help: ArgumentHelp("A folder of LoRA adapters to merge into the model first.", valueName: "folder"),
        completion: .directory)
    var adapter: String?

    func run() async throws {
        guard let policy = format.policy else { throw CommandError("The format \(format.rawValue) cannot be written.") }
        let location = try ModelLocation(model)
        if isSameFile(location.path, output) { throw CommandError("\(output) is the model itself: name another file.") }
        let events = TerminalProgress()
        switch location {
        case .file(let path) where adapter == nil:
            try GGUFFile(contentsOf: path).write(policy, to: output, events: events)
        case .file(let path):
            let file = try GGUFFile(contentsOf: path)
            try write(try TransformerModel(gguf: file, precision: .dequantized), file.tokenizerMetadata, policy, events)
        case .folder(let path):
            let model = try TransformerModel(folder: path)
            let metadata = try Tokenizer(directory: path).ggufMetadata(
                vocabularySize: model.configuration.vocabularySize)
            try write(model, metadata, policy, events)
        }
        print("Wrote \(output), \(ShortValue.bytes(try MappedFile(contentsOf: output).byteCount))")
    }

    private func write(
        _ model: TransformerModel, _ metadata: [(key: String, value: GGUFValue)], _ policy: QuantizationPolicy,
        _ events: some EventSink
    ) throws {
        let name = self.model.split(separator: "/").last.map(String.init) ?? self.model
        let adapted =
            try adapter.map { model.adapted(by: try LowRankAdapters(folder: $0, for: model)) } ?? model
        try adapted.save(
            gguf: output, as: policy, metadata: [("general.name", .string(name))] + metadata, events: events)
    }

    private func isSameFile(_ a: String, _ b: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
}

extension GGUFFile {
    /// The metadata of the tokenizer.
    var tokenizerMetadata: [(key: String, value: GGUFValue)] { metadata.filter { $0.key.hasPrefix("tokenizer.") } }
}
