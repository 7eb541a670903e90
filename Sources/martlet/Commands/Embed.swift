import ArgumentParser
import Report
import Tensor
import Transformer

/// `martlet embed`: turns texts into vectors and compares them.
struct Embed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn texts into vectors that say how close their meanings are.",
        discussion: """
            Prints how similar the texts are: 1 means the same, about 0 that they have nothing to do with each other.
            With --vectors, prints a line of JSON for each text instead.

              martlet embed "The weather is lovely today." "It's so sunny outside!" "He drove to the stadium."
              martlet embed --vectors < sentences.txt > vectors.jsonl
            """)

    @Argument(help: "The texts; the lines of the standard input if none is given.")
    var texts: [String] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A sentence encoder (BERT): a folder, or a GGUF file.",
            discussion: "Without it, all-MiniLM-L6-v2 as `make models` fetches it.", valueName: "path"),
        completion: .file())
    var model: String?

    @Flag(help: "Print each text with its vector as a line of JSON.")
    var vectors = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the vectors to an npy file, one row a text.", valueName: "file"), completion: .file())
    var output: String?

    func run() async throws {
        let encoder =
            switch try ModelLocation(model ?? KnownModel.miniLM.requiredPath()) {
            case .file(let path): try SentenceEncoder(gguf: path)
            case .folder(let path): try SentenceEncoder(folder: path)
            }
        let texts =
            texts.isEmpty ? standardInput().split(whereSeparator: \.isNewline).map(String.init) : texts
        guard !texts.isEmpty else { throw CommandError("There are no texts to embed.") }
        let matrix = try encoder.encode(texts)
        if let output {
            try matrix.write(to: output)
            remark("Wrote \(texts.count) vectors of \(matrix.shape[1]) numbers to \(output)")
        }
        if vectors {
            for (index, text) in texts.enumerated() {
                let row = matrix.selected(axis: 0, at: index).array
                print(
                    try JSON.object(["text": .string(text), "vector": .array(row.map { .number(Double($0)) })]).text())
            }
        } else if output == nil {
            print(SimilarityTable(texts, matrix).table.text)
        }
    }
}
