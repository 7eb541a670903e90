/// What adds the tokens around texts that a model expects: the `post_processor` of a tokenizer.json.
indirect enum PostProcessor: Sendable {
    case template(single: [TemplatePiece], pair: [TemplatePiece])
    case bert(separator: Int, classifier: Int)
    case roberta(separator: Int, classifier: Int, trimsOffsets: Bool, addsPrefixSpace: Bool)
    case byteLevel(trimsOffsets: Bool, addsPrefixSpace: Bool)
    case sequence([PostProcessor])

    /// A part of a template.
    enum TemplatePiece: Sendable {
        case first(typeID: Int)
        case second(typeID: Int)
        case special([Int], typeID: Int)
    }

    /// The encodings of one or two texts as one, or as they are if this adds nothing.
    func apply(
        to encodings: [Encoding], addSpecialTokens: Bool, trim: (inout Encoding, _ addsPrefixSpace: Bool) -> Void
    ) -> [Encoding] {
        var encodings = encodings
        switch self {
        case .template(let single, let pair):
            var result = Encoding()
            for piece in encodings.count == 1 ? single : pair {
                switch piece {
                case .first(let typeID): result.append(encodings[0], typeID: typeID)
                case .second(let typeID): if encodings.count > 1 { result.append(encodings[1], typeID: typeID) }
                case .special(let ids, let typeID):
                    if addSpecialTokens { for id in ids { result.append(special: id, typeID: typeID) } }
                }
            }
            return [result]
        case .bert(let separator, let classifier):
            if !addSpecialTokens { return encodings }
            var result = Encoding()
            result.append(special: classifier, typeID: 0)
            for (position, encoding) in encodings.enumerated() {
                result.append(encoding, typeID: position)
                result.append(special: separator, typeID: position)
            }
            return [result]
        case .roberta(let separator, let classifier, let trimsOffsets, let addsPrefixSpace):
            if trimsOffsets { for i in encodings.indices { trim(&encodings[i], addsPrefixSpace) } }
            // RoBERTa has one type.
            for i in encodings.indices { encodings[i].typeIDs = encodings[i].typeIDs.map { _ in 0 } }
            if !addSpecialTokens { return encodings }
            var result = Encoding()
            for (position, encoding) in encodings.enumerated() {
                result.append(special: position == 0 ? classifier : separator, typeID: 0)
                result.append(encoding, typeID: 0)
                result.append(special: separator, typeID: 0)
            }
            return [result]
        case .byteLevel(let trimsOffsets, let addsPrefixSpace):
            if trimsOffsets { for i in encodings.indices { trim(&encodings[i], addsPrefixSpace) } }
            return encodings
        case .sequence(let steps):
            for step in steps { encodings = step.apply(to: encodings, addSpecialTokens: addSpecialTokens, trim: trim) }
            return encodings
        }
    }

    /// How many tokens this adds to one text or to two.
    func addedTokenCount(isPair: Bool) -> Int {
        switch self {
        case .template(let single, let pair):
            (isPair ? pair : single).reduce(0) { count, piece in
                if case .special(let ids, _) = piece { count + ids.count } else { count }
            }
        case .bert: isPair ? 3 : 2
        case .roberta: isPair ? 4 : 2
        case .byteLevel: 0
        case .sequence(let steps): steps.reduce(0) { $0 + $1.addedTokenCount(isPair: isPair) }
        }
    }
}
