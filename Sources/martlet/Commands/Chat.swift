import ArgumentParser
import Glibc
import Report
import Synchronization
import Tokenizers
import Transformer

/// `martlet chat`: talks with a model, line by line.
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Talk with a language model.",
        discussion: """
            Each line you enter is a message; the answer appears as it is made up. The model remembers the conversation
            and computes only what is new. Ctrl-C interrupts an answer, Ctrl-D ends the conversation.

            Lines that begin with a slash are for the program: /reset forgets the conversation, /help lists them all.
            """)

    @OptionGroup(title: "The model") var model: ModelArguments
    @OptionGroup(title: "The choice of words") var sampling: SamplingArguments

    @Option(help: ArgumentHelp("What the model is told before the conversation.", valueName: "text"))
    var system: String?

    @Flag(help: "Say after each answer how fast it was.")
    var stats = false

    func run() async throws {
        let language = try model.load()
        guard language.chatTemplate != nil else { throw GenerationError.noChatTemplate }
        var conversation = Conversation(language, try sampling.options(for: language), system: system)
        let isInteractive = isatty(STDIN_FILENO) == 1
        if isInteractive {
            remark("Ctrl-C interrupts an answer, Ctrl-D or /exit ends the conversation, /help says more.")
        }
        while true {
            if isInteractive { show("> ") }
            guard let line = readLine() else { break }
            switch line {
            case "": continue
            case "/exit", "/quit": return
            case "/reset": conversation.reset()
            case "/help": print("/reset  forget the conversation\n/exit   end it\n/help   this list")
            case _ where line.hasPrefix("/"): print("There is no command \(line); /help lists them.")
            default:
                let pace = try await conversation.answer(line)
                if stats { remark(pace.summary) }
            }
        }
        if isInteractive { print() }
    }
}

/// What was said, and the model's memory of it.
private struct Conversation {
    private let language: LanguageModel
    private let options: GenerationOptions
    private let prefixes = PrefixCache(capacity: 2)
    private let beginning: [ChatMessage]
    private var messages: [ChatMessage]

    init(_ language: LanguageModel, _ options: GenerationOptions, system: String?) {
        self.language = language
        self.options = options
        beginning = system.map { [.system($0)] } ?? []
        messages = beginning
    }

    mutating func reset() { messages = beginning }

    /// Shows the answer to a message; an interrupted one counts as far as it went.
    mutating func answer(_ text: String) async throws -> Pace {
        let cancellation = Cancellation()
        let interrupts = Interrupts { cancellation.cancel() }
        defer { withExtendedLifetime(interrupts) {} }
        messages.append(.user(text))
        var pace = Pace()
        var answer = ""
        let stream: GenerationStream
        do { stream = try language.generate(chat: messages, options: options, prefixes: prefixes) } catch {
            guard case .promptTooLong = error else { throw error }
            messages.removeLast()
            remark("\(error) /reset forgets what was said.")
            return pace
        }
        for try await piece in stream {
            pace.note()
            answer += piece.text
            show(piece.text)
            if cancellation.isCancelled { break }
        }
        show("\n")
        messages.append(.assistant(answer))
        return pace
    }
}
