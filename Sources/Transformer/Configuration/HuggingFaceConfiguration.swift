import Autograd
import Tensor

extension TransformerConfiguration {
    /// Reads a config.json as transformers writes it: `rope_parameters` and `dtype` of version 5 or `rope_theta`,
    /// `rope_scaling` and `torch_dtype` of version 4.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is missing, wrong or not supported.
    public init(contentsOf path: String) throws(ConfigurationError) {
        let json: JSON
        do { json = try MappedFile(contentsOf: path).json() } catch {
            let place = error.byteOffset.map { " at byte \($0)" } ?? ""
            throw ConfigurationError(
                path: path, problems: [.init(field: "the file", problem: "cannot be read: \(error.problem)\(place)")])
        }
        try self.init(huggingFace: json, path: path)
    }

    /// Reads the content of a config.json.
    ///
    /// - Parameters:
    ///   - json: the content.
    ///   - path: what errors call it.
    public init(huggingFace json: JSON, path: String = "config.json") throws(ConfigurationError) {
        var fields = ConfigurationFields(json)
        let type = fields.text("model_type")
        guard let family = TransformerFamily(rawValue: type) else {
            if !type.isEmpty {
                let known = TransformerFamily.allCases.map(\.rawValue).joined(separator: ", ")
                fields.note("model_type", "is \"\(type)\"", expected: "one of \(known)")
            }
            throw ConfigurationError(path: path, problems: fields.problems)
        }
        if fields.has("quantization_config") {
            fields.note("quantization_config", "names a format that is not supported", expected: "plain weights")
        }
        switch family {
        case .gpt2: self = TransformerConfiguration(gpt2: &fields)
        case .bert: self = TransformerConfiguration(bert: &fields)
        default: self = TransformerConfiguration(llamaLike: family, &fields, json)
        }
        beginToken = fields.token("bos_token_id")
        endTokens = fields.tokens("eos_token_id")
        paddingToken = fields.token("pad_token_id")
        initializerRange = fields.number("initializer_range", default: 0.02)
        if fields.problems.isEmpty { fields.note(problems) }
        try fields.check(path)
    }

    private init(gpt2 fields: inout ConfigurationFields) {
        self.init(
            family: .gpt2, vocabularySize: fields.size("vocab_size"), hiddenSize: fields.size("n_embd"),
            layerCount: fields.layerCount("n_layer"), headCount: fields.size("n_head"),
            maximumPositions: fields.size("n_positions", default: 1024))
        intermediateSize = fields.optionalSize("n_inner") ?? 4 * hiddenSize
        normEpsilon = fields.number("layer_norm_epsilon", default: 1e-5)
        activation = fields.activation("activation_function", default: .geluTanh)
        tiesEmbeddings = fields.flag("tie_word_embeddings", default: true)
        fields.requireFlag("scale_attn_weights", true)
        fields.requireFlag("scale_attn_by_inverse_layer_idx", false)
        fields.requireFlag("add_cross_attention", false)
    }

    private init(bert fields: inout ConfigurationFields) {
        self.init(
            family: .bert, vocabularySize: fields.size("vocab_size"), hiddenSize: fields.size("hidden_size"),
            layerCount: fields.layerCount("num_hidden_layers"), headCount: fields.size("num_attention_heads"),
            maximumPositions: fields.size("max_position_embeddings", default: 512))
        intermediateSize = fields.size("intermediate_size", default: 3072)
        normEpsilon = fields.number("layer_norm_eps", default: 1e-12)
        activation = fields.activation("hidden_act", default: .gelu)
        typeCount = fields.size("type_vocab_size", default: 2)
        fields.requireFlag("is_decoder", false)
        fields.requireFlag("add_cross_attention", false)
        let positions = fields.text("position_embedding_type", default: "absolute")
        if positions != "absolute" {
            fields.note("position_embedding_type", "is \"\(positions)\"", expected: "absolute")
        }
    }

