import Autograd
import Tensor

extension TransformerConfiguration {
    /// The metadata that describe the model in a GGUF file, as llama.cpp's converter writes them.
    ///
    /// - Throws: ``ConfigurationError`` with everything that GGUF cannot say.
    func ggufMetadata() throws(ConfigurationError) -> [(key: String, value: GGUFValue)] {
        try checkGGUF()
        // A Mistral is a llama to GGUF.
        let architecture = family == .mistral ? TransformerFamily.llama.rawValue : family.rawValue
        var pairs: [(key: String, value: GGUFValue)] = [("general.architecture", .string(architecture))]
        func add(_ key: String, _ value: GGUFValue) { pairs.append(("\(architecture).\(key)", value)) }
        func add(_ key: String, _ number: Int) { add(key, .uint32(UInt32(number))) }
        add("block_count", layerCount)
        add("context_length", maximumPositions)
        add("embedding_length", hiddenSize)
        add("feed_forward_length", intermediateSize)
        add("vocab_size", vocabularySize)
        add("attention.head_count", headCount)
        add("attention.head_count_kv", keyHeadCount)
        add("attention.layer_norm_\(family.usesRMSNorm ? "rms_" : "")epsilon", .float32(Float(normEpsilon)))
        if headDimension * headCount != hiddenSize {
            add("attention.key_length", headDimension)
            add("attention.value_length", headDimension)
        }
        if family == .bert {
            add("attention.causal", .bool(false))
            // The mean, as sentence encoders take it (llama.h, `enum llama_pooling_type`).
            add("pooling_type", 1)
        }
        if let window = windows.compactMap({ $0 }).first { add("attention.sliding_window", window) }
        if let rotary {
            add("rope.dimension_count", headDimension)
            add("rope.freq_base", .float32(Float(rotary.base)))
            switch rotary.scaling {
            case .linear(let factor):
                add("rope.scaling.type", .string("linear"))
                add("rope.scaling.factor", .float32(Float(factor)))
            case .yarn(let factor, let originalLength, _, _):
                add("rope.scaling.type", .string("yarn"))
                add("rope.scaling.factor", .float32(Float(factor)))
                add("rope.scaling.original_context_length", originalLength)
            default: break
            }
        }
        func add(token key: String, _ token: Int?) {
            if let token { pairs.append(("tokenizer.ggml.\(key)_token_id", .uint32(UInt32(token)))) }
        }
        add(token: "bos", beginToken)
        add(token: "eos", endTokens.first)
        add(token: "eot", endTokens.dropFirst().first)
        add(token: "padding", paddingToken)
        return pairs
    }

    /// What each pair's frequency is divided by, where GGUF has a tensor for it (Llama 3).
    var rotaryDivisors: [Double]? {
        guard let rotary else { return nil }
        guard case .llama3 = rotary.scaling else { return rotary.divisors }
        func frequencies(_ scaling: RotaryScaling) -> [Double] {
            scaling.frequencies(positions: 1, dimensions: headDimension, base: rotary.base).frequencies
        }
        return zip(frequencies(.none), frequencies(rotary.scaling)).map { $0 / $1 }
    }

    private func checkGGUF() throws(ConfigurationError) {
        var problems: [ConfigurationError.Problem] = []
        func note(_ field: String, _ problem: String, _ expected: String) {
            problems.append(.init(field: field, problem: problem, expected: expected))
        }
        let usual = TransformerConfiguration(
            family: family, vocabularySize: 1, hiddenSize: 1, layerCount: 0, headCount: 1, maximumPositions: 1)
        if activation != usual.activation {
            note(
                "hidden_act", "is \(activation.rawValue)", "\(usual.activation.rawValue), which GGUF takes for granted")
        }
        if Set(windows).count > 1 { note("layer_types", "differ between layers", "one window for all layers in GGUF") }
        switch rotary?.scaling {
        case .dynamicNTK: note("rope_type", "is dynamic", "default, linear, yarn or llama3 in GGUF")
        case .yarn(_, _, let fast, let slow) where fast != 32 || slow != 1:
            note("beta_fast, beta_slow", "are \(fast), \(slow)", "32 and 1, which GGUF takes for granted")
        default: break
        }
        if !problems.isEmpty { throw ConfigurationError(path: "the model as GGUF", problems: problems) }
    }
}
