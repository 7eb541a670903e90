import Autograd
import Tensor

/// The shape and the constants of a transformer, whichever family it belongs to and whichever file describes it.
///
/// ```swift
/// let configuration = try TransformerConfiguration(contentsOf: "SmolLM2-135M/config.json")
/// let tiny = TransformerConfiguration(
///     family: .gpt2, vocabularySize: 256, hiddenSize: 128, layerCount: 4, headCount: 4, maximumPositions: 128)
/// ```
public struct TransformerConfiguration: Sendable, Hashable {
    /// The family, which fixes the kind of norms, positions and feed-forward parts.
    public var family: TransformerFamily
    /// The number of rows of the token embedding.
    public var vocabularySize: Int
    /// The width of the residual stream.
    public var hiddenSize: Int
    /// The inner width of the feed-forward parts.
    public var intermediateSize: Int
    /// The number of blocks.
    public var layerCount: Int
    /// The number of query heads.
    public var headCount: Int
    /// The number of key and value heads, a divisor of `headCount`.
    public var keyHeadCount: Int
    /// The width of a head.
    public var headDimension: Int
    /// The longest sequence that the model was made for; with learned positions also the longest that it can take.
    public var maximumPositions: Int
    /// What norms add to the variance or the mean square.
    public var normEpsilon: Double
    /// The non-linearity of the feed-forward parts.
    public var activation: FeedForwardActivation
    /// How positions turn queries and keys; nil for families with learned positions.
    public var rotary: RotaryConfiguration?
    /// Whether the maps to queries, keys and values have biases.
    public var hasQueryKeyValueBias: Bool
    /// Whether the map from the joined heads has a bias.
    public var hasAttentionOutputBias: Bool
    /// Whether the maps of the feed-forward parts have biases.
    public var hasFeedForwardBias: Bool
    /// Whether the output head is the token embedding.
    public var tiesEmbeddings: Bool
    /// How many positions back each layer sees, its own counted; nil for all. One entry a layer.
    public var windows: [Int?]
    /// The number of token types (BERT).
    public var typeCount: Int
    /// The token that begins a text.
    public var beginToken: Int?
    /// The tokens that end one.
    public var endTokens: [Int]
    /// The token that fills a batch.
    public var paddingToken: Int?
    /// The standard deviation of a new model's weights.
    public var initializerRange: Double

    /// Describes a model; what is nil takes the family's usual value.
    ///
    /// Traps if the numbers contradict each other; for numbers from outside use ``problems``.
    public init(
        family: TransformerFamily, vocabularySize: Int, hiddenSize: Int, layerCount: Int, headCount: Int,
        keyHeadCount: Int? = nil, headDimension: Int? = nil, intermediateSize: Int? = nil, maximumPositions: Int,
        normEpsilon: Double? = nil, activation: FeedForwardActivation? = nil, rotary: RotaryConfiguration? = nil,
        tiesEmbeddings: Bool? = nil, window: Int? = nil, beginToken: Int? = nil, endTokens: [Int] = [],
        paddingToken: Int? = nil
    ) {
        self.init(
            family: family, vocabularySize: vocabularySize, hiddenSize: hiddenSize, layerCount: layerCount,
            headCount: headCount, maximumPositions: maximumPositions)
        self.keyHeadCount = keyHeadCount ?? headCount
        self.headDimension = headDimension ?? self.headDimension
        self.intermediateSize = intermediateSize ?? self.intermediateSize
        self.normEpsilon = normEpsilon ?? self.normEpsilon
        self.activation = activation ?? self.activation
        self.rotary = rotary ?? self.rotary
        self.tiesEmbeddings = tiesEmbeddings ?? self.tiesEmbeddings
        self.windows = Array(repeating: window, count: layerCount)
        self.beginToken = beginToken
        self.endTokens = endTokens
        self.paddingToken = paddingToken
        let problems = self.problems
        guard problems.isEmpty else {
            trap("TransformerConfiguration: \(problems.map(\.description).joined(separator: ", "))")
        }
    }

    /// The family's usual constants for given sizes, unchecked.
    init(
        family: TransformerFamily, vocabularySize: Int, hiddenSize: Int, layerCount: Int, headCount: Int,
        maximumPositions: Int
    ) {
        self.family = family
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.maximumPositions = maximumPositions
        keyHeadCount = headCount
        headDimension = family == .qwen3 ? 128 : hiddenSize / max(1, headCount)
        intermediateSize = 4 * hiddenSize
        normEpsilon = family == .bert ? 1e-12 : family == .gpt2 ? 1e-5 : 1e-6
        activation = family == .bert ? .gelu : family == .gpt2 ? .geluTanh : .silu
        rotary = family.isRotary ? RotaryConfiguration() : nil
        hasQueryKeyValueBias = family == .gpt2 || family == .bert || family == .qwen2
        hasAttentionOutputBias = family == .gpt2 || family == .bert
        hasFeedForwardBias = family == .gpt2 || family == .bert
        tiesEmbeddings = family == .gpt2 || family == .bert
        windows = Array(repeating: nil, count: max(0, layerCount))
        typeCount = family == .bert ? 2 : 0
        endTokens = []
        initializerRange = 0.02
    }

    /// What contradicts itself, with fields by the names of config.json; empty for a model that can be built.
    public var problems: [ConfigurationError.Problem] {
        var problems: [ConfigurationError.Problem] = []
        func require(_ isGood: Bool, _ field: String, _ problem: String, _ expected: String) {
            if !isGood { problems.append(.init(field: field, problem: problem, expected: expected)) }
        }
        let sizes: [(String, Int)] = [
            ("vocab_size", vocabularySize), ("hidden_size", hiddenSize), ("num_attention_heads", headCount),
            ("num_key_value_heads", keyHeadCount), ("head_dim", headDimension), ("intermediate_size", intermediateSize),
            ("max_position_embeddings", maximumPositions),
        ]
        for (field, size) in sizes {
            require(size > 0 && size <= 1 << 30, field, "is \(size)", "a positive number below 2^30")
        }
        require((0...100_000).contains(layerCount), "num_hidden_layers", "is \(layerCount)", "0 to 100000 layers")
        if keyHeadCount > 0 {
            require(
                headCount % keyHeadCount == 0, "num_key_value_heads", "is \(keyHeadCount)",
                "a divisor of the \(headCount) heads")
        }
        if family == .gpt2 || family == .bert {
            require(
                headCount == keyHeadCount && headCount * headDimension == hiddenSize, "hidden_size", "is \(hiddenSize)",
                "a multiple of the \(headCount) heads")
        }
        if family.isRotary {
            require(headDimension % 2 == 0, "head_dim", "is \(headDimension)", "an even number")
            require((rotary?.base ?? 0) > 0, "rope_theta", "is \(rotary?.base ?? 0)", "a positive number")
            if let divisors = rotary?.divisors {
                require(
                    divisors.count == headDimension / 2, "rope_freqs.weight", "has \(divisors.count) numbers",
                    "\(headDimension / 2)")
            }
        }
        for window in windows {
            if let window { require(window > 0, "sliding_window", "is \(window)", "a positive number") }
        }
        require(
            normEpsilon >= 0 && normEpsilon.isFinite, "norm epsilon", "is \(normEpsilon)", "a finite number from 0 on")
        return problems
    }
}
