/// What a kind of file calls the parts of a model.
///
/// Names of blocks' parts are relative to ``block(_:)``; parts that a family lacks have empty names.
struct ParameterNames: Sendable, Hashable {
    var tokens = ""
    var positions = ""
    var types = ""
    var embeddingNorm = ""
    var blocks = ""
    var attentionInputs: [String] = []
    var attentionOutput = ""
    var queryNorm = ""
    var keyNorm = ""
    var attentionNorm = ""
    var gate = ""
    var up = ""
    var down = ""
    var feedForwardNorm = ""
    var finalNorm = ""
    var head = ""
    var pooler = ""
    /// Whether the weights of maps lie as `[in, out]`.
    var inputsFirst = false

    /// The path of a block, with the final dot.
    func block(_ layer: Int) -> String { "\(blocks).\(layer)." }

    /// The names in transformers' files, which are also the paths of the model's parameters.
    static func huggingFace(_ family: TransformerFamily) -> ParameterNames {
        switch family {
        case .gpt2: gpt2
        case .bert: bert
        case .llama, .mistral, .qwen2, .qwen3: llama
        }
    }

    private static let gpt2 = ParameterNames(
        tokens: "transformer.wte", positions: "transformer.wpe", blocks: "transformer.h",
        attentionInputs: ["attn.c_attn"], attentionOutput: "attn.c_proj", attentionNorm: "ln_1", up: "mlp.c_fc",
        down: "mlp.c_proj", feedForwardNorm: "ln_2", finalNorm: "transformer.ln_f", head: "lm_head", inputsFirst: true)

    private static let llama = ParameterNames(
        tokens: "model.embed_tokens", blocks: "model.layers",
        attentionInputs: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        attentionOutput: "self_attn.o_proj", queryNorm: "self_attn.q_norm", keyNorm: "self_attn.k_norm",
        attentionNorm: "input_layernorm", gate: "mlp.gate_proj", up: "mlp.up_proj", down: "mlp.down_proj",
        feedForwardNorm: "post_attention_layernorm", finalNorm: "model.norm", head: "lm_head")

    private static let bert = ParameterNames(
        tokens: "embeddings.word_embeddings", positions: "embeddings.position_embeddings",
        types: "embeddings.token_type_embeddings", embeddingNorm: "embeddings.LayerNorm", blocks: "encoder.layer",
        attentionInputs: ["attention.self.query", "attention.self.key", "attention.self.value"],
        attentionOutput: "attention.output.dense", attentionNorm: "attention.output.LayerNorm",
        up: "intermediate.dense", down: "output.dense", feedForwardNorm: "output.LayerNorm", pooler: "pooler.dense")

    /// What the first BERT files, made from TensorFlow's, call a part: the weight and the bias of a norm are gamma and beta
    /// there; nil for parts without another name.
    static func olderName(of name: String) -> String? {
        for (ending, older) in [("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")]
        where name.hasSuffix(ending) {
            return name.dropLast(ending.count) + older
        }
        return nil
    }

    /// The names in GGUF files (github.com/ggml-org/ggml, docs/gguf.md).
    static func gguf(_ family: TransformerFamily) -> ParameterNames {
        var names = ParameterNames(
            tokens: "token_embd", positions: "position_embd", types: "token_types", embeddingNorm: "token_embd_norm",
            blocks: "blk", attentionInputs: ["attn_q", "attn_k", "attn_v"], attentionOutput: "attn_output",
            queryNorm: "attn_q_norm", keyNorm: "attn_k_norm", attentionNorm: "attn_norm", gate: "ffn_gate",
            up: "ffn_up", down: "ffn_down", feedForwardNorm: "ffn_norm", finalNorm: "output_norm", head: "output")
        if family == .gpt2 { names.attentionInputs = ["attn_qkv"] }
        if family == .bert {
            names.attentionNorm = "attn_output_norm"
            names.feedForwardNorm = "layer_output_norm"
        }
        return names
    }
}