    private init(llamaLike family: TransformerFamily, _ fields: inout ConfigurationFields, _ json: JSON) {
        let defaultPositions = family == .llama ? 2048 : family == .mistral ? 131_072 : 32_768
        self.init(
            family: family, vocabularySize: fields.size("vocab_size"), hiddenSize: fields.size("hidden_size"),
            layerCount: fields.layerCount("num_hidden_layers"), headCount: fields.size("num_attention_heads"),
            maximumPositions: fields.size("max_position_embeddings", default: defaultPositions))
        intermediateSize = fields.size("intermediate_size")
        keyHeadCount = fields.optionalSize("num_key_value_heads") ?? headCount
        if let width = fields.optionalSize("head_dim") {
            headDimension = width
        } else if family != .qwen3, hiddenSize % headCount != 0 {
            fields.note("hidden_size", "is \(hiddenSize)", expected: "a multiple of the \(headCount) heads")
        }
        normEpsilon = fields.number("rms_norm_eps", default: 1e-6)
        activation = fields.activation("hidden_act", default: .silu)
        tiesEmbeddings = fields.flag("tie_word_embeddings", default: false)
        let hasBias = fields.flag("attention_bias", default: false)
        switch family {
        case .qwen2: break
        case .mistral: fields.requireFlag("attention_bias", false)
        default: (hasQueryKeyValueBias, hasAttentionOutputBias) = (hasBias, hasBias)
        }
        hasFeedForwardBias = fields.flag("mlp_bias", default: false)
        windows = fields.windows(family, layerCount: layerCount, json)
        rotary = fields.rotary(json, maximumPositions: maximumPositions)
        if fields.number("partial_rotary_factor", default: 1) != 1 {
            fields.note("partial_rotary_factor", "is not 1", expected: "heads that are turned as a whole")
        }
    }
}

extension ConfigurationFields {
    fileprivate mutating func activation(
        _ key: String, default fallback: FeedForwardActivation
    ) -> FeedForwardActivation {
        guard has(key) else { return fallback }
        let name = text(key)
        guard let activation = FeedForwardActivation(huggingFaceName: name) else {
            if !name.isEmpty {
                note(
                    key, "is \"\(name)\"",
                    expected: "gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, silu, swish or relu")
            }
            return fallback
        }
        return activation
    }

    /// The window of every layer.
    fileprivate mutating func windows(
        _ family: TransformerFamily, layerCount: Int, _ json: JSON
    ) -> [Int?] {
        let everywhere: [Int?] = Array(repeating: nil, count: layerCount)
        switch family {
        case .mistral:
            // Null switches the window off; without the field it is the default of transformers' class.
            let window = json["sliding_window"] == nil ? 4096 : optionalSize("sliding_window")
            return Array(repeating: window, count: layerCount)
        case .qwen2, .qwen3:
            guard flag("use_sliding_window", default: false), let window = optionalSize("sliding_window") else {
                return everywhere
            }
            if let types = json["layer_types"]?.arrayValue {
                guard types.count == layerCount else {
                    note("layer_types", "has \(types.count) entries", expected: "one for each of \(layerCount) layers")
                    return everywhere
                }
                return types.map { $0.stringValue == "sliding_attention" ? window : nil }
            }
            let first = has("max_window_layers") ? size("max_window_layers") : 28
            return (0..<layerCount).map { $0 >= first ? window : nil }
        default: return everywhere
        }
    }

    /// The rotary embedding in either spelling.
    fileprivate mutating func rotary(_ json: JSON, maximumPositions: Int) -> RotaryConfiguration {
        let key = json["rope_parameters"]?.objectValue != nil ? "rope_parameters" : "rope_scaling"
        let base = number("rope_theta", default: 10_000)
        guard let parameters = json[key], parameters.objectValue != nil else {
            for key in ["rope_parameters", "rope_scaling"] where has(key) {
                note(key, "is not an object", expected: "the parameters of a rotary embedding, or null")
            }
            return RotaryConfiguration(base: base)
        }
        var fields = ConfigurationFields(parameters, prefix: key + ".")
        defer { note(fields.problems) }
        var result = RotaryConfiguration(base: fields.number("rope_theta", default: base))
        let type = fields.text(fields.has("rope_type") ? "rope_type" : "type", default: "default")
        // Once the file says so, otherwise the length that the model was made for.
        let originalLength = fields.optionalSize("original_max_position_embeddings") ?? maximumPositions
        switch type {
        case "default": break
        case "linear": result.scaling = .linear(factor: fields.factor())
        case "dynamic": result.scaling = .dynamicNTK(factor: fields.factor(), originalLength: originalLength)
        case "llama3":
            result.scaling = .llama3(
                factor: fields.factor(), lowFrequencyFactor: fields.number("low_freq_factor"),
                highFrequencyFactor: fields.number("high_freq_factor"), originalLength: originalLength)
        case "yarn":
            result.scaling = .yarn(
                factor: fields.factor(), originalLength: originalLength,
                fastTurns: fields.number("beta_fast", default: 32), slowTurns: fields.number("beta_slow", default: 1))
            for key in ["attention_factor", "mscale", "mscale_all_dim"] where fields.has(key) {
                fields.note(key, "is set", expected: "nothing: the paper's temperature is used")
            }
            fields.requireFlag("truncate", true)
        default:
            fields.note("rope_type", "is \"\(type)\"", expected: "default, linear, dynamic, llama3 or yarn")
        }
        return result
    }

    private mutating func factor() -> Double {
        let factor = number("factor")
        if factor <= 0 { note("factor", "is \(factor)", expected: "a positive number") }
        return factor
    }
}
