/// The model families whose checkpoints can be read: what they are called in files, and how their blocks differ.
public enum TransformerFamily: String, Sendable, Hashable, CaseIterable {
    /// GPT-2: layer norms before each part, learned positions, one fused map to queries, keys and values.
    case gpt2
    /// Llama, SmolLM and their kin: RMS norms, rotary positions, a gated feed-forward part, grouped queries.
    case llama
    /// Mistral: Llama with a sliding window (arXiv 2310.06825).
    case mistral
    /// Qwen 2: Llama with biases on queries, keys and values.
    case qwen2
    /// Qwen 3: Llama with an RMS norm on every head's queries and keys before they are turned.
    case qwen3
    /// BERT: an encoder, norms after each part, learned positions and types.
    case bert

    /// Whether a token sees only itself and what came before.
    public var isCausal: Bool { self != .bert }

    /// Whether positions are rotations of queries and keys; else a learned vector is added to each token's.
    public var isRotary: Bool { self != .gpt2 && self != .bert }

    /// Whether norms are RMS norms; else layer norms with a bias.
    var usesRMSNorm: Bool { isRotary }

    /// Whether the feed-forward part has a gate (arXiv 2002.05202).
    var hasGate: Bool { isRotary }

    /// The class that transformers gives to a model with this family's usual head.
    var architecture: String {
        switch self {
        case .gpt2: "GPT2LMHeadModel"
        case .llama: "LlamaForCausalLM"
        case .mistral: "MistralForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        case .bert: "BertModel"
        }
    }
}
