import Tensor

extension ComponentFields {
    func postProcessor(depth: Int = 0) throws(TokenizerError) -> PostProcessor {
        let name = try type()
        switch name {
        case "TemplateProcessing": return try template()
        case "BertProcessing": return .bert(separator: try tokenID("sep"), classifier: try tokenID("cls"))
        case "RobertaProcessing":
            return .roberta(
                separator: try tokenID("sep"), classifier: try tokenID("cls"),
                trimsOffsets: try bool("trim_offsets", default: true),
                addsPrefixSpace: try bool("add_prefix_space", default: true))
        case "ByteLevel":
            return .byteLevel(
                trimsOffsets: try bool("trim_offsets", default: true),
                addsPrefixSpace: try bool("add_prefix_space", default: true))
        case "Sequence":
            try checkDepth(depth)
            var steps: [PostProcessor] = []
            for fields in try list("processors") { steps.append(try fields.postProcessor(depth: depth + 1)) }
            return .sequence(steps)
        default:
            throw unknown(
                "post-processor", name,
                "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel or Sequence")
        }
    }

    /// The id in a pair such as `["[SEP]", 102]`.
    private func tokenID(_ key: String) throws(TokenizerError) -> Int {
        let pair = try array(key)
        guard pair.count == 2, let id = pair[1].intValue, (0...Int(Int32.max)).contains(id) else {
            throw failure("the value is no token with its id", key, expected: "[token, id]")
        }
        return id
    }

    private func template() throws(TokenizerError) -> PostProcessor {
        var ids: [String: [Int]] = [:]
        if object["special_tokens"] != nil {
            let tokens = try fields("special_tokens")
            for member in tokens.object {
                let token = try tokens.fields(member.key)
                var list: [Int] = []
                for json in try token.array("ids") {
                    guard let id = json.intValue, (0...Int(Int32.max)).contains(id) else {
                        throw token.failure("this is no id", "ids", expected: "numbers from 0 to 2^31 - 1")
                    }
                    list.append(id)
                }
                ids[member.key] = list
            }
        }
        func pieces(_ key: String) throws(TokenizerError) -> [PostProcessor.TemplatePiece] {
            var result: [PostProcessor.TemplatePiece] = []
            for piece in try list(key) {
                if piece.object["Sequence"] != nil {
                    let sequence = try piece.fields("Sequence")
                    let typeID = try sequence.count("type_id", default: 0)
                    switch try sequence.string("id") {
                    case "A": result.append(.first(typeID: typeID))
                    case "B": result.append(.second(typeID: typeID))
                    case let id: throw sequence.failure("the sequence \"\(id)\" is not known", "id", expected: "A or B")
                    }
                } else {
                    let special = try piece.fields("SpecialToken")
                    let name = try special.string("id")
                    guard let list = ids[name] else {
                        throw special.failure(
                            "the token \"\(name)\" has no ids", "id", expected: "a name in special_tokens")
                    }
                    result.append(.special(list, typeID: try special.count("type_id", default: 0)))
                }
            }
            return result
        }
        return .template(single: try pieces("single"), pair: try pieces("pair"))
    }

    func padding() throws(TokenizerError) -> Padding {
        var result = Padding()
        switch object["strategy"] {
        case .string("BatchLongest"), nil: break
        case .object: result.length = .fixed(try fields("strategy").count("Fixed"))
        default: throw failure("the strategy is not known", "strategy", expected: "BatchLongest or {\"Fixed\": n}")
        }
        result.side = try side()
        result.multiple = try optionalCount("pad_to_multiple_of")
        result.id = try count("pad_id", default: 0)
        result.typeID = try count("pad_type_id", default: 0)
        result.token = try string("pad_token", default: "[PAD]")
        return result
    }

    func truncation() throws(TokenizerError) -> Truncation {
        var result = Truncation(maximumLength: try count("max_length"))
        let strategy = try string("strategy", default: "LongestFirst")
        guard let known = Truncation.Strategy(rawValue: strategy) else {
            throw failure(
                "the strategy \"\(strategy)\" is not known", "strategy",
                expected: "LongestFirst, OnlyFirst or OnlySecond")
        }
        result.strategy = known
        result.side = try side()
        return result
    }

    private func side() throws(TokenizerError) -> Padding.Side {
        let name = try string("direction", default: "Right")
        guard let side = Padding.Side(rawValue: name) else {
            throw failure("the direction \"\(name)\" is not known", "direction", expected: "Left or Right")
        }
        return side
    }

    func addedToken() throws(TokenizerError) -> AddedToken {
        let isSpecial = try bool("special", default: false)
        return AddedToken(
            try string("content"), id: try count("id"), isSpecial: isSpecial,
            isNormalized: try bool("normalized", default: !isSpecial),
            isSingleWord: try bool("single_word", default: false), stripsLeft: try bool("lstrip", default: false),
            stripsRight: try bool("rstrip", default: false))
    }
}
