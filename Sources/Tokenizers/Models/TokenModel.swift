/// What turns pieces into tokens: the `model` of a tokenizer.json.
enum TokenModel: Sendable {
    case bpe(BPEModel)
    case wordPiece(WordPieceModel)
    case unigram(UnigramModel)
    case wordLevel(Vocabulary, unknownID: Int32)

    var vocabulary: Vocabulary {
        switch self {
        case .bpe(let model): model.vocabulary
        case .wordPiece(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        case .wordLevel(let vocabulary, _): vocabulary
        }
    }

    /// The working memory of all models.
    struct Scratch: ~Copyable {
        var bpe = BPEScratch()
        var unigram = UnigramModel.Scratch()
        var text: [UInt8] = []
    }

    /// Appends the tokens of a piece that is not empty.
    func tokenize(_ piece: UTF8Buffer, _ scratch: inout Scratch, into result: inout TokenBuffer) {
        switch self {
        case .bpe(let model): model.tokenize(piece, &scratch.bpe, into: &result)
        case .wordPiece(let model): model.tokenize(piece, &scratch.text, into: &result)
        case .unigram(let model): model.tokenize(piece, &scratch.unigram, into: &result)
        case .wordLevel(let vocabulary, let unknownID):
            result.append(vocabulary.id(of: piece) ?? unknownID, end: piece.count)
        }
    }
}
