import Autograd
import Glibc
import GoldenSupport
import Tensor
import Testing
import Tokenizers
import Transformer

@Suite("Sentence encoders")
struct SentenceTests {
    /// A folder of sentence-transformers around a small BERT, with a vocabulary of its own.
    private struct Folder {
        let place = TemporaryFolder()
        var path: String { place.path }

        init(pooling: JSON? = nil, modules: [String]? = nil, settings: JSON? = nil) throws {
            let configuration = TransformerConfiguration(
                family: .bert, vocabularySize: 12, hiddenSize: 8, layerCount: 1, headCount: 2, maximumPositions: 16)
            try TransformerModel(configuration, key: RandomKey(seed: 1)).save(to: path)
            let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "d", "e", "f", "g", "h"]
            var vocabulary: JSONObject = [:]
            for (id, word) in words.enumerated() { vocabulary[word] = .integer(Int64(id)) }
            let tokenizer: JSON = [
                "pre_tokenizer": ["type": "Whitespace"],
                "model": ["type": "WordLevel", "vocab": .object(vocabulary), "unk_token": "[UNK]"],
                "post_processor": ["type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]],
            ]
            try write("tokenizer.json", tokenizer)
            if let pooling { try write("1_Pooling/config.json", pooling) }
            if let settings { try write("sentence_bert_config.json", settings) }
            if let modules {
                let list = modules.enumerated().map { position, type -> JSON in
                    let name = type.split(separator: ".").last.map(String.init) ?? type
                    return [
                        "idx": .integer(Int64(position)), "name": .string("\(position)"),
                        "path": .string(position == 0 ? "" : "\(position)_\(name)"), "type": .string(type),
                    ]
                }
                try write("modules.json", .array(list))
            }
        }

        func write(_ name: String, _ json: JSON) throws {
            if let slash = name.firstIndex(of: "/") { mkdir("\(path)/\(name[..<slash])", 0o777) }
            try AtomicFile.write(to: "\(path)/\(name)", json.utf8())
        }

        func writeDense(_ name: String, _ weight: Tensor<Float>, _ bias: Tensor<Float>, activation: String) throws {
            try write(
                "\(name)/config.json",
                [
                    "in_features": .integer(Int64(weight.shape[1])), "out_features": .integer(Int64(weight.shape[0])),
                    "bias": true, "activation_function": .string("torch.nn.modules.\(activation)"),
                ])
            try SafetensorsFile.write(
                [("linear.weight", AnyTensor(weight)), ("linear.bias", AnyTensor(bias))],
                to: "\(path)/\(name)/model.safetensors")
        }
    }

    private static let modules = ["Transformer", "Pooling"].map { "sentence_transformers.models.\($0)" }

    /// The states of a sentence's tokens.
    private func states(_ encoder: SentenceEncoder, _ text: String) -> [[Float]] {
        let states = encoder.model.hiddenStates(TokenBatch(encoder.tokenizer.encode(text))).value.squeezed(0)
        return (0..<states.shape[0]).map { states.selected(axis: 0, at: $0).array }
    }

