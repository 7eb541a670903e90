import Autograd
import GoldenSupport
import Tensor
import Testing
import Transformer

@Suite("Configurations")
struct ConfigurationTests {
    @Test("both spellings of config.json mean the same")
    func spellings() throws {
        for folder in try GoldenModels.folders() {
            let newer = try TransformerConfiguration(contentsOf: "\(folder.path)/config.json")
            if let older = try? folder.file("config.v4.json") {
                #expect(try TransformerConfiguration(contentsOf: older) == newer, "\(folder)")
            }
            #expect(try TransformerConfiguration(huggingFace: newer.huggingFaceJSON()) == newer, "\(folder)")
        }
    }

    @Test("fields that are absent or null take their class's values")
    func defaults() throws {
        let small: JSONObject = [
            "model_type": "llama", "vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 2,
            "num_attention_heads": 4, "intermediate_size": 8, "head_dim": nil,
        ]
        let llama = try TransformerConfiguration(huggingFace: .object(small))
        #expect(llama.headDimension == 4 && llama.keyHeadCount == 4 && !llama.tiesEmbeddings)
        #expect(llama.normEpsilon == 1e-6 && llama.rotary?.base == 10_000 && llama.maximumPositions == 2048)
        var mistral = small
        mistral["model_type"] = "mistral"
        #expect(try TransformerConfiguration(huggingFace: .object(mistral)).windows == [4096, 4096])
        mistral["sliding_window"] = .null
        #expect(try TransformerConfiguration(huggingFace: .object(mistral)).windows == [nil, nil])
        let gpt2: JSON = ["model_type": "gpt2", "vocab_size": 10, "n_embd": 16, "n_layer": 1, "n_head": 2]
        let small2 = try TransformerConfiguration(huggingFace: gpt2)
        #expect(small2.tiesEmbeddings && small2.intermediateSize == 64 && small2.maximumPositions == 1024)
    }

    @Test("tokens that are -1 are none, and no experts are no mixture of experts")
    func none() throws {
        let json: JSON = [
            "model_type": "llama", "vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 1,
            "num_attention_heads": 4, "intermediate_size": 8, "pad_token_id": -1, "bos_token_id": -1,
            "eos_token_id": -1,
        ]
        let configuration = try TransformerConfiguration(huggingFace: json)
        #expect(configuration.paddingToken == nil && configuration.beginToken == nil && configuration.endTokens.isEmpty)
        var bad = json.objectValue ?? [:]
        bad["pad_token_id"] = -2
        #expect(throws: ConfigurationError.self) { try TransformerConfiguration(huggingFace: .object(bad)) }

        let folder = TemporaryFolder()
        let model = TransformerModel(configuration, key: RandomKey(seed: 1))
        for (count, isGood) in [(0, true), (8, false)] as [(UInt32, Bool)] {
            let path = "\(folder.path)/\(count).gguf"
            try model.save(
                gguf: path, as: try #require(QuantizationPolicy(.float32)),
                metadata: [("llama.expert_count", .uint32(count)), ("llama.expert_used_count", .uint32(count))])
            if isGood {
                #expect(try TransformerModel(gguf: path).configuration.layerCount == 1)
            } else {
                let error = #expect(throws: ModelFileError.self) { try TransformerModel(gguf: path) }
                #expect(error?.description.contains("expert_count") == true)
            }
        }
    }

    @Test("every form of rotary scaling")
    func scaling() throws {
        func read(_ scaling: JSON) throws -> RotaryScaling? {
            let json: JSON = [
                "model_type": "llama", "vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 1,
                "num_attention_heads": 4, "intermediate_size": 8, "max_position_embeddings": 64,
                "rope_scaling": scaling,
            ]
            return try TransformerConfiguration(huggingFace: json).rotary?.scaling
        }
        #expect(try read(nil) == RotaryScaling.none)
        #expect(try read(["type": "linear", "factor": 2.0]) == .linear(factor: 2))
        #expect(try read(["type": "dynamic", "factor": 2]) == .dynamicNTK(factor: 2, originalLength: 64))
        #expect(
            try read(["rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16])
                == .yarn(factor: 4, originalLength: 16))
    }

    @Test("everything wrong is reported at once")
    func problems() throws {
        let json: JSON = [
            "model_type": "llama", "vocab_size": -5, "hidden_size": "big", "num_hidden_layers": 2,
            "num_attention_heads": 4, "hidden_act": "snake", "rope_scaling": ["rope_type": "longrope", "factor": 0],
            "tie_word_embeddings": 3, "quantization_config": ["bits": 4],
        ]
        let error = #expect(throws: ConfigurationError.self) { try TransformerConfiguration(huggingFace: json) }
        #expect(
            error?.problems.map(\.field) == [
                "quantization_config", "vocab_size", "hidden_size", "intermediate_size", "hidden_act",
                "tie_word_embeddings", "rope_scaling.rope_type",
            ])
        for (json, field) in [
            (["model_type": "mamba"] as JSON, "model_type"), ([:], "model_type"),
            (
                [
                    "model_type": "bert", "vocab_size": 5, "hidden_size": 10, "num_hidden_layers": 1,
                    "num_attention_heads": 4,
                ],
                "hidden_size"
            ),
            (
                [
                    "model_type": "gpt2", "vocab_size": 5, "n_embd": 8, "n_layer": 1, "n_head": 2,
                    "add_cross_attention": true,
                ],
                "add_cross_attention"
            ),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try TransformerConfiguration(huggingFace: json) }
            #expect(error?.problems.map(\.field) == [field])
        }
        #expect(throws: ConfigurationError.self) { try TransformerConfiguration(contentsOf: "/nowhere/config.json") }
    }

    @Test("a GGUF file that describes no model names all that is missing")
    func gguf() throws {
        let folder = try Golden.folders(topic: "core/gguf")[0]
        let error = #expect(throws: ModelFileError.self) { try TransformerModel(gguf: folder.file("mini.gguf")) }
        guard case .configuration(let problems) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let fields = problems.problems.map(\.field)
        #expect(fields.contains("token_embd.weight") && fields.contains("llama.embedding_length"))
    }
}
