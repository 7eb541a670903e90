import ArgumentParser
import Report
import Tokenizers
import Transformer

/// `martlet generate`: goes on with a text.
struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continue a text with a language model.",
        discussion: """
            Writes what follows the prompt as the model makes it up, token by token. With --chat the prompt is a message
            and the model answers it.

              martlet generate "The capital of France is" --temperature 0
              martlet generate --chat "List three fruits." --json
              echo "Once upon a time" | martlet generate --model poet
            """)

    @Argument(help: "The text to go on with; from the standard input if it is not given.")
    var prompt: String?

    @OptionGroup(title: "The model") var model: ModelArguments
    @OptionGroup(title: "The choice of words") var sampling: SamplingArguments

    @Flag(help: "Treat the prompt as a message to the model, in the words of its chat template.")
    var chat = false

    @Flag(help: "Show the prompt before the text.")
    var echo = false

    @Flag(help: "Say how fast it was.")
    var stats = false

    func run() async throws {
        let language = try model.load()
        let prompt = prompt ?? standardInput()
        let options = try sampling.options(for: language)
        if echo { show(prompt) }
        var pace = Pace()
        let stream =
            chat
            ? try language.generate(chat: [.user(prompt)], options: options)
            : try language.generate(prompt, options: options)
        for try await piece in stream {
            pace.note()
            show(piece.text)
        }
        show("\n")
        if stats { remark(pace.summary) }
    }
}
