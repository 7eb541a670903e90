import ArgumentParser
import Tokenizers
import Transformer

/// How a command chooses the tokens that it writes.
struct SamplingArguments: ParsableArguments {
    @Option(
        name: .shortAndLong, help: "How bold the choices are; 0 always takes the likeliest token, above 1 gets wild.")
    var temperature = 0.7

    @Option(help: ArgumentHelp("Choose among so many of the likeliest tokens only.", valueName: "count"))
    var topK: Int?

    @Option(help: ArgumentHelp("Choose among the likeliest tokens that reach this probability.", valueName: "share"))
    var topP = 0.95

    @Option(
        help: ArgumentHelp("Leave out tokens below this share of the likeliest one's probability.", valueName: "share"))
    var minP = 0.0

    @Option(help: ArgumentHelp("Above 1 discourages what was said before.", valueName: "factor"))
    var repetitionPenalty = 1.0

    @Option(help: "Where the choices come from; the same seed gives the same text.")
    var seed: UInt64 = 1

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("The most tokens to write.", valueName: "count"))
    var maxTokens = 256

    @Option(help: ArgumentHelp("Stop before this text; may be given several times.", valueName: "text"))
    var stop: [String] = []

    @Flag(help: "Write JSON and nothing else.")
    var json = false

    @Option(help: ArgumentHelp("Write only what this regular expression matches.", valueName: "pattern"))
    var regex: String?

    mutating func validate() throws {
        if maxTokens < 0 { throw ValidationError("--max-tokens is \(maxTokens); expected 0 or more.") }
        if json, regex != nil { throw ValidationError("--json and --regex exclude each other.") }
        _ = try sampling()
    }

    private func sampling() throws(ValidationError) -> SamplingOptions {
        do {
            return try SamplingOptions(
                temperature: temperature, topK: topK, topP: topP, minP: minP, repetitionPenalty: repetitionPenalty,
                seed: seed)
        } catch {
            throw ValidationError(
                "--\(SamplingArguments.option(error.setting)) is \(error.value); expected \(error.expected).")
        }
    }

    /// The settings for a model.
    func options(for language: LanguageModel) throws -> GenerationOptions {
        var options = GenerationOptions(sampling: try sampling(), maximumTokens: maxTokens, stopStrings: stop)
        if json || regex != nil {
            let trie = TokenTrie(language.tokenizer, vocabularySize: language.model.configuration.vocabularySize)
            options.constraint = try regex.map { try FormConstraint.regex($0, trie) } ?? .json(trie)
        }
        return options
    }

    /// `topP` as it is spelled on the command line: `top-p`.
    private static func option(_ setting: String) -> String {
        setting.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
    }
}
