/// How the next token is chosen from the logits.
///
/// Steps come in the order of transformers: penalties and biases, temperature, top-k, top-p, min-p, typical. A sequence's
/// choices depend on its own seed and tokens only, never on the company it is generated in.
///
/// ```swift
/// let sampling = try SamplingOptions(temperature: 0.7, topP: 0.9, seed: 1)
/// ```
public struct SamplingOptions: Sendable, Hashable {
    /// What logits are divided by; 0 takes the largest, of equals the lowest token.
    public let temperature: Double
    /// How many of the likeliest tokens stay, and all that are as likely as the last of them; nil for all.
    public let topK: Int?
    /// The probability that the likeliest tokens that stay must reach together (arXiv 1904.09751).
    public let topP: Double
    /// The share of the largest probability below which tokens go (arXiv 2407.01082).
    public let minP: Double
    /// The probability that the tokens of the most typical surprise must reach together (arXiv 2202.00666).
    public let typicalP: Double
    /// What the logits of tokens seen before, the prompt's included, are divided by if positive, else multiplied by
    /// (arXiv 1909.05858).
    public let repetitionPenalty: Double
    /// What is taken from the logits of tokens generated before.
    public let presencePenalty: Double
    /// What is taken from the logits of generated tokens for each time they came.
    public let frequencyPenalty: Double
    /// How many of the last tokens the penalties look at; nil for all.
    public let penaltyWindow: Int?
    /// What is added to the logits of single tokens.
    public let logitBias: [Int: Float]
    /// Where the choices come from.
    public let seed: UInt64

    /// The likeliest token, always.
    public static let greedy = SamplingOptions(greedyWithSeed: 0)

    /// Whether the likeliest token is taken as the model gives it.
    var isPlainGreedy: Bool {
        temperature == 0 && repetitionPenalty == 1 && presencePenalty == 0 && frequencyPenalty == 0 && logitBias.isEmpty
    }

    /// Describes how to sample.
    ///
    /// - Throws: ``SamplingError`` for the first setting outside of its range.
    public init(
        temperature: Double = 1, topK: Int? = nil, topP: Double = 1, minP: Double = 0, typicalP: Double = 1,
        repetitionPenalty: Double = 1, presencePenalty: Double = 0, frequencyPenalty: Double = 0,
        penaltyWindow: Int? = nil, logitBias: [Int: Float] = [:], seed: UInt64 = 0
    ) throws(SamplingError) {
        func require(_ isGood: Bool, _ setting: String, _ value: Any, _ expected: String) throws(SamplingError) {
            if !isGood { throw SamplingError(setting: setting, value: "\(value)", expected: expected) }
        }
        try require(temperature >= 0 && temperature.isFinite, "temperature", temperature, "a finite number from 0 on")
        if let topK { try require(topK >= 1, "topK", topK, "at least 1") }
        try require(topP > 0 && topP <= 1, "topP", topP, "above 0, at most 1")
        try require(minP >= 0 && minP <= 1, "minP", minP, "0 to 1")
        try require(typicalP > 0 && typicalP <= 1, "typicalP", typicalP, "above 0, at most 1")
        try require(
            repetitionPenalty > 0 && repetitionPenalty.isFinite, "repetitionPenalty", repetitionPenalty,
            "a positive number")
        try require(presencePenalty.isFinite, "presencePenalty", presencePenalty, "a finite number")
        try require(frequencyPenalty.isFinite, "frequencyPenalty", frequencyPenalty, "a finite number")
        if let penaltyWindow { try require(penaltyWindow >= 0, "penaltyWindow", penaltyWindow, "0 or more") }
        for (token, bias) in logitBias {
            try require(token >= 0 && !bias.isNaN && bias < .infinity, "logitBias[\(token)]", bias, "a number")
        }
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.typicalP = typicalP
        self.repetitionPenalty = repetitionPenalty
        self.presencePenalty = presencePenalty
        self.frequencyPenalty = frequencyPenalty
        self.penaltyWindow = penaltyWindow
        self.logitBias = logitBias
        self.seed = seed
    }

    private init(greedyWithSeed seed: UInt64) {
        (temperature, topK, topP, minP, typicalP) = (0, nil, 1, 0, 1)
        (repetitionPenalty, presencePenalty, frequencyPenalty, penaltyWindow) = (1, 0, 0, nil)
        logitBias = [:]
        self.seed = seed
    }

    private init(_ other: SamplingOptions, seed: UInt64) {
        temperature = other.temperature
        topK = other.topK
        topP = other.topP
        minP = other.minP
        typicalP = other.typicalP
        repetitionPenalty = other.repetitionPenalty
        presencePenalty = other.presencePenalty
        frequencyPenalty = other.frequencyPenalty
        penaltyWindow = other.penaltyWindow
        logitBias = other.logitBias
        self.seed = seed
    }

    /// The same with another seed.
    public func seeded(_ seed: UInt64) -> SamplingOptions { SamplingOptions(self, seed: seed) }
}

/// A sampling setting outside of its range.
public struct SamplingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The setting.
    public var setting: String
    /// Its value.
    public var value: String
    /// What a good value is.
    public var expected: String

    /// The error as a sentence.
    public var description: String { "The sampling setting \(setting) is \(value); expected \(expected)." }
}
