import Glibc
import Tensor

/// Chooses the tokens of one sequence.
struct TokenSampler: Sendable {
    private let options: SamplingOptions
    private var generator: RandomGenerator
    /// The prompt and what was generated.
    private var tokens: [Int]
    private let promptCount: Int

    init(_ options: SamplingOptions, prompt: [Int]) {
        self.options = options
        generator = RandomGenerator(seed: options.seed)
        tokens = prompt
        promptCount = prompt.count
    }

    /// Chooses the next token.
    ///
    /// - Parameters:
    ///   - logits: the model's, `[vocabulary]`.
    ///   - logSum: the logarithm of the sum of their exponentials, if it is known: it shows that all are numbers.
    ///   - allowed: which tokens may come; nil for all.
    mutating func next(
        _ logits: UnsafeBufferPointer<Float>, logSum: Float = .nan, allowed: TokenMask?
    ) throws(GenerationError) -> Int {
        if !logSum.isFinite {
            for score in logits where score.isNaN || score == .infinity { throw .invalidLogits(value: score) }
        }
        if options.isPlainGreedy, allowed == nil, let likeliest = largest(logits), logits[likeliest] > -.infinity {
            tokens.append(likeliest)
            return likeliest
        }
        var scores = Array(logits)
        penalize(&scores)
        for (token, bias) in options.logitBias where token < scores.count { scores[token] += bias }
        if let allowed {
            for token in scores.indices where !allowed.contains(token) { scores[token] = -.infinity }
        }
        guard let likeliest = scores.withUnsafeBufferPointer(largest), scores[likeliest] > -.infinity else {
            throw .nothingAllowed
        }
        let token = options.temperature == 0 ? likeliest : draw(scores, maximum: scores[likeliest])
        tokens.append(token)
        return token
    }

    /// The position of the largest number, the first of equals.
    private func largest(_ scores: UnsafeBufferPointer<Float>) -> Int? {
        // Eight at a time for the value, then its first place.
        var lanes = SIMD8<Float>(repeating: -.infinity)
        let whole = scores.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            let next = UnsafeRawPointer(scores.baseAddress! + start).loadUnaligned(as: SIMD8<Float>.self)
            lanes.replace(with: next, where: next .> lanes)
        }
        var maximum = lanes.max()
        for position in whole..<scores.count where scores[position] > maximum { maximum = scores[position] }
        return scores.firstIndex(of: maximum)
    }

    private func penalize(_ scores: inout [Float]) {
        if options.repetitionPenalty != 1 {
            let factor = Float(options.repetitionPenalty)
            for token in Set(tokens.suffix(options.penaltyWindow ?? tokens.count)) where token < scores.count {
                scores[token] = scores[token] > 0 ? scores[token] / factor : scores[token] * factor
            }
        }
        if options.presencePenalty != 0 || options.frequencyPenalty != 0 {
            let generated = tokens[promptCount...]
            var counts: [Int: Int] = [:]
            for token in generated.suffix(options.penaltyWindow ?? generated.count) { counts[token, default: 0] += 1 }
            for (token, count) in counts where token < scores.count {
                scores[token] -= Float(options.presencePenalty + options.frequencyPenalty * Double(count))
            }
        }
    }

    /// Draws one of the tokens that the filters leave.
    private mutating func draw(_ scores: [Float], maximum: Float) -> Int {
        let candidates = candidates(scores, maximum: maximum)
        let total = candidates.reduce(0) { $0 + $1.weight }
        var rest = generator.uniform() * total
        for candidate in candidates {
            rest -= candidate.weight
            if rest < 0 { return candidate.token }
        }
        // Rounding may leave a little; the last token with any weight is as good.
        return candidates.last { $0.weight > 0 }?.token ?? candidates[0].token
    }

    /// The tokens that temperature and filters leave of scores with a maximum, in their order.
    private func candidates(_ scores: [Float], maximum: Float) -> [Candidate] {
        var threshold = -Float.infinity
        if let topK = options.topK, topK < scores.count { threshold = largestValue(scores, rank: topK) }
        var candidates: [Candidate] = []
        for (token, score) in scores.enumerated() where score >= threshold && score > -.infinity {
            candidates.append(Candidate(token: token, weight: exp(Double(score - maximum) / options.temperature)))
        }
        if options.topP < 1 { keepLikeliest(&candidates, mass: options.topP) }
        if options.minP > 0 { candidates.removeAll { $0.weight < options.minP } }
        if options.typicalP < 1 { keepTypical(&candidates, mass: options.typicalP) }
        return candidates.sorted { $0.token < $1.token }
    }

    /// The probabilities that tokens are drawn with after penalties and filters, `[vocabulary]`.
    func probabilities(_ logits: [Float]) -> [Double] {
        var scores = logits
        penalize(&scores)
        var result = [Double](repeating: 0, count: scores.count)
        guard let likeliest = scores.withUnsafeBufferPointer(largest) else { return result }
        let candidates = candidates(scores, maximum: scores[likeliest])
        let total = candidates.reduce(0) { $0 + $1.weight }
        for candidate in candidates { result[candidate.token] = candidate.weight / total }
        return result
    }

    private struct Candidate {
        var token: Int
        /// Proportional to the probability; 1 for the likeliest token.
        var weight: Double
    }

    /// The value at a rank, from the largest, counted from 1.
    private func largestValue(_ scores: [Float], rank: Int) -> Float {
        // A heap of the largest so far, the smallest of them on top; k is small, the vocabulary is not.
        var kept = Array(scores.prefix(rank)).sorted()
        if rank > 512 { return scores.sorted(by: >)[rank - 1] }
        for score in scores.dropFirst(rank) where score > kept[0] {
            var place = 0
            while place + 1 < rank, kept[place + 1] < score {
                kept[place] = kept[place + 1]
                place += 1
            }
            kept[place] = score
        }
        return kept[0]
    }

    /// The fewest of the likeliest tokens that together have a share of the probability; at least one.
    private func keepLikeliest(_ candidates: inout [Candidate], mass: Double) {
        let total = candidates.reduce(0) { $0 + $1.weight }
        // Tokens this unlikely have less than 1 - mass together even if there are no others: no need to sort them.
        let negligible = (1 - mass) * total / Double(candidates.count)
        candidates.removeAll { $0.weight < negligible }
        candidates.sort { ($1.weight, $0.token) < ($0.weight, $1.token) }
        var sum = 0.0
        let count = candidates.prefix { candidate in
            defer { sum += candidate.weight }
            return sum < mass * total
        }.count
        candidates.removeLast(candidates.count - max(1, count))
    }

    /// The tokens whose surprise is closest to the mean surprise, until they have a share of the probability.
    private func keepTypical(_ candidates: inout [Candidate], mass: Double) {
        candidates.removeAll { $0.weight == 0 }
        let total = candidates.reduce(0) { $0 + $1.weight }
        let entropy = candidates.reduce(0) { $0 - $1.weight / total * log($1.weight / total) }
        func distance(_ candidate: Candidate) -> Double { abs(-log(candidate.weight / total) - entropy) }
        let order = candidates.map { ($0, distance($0)) }.sorted { ($0.1, $0.0.token) < ($1.1, $1.0.token) }
        var sum = 0.0
        let count = order.prefix { candidate in
            sum += candidate.0.weight
            return sum < mass * total
        }.count
        let limit = order[min(count, order.count - 1)].1
        candidates.removeAll { distance($0) > limit }
    }
}