    @Test("a GGUF file of an encoder gives the vectors of its model; decoders and unknown pooling are refused")
    func file() throws {
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "time", "of", "day", "a", "b", "##s"]
        var vocabulary: JSONObject = [:]
        for (id, word) in words.enumerated() { vocabulary[word] = .integer(Int64(id)) }
        let json: JSON = [
            "normalizer": ["type": "BertNormalizer", "lowercase": true],
            "pre_tokenizer": ["type": "BertPreTokenizer"],
            "model": [
                "type": "WordPiece", "vocab": .object(vocabulary), "unk_token": "[UNK]",
                "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            ],
            "post_processor": ["type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]],
            "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
        ]
        let folder = TemporaryFolder()
        try AtomicFile.write(to: "\(folder.path)/tokenizer.json", json.utf8())
        let tokenizer = try Tokenizer(contentsOf: "\(folder.path)/tokenizer.json")
        let configuration = TransformerConfiguration(
            family: .bert, vocabularySize: tokenizer.vocabularySize, hiddenSize: 32, layerCount: 2, headCount: 2,
            maximumPositions: 32)
        let model = TransformerModel(configuration, key: RandomKey(seed: 1))
        let path = "\(folder.path)/model.gguf"
        let texts = ["The time of day", "", "a b"]
        for (type, pooling) in [(1, .mean), (2, .first), (3, .last)] as [(UInt32, SentenceEncoder.Pooling)] {
            let metadata = try tokenizer.ggufMetadata() + [("bert.pooling_type", GGUFValue.uint32(type))]
            try model.save(gguf: path, as: #require(QuantizationPolicy(.float32)), metadata: metadata)
            let expected = try SentenceEncoder(model, tokenizer, pooling: pooling).encode(texts)
            #expect(try SentenceEncoder(gguf: path).encode(texts) == expected)
        }
        let metadata = try tokenizer.ggufMetadata() + [("bert.pooling_type", GGUFValue.uint32(4))]
        try model.save(gguf: path, as: #require(QuantizationPolicy(.float32)), metadata: metadata)
        #expect(throws: ModelFileError.self) { try SentenceEncoder(gguf: path) }
        let decoder = TransformerConfiguration(
            family: .llama, vocabularySize: 64, hiddenSize: 32, layerCount: 1, headCount: 2, maximumPositions: 32)
        try TransformerModel(decoder, key: RandomKey(seed: 1))
            .save(gguf: path, as: #require(QuantizationPolicy(.float32)))
        #expect(throws: ModelFileError.self) { try SentenceEncoder(gguf: path) }
    }

    @Test("every way of pooling that sentence-transformers writes")
    func pooling() throws {
        let text = "a b c d e"
        let ways: [(String, String, ([[Float]], Int) -> Float)] = [
            ("pooling_mode_cls_token", "cls", { $0[0][$1] }),
            ("pooling_mode_mean_tokens", "mean", { rows, i in rows.reduce(0) { $0 + $1[i] } / 7 }),
            ("pooling_mode_max_tokens", "max", { rows, i in rows.map { $0[i] }.max()! }),
            (
                "pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens",
                { rows, i in rows.reduce(0) { $0 + $1[i] } / Float(7).squareRoot() }
            ),
            (
                "pooling_mode_weightedmean_tokens", "weightedmean",
                { rows, i in rows.enumerated().reduce(0) { $0 + Float($1.offset + 1) * $1.element[i] } / 28 }
            ),
            ("pooling_mode_lasttoken", "lasttoken", { $0[6][$1] }),
        ]
        for (field, name, value) in ways {
            var flags: JSONObject = ["word_embedding_dimension": 8, "pooling_mode_mean_tokens": false]
            flags[field] = true
            for pooling in [.object(flags), ["pooling_mode": .string(name)]] as [JSON] {
                let folder = try Folder(pooling: pooling, modules: Self.modules)
                let encoder = try SentenceEncoder(folder: folder.path)
                #expect(!encoder.normalizes)
                let rows = states(encoder, text)
                #expect(rows.count == 7)
                let vectors = try encoder.encode([text, "f"]).selected(axis: 0, at: 0).array
                for (index, number) in vectors.enumerated() {
                    #expect(abs(number - value(rows, index)) < 1e-5, "\(field), \(index)")
                }
            }
        }
        for bad in [
            ["pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true], ["pooling_mode_mean_tokens": false],
            ["pooling_mode": "median"], ["pooling_mode_cls_token": "yes"],
        ] as [JSON] {
            let folder = try Folder(pooling: bad, modules: Self.modules)
            let error = #expect(throws: ModelFileError.self) { try SentenceEncoder(folder: folder.path) }
            #expect(error?.description.contains("pooling_mode") == true)
        }
    }

    @Test("maps after the pooling, before vectors get the length 1")
    func maps() throws {
        let types = Self.modules + ["Dense", "Dense", "Normalize"].map { "sentence_transformers.models.\($0)" }
        let folder = try Folder(pooling: ["pooling_mode_cls_token": true], modules: types)
        let weights = [
            Tensor<Float>(randomNormal: [5, 8], key: RandomKey(seed: 2)),
            Tensor<Float>(randomNormal: [3, 5], key: RandomKey(seed: 3)),
        ]
        let biases = [
            Tensor<Float>(randomNormal: [5], key: RandomKey(seed: 4)),
            Tensor<Float>(randomNormal: [3], key: RandomKey(seed: 5)),
        ]
        try folder.writeDense("2_Dense", weights[0], biases[0], activation: "activation.Tanh")
        try folder.writeDense("3_Dense", weights[1], biases[1], activation: "linear.Identity")
        let encoder = try SentenceEncoder(folder: folder.path)
        #expect(encoder.width == 3 && encoder.normalizes)
        let first = Tensor(states(encoder, "a b")[0], shape: [1, 8])
        let inner = (first.matmul(weights[0].transposed()) + biases[0]).tanh()
        let outer = (inner.matmul(weights[1].transposed()) + biases[1]).array
        let length = outer.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for (actual, expected) in zip(try encoder.encode(["a b"]).array, outer) {
            #expect(abs(actual - expected / length) < 1e-5)
        }

        try folder.writeDense("3_Dense", weights[0], biases[0], activation: "linear.Identity")
        #expect(throws: ModelFileError.self) { try SentenceEncoder(folder: folder.path) }
        try folder.writeDense("3_Dense", weights[1], biases[0], activation: "linear.Identity")
        #expect(throws: ModelFileError.self) { try SentenceEncoder(folder: folder.path) }
        try folder.writeDense("3_Dense", weights[1], biases[1], activation: "activation.GELU")
        let error = #expect(throws: ModelFileError.self) { try SentenceEncoder(folder: folder.path) }
        #expect(error?.description.contains("activation_function") == true)
    }

    @Test("modules that are not supported are errors with the file and the place")
    func modules() throws {
        for types in [
            Self.modules + ["sentence_transformers.models.LayerNorm"], ["sentence_transformers.models.BoW"],
            Self.modules.reversed(), [Self.modules[0]], [], Self.modules + ["x.Normalize", "x.Dense"],
        ] {
            let folder = try Folder(modules: types)
            let error = #expect(throws: ModelFileError.self) { try SentenceEncoder(folder: folder.path) }
            #expect(error?.description.contains("modules.json") == true, "\(types)")
        }
    }

    @Test("the most tokens of a sentence may be 2 to the model's positions")
    func limits() throws {
        let folder = try Folder(settings: ["max_seq_length": 4])
        var encoder = try SentenceEncoder(folder: folder.path)
        #expect(encoder.maximumTokens == 4)
        #expect(try encoder.encode(["a b c d e", ""]).shape == [2, 8])
        for bad in [0, 1, -3, 17] {
            encoder.maximumTokens = bad
            #expect(throws: SentenceError.maximumTokens(bad, limit: 16)) { try encoder.encode(["a b c"]) }
        }
        encoder.maximumTokens = 2
        #expect(try encoder.encode(["a b c"]).array == encoder.encode([""]).array)
        for bad in [0, 1, "many"] as [JSON] {
            let folder = try Folder(settings: ["max_seq_length": bad])
            let error = #expect(throws: ModelFileError.self) { try SentenceEncoder(folder: folder.path) }
            #expect(error?.description.contains("max_seq_length") == true)
        }
    }
}
