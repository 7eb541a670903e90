import ArgumentParser
import Foundation
import Report
import Tensor
import Transformer

/// `martlet perplexity`: how well a model predicts a text.
struct Perplexity: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how well a language model predicts a text.",
        discussion: """
            Cuts the text's tokens into pieces and predicts each token of a piece from those before it in the piece. The
            perplexity is the exponential of the mean negative log-probability: lower is better.

              martlet perplexity book.txt
              martlet perplexity book.txt --exact --tokens 8192
            """)

    @Argument(help: "The text, a file in UTF-8; the standard input if it is not given.", completion: .file())
    var text: String?

    @OptionGroup(title: "The model") var model: ModelArguments

    @Option(help: ArgumentHelp("How many tokens a piece has.", valueName: "count"))
    var context = 512

    @Option(help: ArgumentHelp("Stop after so many tokens of the text.", valueName: "count"))
    var tokens: Int?

    func validate() throws {
        guard context > 1 else { throw ValidationError("--context must be at least 2.") }
        if let tokens, tokens < 2 { throw ValidationError("--tokens must be at least 2.") }
    }

    func run() async throws {
        let language = try model.load()
        let longest = language.model.configuration.maximumPositions
        guard context <= longest else {
            throw CommandError("The model sees \(longest) tokens at most, so --context cannot be \(context).")
        }
        let written = try text.map {
            try MappedFile(contentsOf: $0).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
        let ids = Array(language.tokenizer.encode(written ?? standardInput()).prefix(tokens ?? .max))
        guard ids.count > 1 else { throw CommandError("There are fewer than two tokens to predict.") }
        let progress = TerminalProgress()
        let pieces = stride(from: 0, to: ids.count, by: context).map { Array(ids[$0..<min($0 + context, ids.count)]) }
        progress.receive(.started(name: "Pieces", total: pieces.count))
        var (sum, count) = (0.0, 0)
        for (index, piece) in pieces.enumerated() {
            let part = language.model.negativeLogLikelihood(TokenBatch(piece))
            (sum, count) = (sum + part.sum, count + part.count)
            progress.receive(
                .step(
                    name: "Pieces", completed: index + 1, total: pieces.count,
                    metrics: ["perplexity": exp(sum / Double(max(count, 1)))]))
        }
        progress.receive(.finished(name: "Pieces"))
        let mean = sum / Double(count)
        print(String(format: "perplexity %.4f, %.5f nats a token, %d tokens", exp(mean), mean, count))
    }
}
