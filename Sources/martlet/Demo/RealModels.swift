import Report
import Tokenizers
import Transformer

/// The two real models of `make models` at work: one answers a question, the other compares sentences.
struct RealModels: DemoPart {
    private static let question = "Why is the sky blue? Answer in one sentence."
    private static let sentences = [
        "The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.",
    ]

    func run(on page: inout ReportPage, events: some EventSink) throws {
        guard let languagePath = KnownModel.smolLM2.path, let encoderPath = KnownModel.miniLM.path else {
            print("Two real models would chat and compare sentences here: fetch them with `make models`.")
            return
        }
        page.addHeading("Two real models")
        let language = try LanguageModel(gguf: languagePath)
        let options = GenerationOptions(maximumTokens: 80)
        let answer = try language.generate(chat: [.user(Self.question)], options: options).text()
        print("SmolLM2, asked \"\(Self.question)\", says:\n\(answer)\n")
        page.addParagraph("SmolLM2-135M-Instruct, asked \"\(Self.question)\", says:")
        page.addCode(answer)
        let encoder = try SentenceEncoder(folder: encoderPath)
        let table = SimilarityTable(Self.sentences, try encoder.encode(Self.sentences)).table
        print(table.text)
        page.add(table, caption: "How close three sentences are in their meanings, by all-MiniLM-L6-v2 (cosines).")
    }
}
