import Autograd
import Tensor

extension TransformerConfiguration {
    /// The content of a config.json that transformers 4 and 5 both load.
    ///
    /// - Throws: ``ConfigurationError`` if config.json has no words for something, such as a GGUF file's own rotary
    ///   divisors.
    public func huggingFaceJSON() throws(ConfigurationError) -> JSON {
        func number(_ value: Int) -> JSON { .integer(Int64(value)) }
        func token(_ value: Int?) -> JSON { value.map(number) ?? .null }
        var json: JSONObject = [
            "architectures": .array([.string(family.architecture)]),
            "model_type": .string(family.rawValue),
            "torch_dtype": "float32",
            "vocab_size": number(vocabularySize),
            "tie_word_embeddings": .bool(tiesEmbeddings),
            "initializer_range": .number(initializerRange),
            "bos_token_id": token(beginToken),
            "eos_token_id": endTokens.count > 1 ? .array(endTokens.map(number)) : token(endTokens.first),
            "pad_token_id": token(paddingToken),
        ]
        switch family {
        case .gpt2:
            json["n_embd"] = number(hiddenSize)
            json["n_layer"] = number(layerCount)
            json["n_head"] = number(headCount)
            json["n_positions"] = number(maximumPositions)
            json["n_inner"] = number(intermediateSize)
            json["layer_norm_epsilon"] = .number(normEpsilon)
            json["activation_function"] = .string(activation.rawValue)
            return .object(json)
        case .bert:
            json["layer_norm_eps"] = .number(normEpsilon)
            json["type_vocab_size"] = number(typeCount)
        default:
            json["rms_norm_eps"] = .number(normEpsilon)
            json["num_key_value_heads"] = number(keyHeadCount)
            json["head_dim"] = number(headDimension)
            try addRotary(to: &json)
            try addWindows(to: &json)
        }
        if family == .llama || family == .qwen3 { json["attention_bias"] = .bool(hasQueryKeyValueBias) }
        if family == .llama { json["mlp_bias"] = .bool(hasFeedForwardBias) }
        json["hidden_size"] = number(hiddenSize)
        json["intermediate_size"] = number(intermediateSize)
        json["num_hidden_layers"] = number(layerCount)
        json["num_attention_heads"] = number(headCount)
        json["max_position_embeddings"] = number(maximumPositions)
        json["hidden_act"] = .string(activation.rawValue)
        return .object(json)
    }

    private func addRotary(to json: inout JSONObject) throws(ConfigurationError) {
        guard let rotary else { return }
        func length(_ value: Int) -> JSON { .integer(Int64(value)) }
        guard rotary.divisors == nil else {
            throw inexpressible("rope_scaling", "divides each frequency by its own number")
        }
        json["rope_theta"] = .number(rotary.base)
        switch rotary.scaling {
        case .none: json["rope_scaling"] = .null
        case .linear(let factor): json["rope_scaling"] = ["rope_type": "linear", "factor": .number(factor)]
        case .dynamicNTK(let factor, let originalLength):
            json["rope_scaling"] = [
                "rope_type": "dynamic", "factor": .number(factor),
                "original_max_position_embeddings": length(originalLength),
            ]
        case .llama3(let factor, let low, let high, let originalLength):
            json["rope_scaling"] = [
                "rope_type": "llama3", "factor": .number(factor), "low_freq_factor": .number(low),
                "high_freq_factor": .number(high), "original_max_position_embeddings": length(originalLength),
            ]
        case .yarn(let factor, let originalLength, let fast, let slow):
            json["rope_scaling"] = [
                "rope_type": "yarn", "factor": .number(factor), "beta_fast": .number(fast), "beta_slow": .number(slow),
                "original_max_position_embeddings": length(originalLength),
            ]
        }
    }

    private func addWindows(to json: inout JSONObject) throws(ConfigurationError) {
        let sizes = Set(windows.compactMap { $0 })
        switch family {
        case .mistral:
            guard Set(windows).count <= 1 else { throw inexpressible("sliding_window", "differs between layers") }
            json["sliding_window"] = windows.first.flatMap { $0 }.map { .integer(Int64($0)) } ?? .null
        case .qwen2, .qwen3:
            guard sizes.count <= 1 else { throw inexpressible("sliding_window", "differs between layers") }
            json["use_sliding_window"] = .bool(!sizes.isEmpty)
            json["sliding_window"] = sizes.first.map { .integer(Int64($0)) } ?? .null
            json["layer_types"] = .array(
                windows.map { $0 == nil ? "full_attention" : "sliding_attention" })
        default:
            guard sizes.isEmpty else { throw inexpressible("sliding_window", "is set") }
        }
    }

    private func inexpressible(_ field: String, _ problem: String) -> ConfigurationError {
        ConfigurationError(
            path: "config.json",
            problems: [
                .init(field: field, problem: problem, expected: "what transformers' \(family.rawValue) can express")
            ])
    }
}
