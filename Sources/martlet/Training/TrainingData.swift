import NN
import Tensor
import Tokenizers
import Transformer

/// What a run learns from, and what it is checked on.
struct TrainingData {
    let training: LanguageModelData
    let validation: LanguageModelData?

    /// Reads files: JSON lines are packed into rows document by document, plain text is one stream.
    ///
    /// - Parameters:
    ///   - paths: the files; those that end in .jsonl hold JSON lines.
    ///   - tokenizer: turns text into tokens.
    ///   - length: how many tokens a row has.
    ///   - validationShare: how much is kept: the end of each text, the last of the documents.
    init(_ paths: [String], _ tokenizer: Tokenizer, length: Int, validationShare: Double) throws {
        let reader = try TrainingTextReader(tokenizer)
        var kept: (training: [TrainingDocument], validation: [TrainingDocument]) = ([], [])
        var hasLines = false
        for path in paths {
            if path.hasSuffix(".jsonl") {
                hasLines = true
                let documents = try reader.documents(jsonLines: path)
                let count = documents.count - Int(Double(documents.count) * validationShare)
                kept.training += documents[..<count]
                kept.validation += documents[count...]
            } else {
                let text = try TrainingData.text(of: path)
                var tokens = reader.document(text: text).tokens
                // The end token is put between documents when they are joined.
                if tokens.last == reader.endToken { tokens.removeLast() }
                let count = tokens.count - Int(Double(tokens.count) * validationShare)
                kept.training.append(TrainingDocument(Array(tokens[..<count])))
                kept.validation.append(TrainingDocument(Array(tokens[count...])))
            }
        }
        let separator = reader.endToken ?? 0
        func rows(_ documents: [TrainingDocument]) -> LanguageModelData {
            hasLines
                ? LanguageModelData(packing: documents, length: length, padding: separator)
                : LanguageModelData(joining: documents, length: length, separator: separator)
        }
        training = rows(kept.training)
        let rest = rows(kept.validation)
        validation = rest.count > 0 ? rest : nil
        guard training.count > 0 else {
            throw CommandError(
                "\(paths.joined(separator: ", ")): there is too little text for one row of \(length) tokens.")
        }
    }

    /// A file as text; bytes that are not UTF-8 become U+FFFD.
    static func text(of path: String) throws -> String {
        try MappedFile(contentsOf: path).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
