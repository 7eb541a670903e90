import Autograd
import Tensor

extension TransformerConfiguration {
    /// Reads the metadata of a GGUF file, and what only its list of tensors tells: tied embeddings, biases and rotary
    /// divisors.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is missing, wrong or not supported.
    public init(gguf file: GGUFFile) throws(ConfigurationError) {
        var general = ConfigurationFields(file, prefix: "")
        let architecture = general.text("general.architecture")
        // A Mistral is a llama to GGUF.
        guard let family = TransformerFamily(rawValue: architecture), family != .mistral else {
            if !architecture.isEmpty {
                general.note(
                    "general.architecture", "is \"\(architecture)\"", expected: "llama, qwen2, qwen3, gpt2 or bert")
            }
            throw ConfigurationError(path: file.path, problems: general.problems)
        }
        var fields = ConfigurationFields(file, prefix: architecture + ".")
        let embedding = file.entry(named: "token_embd.weight")
        if embedding == nil { general.note("token_embd.weight", "is missing", expected: "the token embedding") }
        self.init(
            family: family, vocabularySize: embedding?.shape.first ?? 1, hiddenSize: fields.size("embedding_length"),
            layerCount: fields.layerCount("block_count"), headCount: fields.size("attention.head_count"),
            maximumPositions: fields.size("context_length"))
        intermediateSize = fields.size("feed_forward_length")
        keyHeadCount = fields.optionalSize("attention.head_count_kv") ?? headCount
        headDimension = fields.optionalSize("attention.key_length") ?? hiddenSize / headCount
        let kind = family.usesRMSNorm ? "rms_" : ""
        normEpsilon = fields.number("attention.layer_norm_\(kind)epsilon", default: normEpsilon)
        hasQueryKeyValueBias =
            file.entry(named: "blk.0.attn_q.bias") != nil || file.entry(named: "blk.0.attn_qkv.bias") != nil
        hasAttentionOutputBias = file.entry(named: "blk.0.attn_output.bias") != nil
        hasFeedForwardBias = file.entry(named: "blk.0.ffn_up.bias") != nil
        tiesEmbeddings = file.entry(named: "output.weight") == nil
        if family.isRotary {
            windows = Array(repeating: fields.optionalSize("attention.sliding_window"), count: layerCount)
            rotary = fields.rotary(maximumPositions: maximumPositions)
            if let turned = fields.optionalSize("rope.dimension_count"), turned != headDimension {
                fields.note("rope.dimension_count", "is \(turned)", expected: "the heads' width \(headDimension)")
            }
            if file.entry(named: "rope_freqs.weight") != nil, let tensor = try? file.tensor(named: "rope_freqs.weight")
            {
                rotary?.divisors = tensor.dequantized().array.map(Double.init)
            }
        }
        let expertCount = fields.count("expert_count", default: 0)
        if expertCount != 0 {
            fields.note("expert_count", "is \(expertCount)", expected: "0: a model without mixtures of experts")
        }
        if family == .bert { typeCount = file.entry(named: "token_types.weight")?.shape.first ?? 2 }
        beginToken = general.token("tokenizer.ggml.bos_token_id")
        endTokens = general.tokens("tokenizer.ggml.eos_token_id")
        if let turnEnd = general.token("tokenizer.ggml.eot_token_id"), !endTokens.contains(turnEnd) {
            endTokens.append(turnEnd)
        }
        paddingToken = general.token("tokenizer.ggml.padding_token_id")
        general.note(fields.problems)
        if general.problems.isEmpty { general.note(problems) }
        try general.check(file.path)
    }
}

extension ConfigurationFields {
    fileprivate mutating func rotary(maximumPositions: Int) -> RotaryConfiguration {
        var result = RotaryConfiguration(base: number("rope.freq_base", default: 10_000))
        let type = text("rope.scaling.type", default: "none")
        if type == "none" { return result }
        let factor = number("rope.scaling.factor")
        if factor <= 0 { note("rope.scaling.factor", "is \(factor)", expected: "a positive number") }
        switch type {
        case "linear": result.scaling = .linear(factor: factor)
        case "yarn":
            let original = optionalSize("rope.scaling.original_context_length") ?? maximumPositions
            result.scaling = .yarn(factor: factor, originalLength: original)
        default: note("rope.scaling.type", "is \"\(type)\"", expected: "none, linear or yarn")
        }
        return result
    }
}
