import Autograd
import Tensor
import Testing

@Suite("Gradients of normalisation, losses and attention")
struct FunctionalCheckTests {
    // MARK: Normalisation

    static let normalization: [GradientCase] = [
        GradientCase("layerNorm", input([3, 4])) { $0.layerNorm() },
        GradientCase("layerNorm with weight", input([3, 4]), input([4])) { $0.layerNorm(weight: $1) },
        GradientCase("layerNorm with bias", input([3, 4]), input([4])) { $0.layerNorm(bias: $1) },
        GradientCase("layerNorm with both", input([2, 2, 3]), input([3]), input([3])) {
            $0.layerNorm(weight: $1, bias: $2, epsilon: 0.1)
        },
        GradientCase("layerNorm of a vector", input([5]), input([5]), input([5])) {
            $0.layerNorm(weight: $1, bias: $2)
        },
        GradientCase("layerNorm of no rows", input([0, 3]), input([3]), input([3])) {
            $0.layerNorm(weight: $1, bias: $2)
        },
        GradientCase("layerNorm of single elements", input([3, 1])) { $0.layerNorm(epsilon: 0.1) },
        GradientCase("layerNorm of a transpose", input([4, 3]), input([4])) { $0.transposed().layerNorm(weight: $1) },
        GradientCase("rmsNorm", input([3, 4])) { $0.rmsNorm() },
        GradientCase("rmsNorm with weight", input([2, 2, 3]), input([3])) { $0.rmsNorm(weight: $1, epsilon: 0.1) },
        GradientCase("rmsNorm of no rows", input([0, 3]), input([3])) { $0.rmsNorm(weight: $1) },
        GradientCase("batchNorm", input([4, 3])) { $0.batchNorm(epsilon: 0.1).output },
        GradientCase("batchNorm of maps", input([2, 3, 2]), input([3]), input([3])) {
            $0.batchNorm(weight: $1, bias: $2).output
        },
        GradientCase("batchNorm in evaluation", input([2, 3, 2]), input([3]), input([3])) {
            $0.batchNorm(mean: Tensor([0.1, 0.2, 0.3]), variance: Tensor([1, 2, 3]), weight: $1, bias: $2)
        },
        GradientCase("groupNorm", input([2, 4, 3]), input([4]), input([4])) {
            $0.groupNorm(groups: 2, weight: $1, bias: $2)
        },
        GradientCase("groupNorm of no samples", input([0, 4, 3]), input([4])) { $0.groupNorm(groups: 2, weight: $1) },
        GradientCase("instanceNorm", input([2, 2, 4]), input([2]), input([2])) {
            $0.instanceNorm(weight: $1, bias: $2)
        },
        GradientCase("l2Normalized", input([3, 4])) { $0.l2Normalized(axis: 0) },
    ]

    @Test("normalisation", arguments: normalization)
    func checkNormalization(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    // MARK: Losses

    static let reductions: [LossReduction] = [.none, .mean, .sum]
    static let targets = Tensor<Int64>([2, 0, -100, 1])
    static let classWeights = Tensor<Double>([0.5, 1.5, 2])

    static func crossEntropyCases(_ reduction: LossReduction) -> [GradientCase] {
        var cases = [
            GradientCase("crossEntropy of distributions \(reduction)", input([2, 3])) {
                crossEntropy($0, distributions: Tensor([[0.2, 0.3, 0.5], [0, 1, 0]]), reduction: reduction)
            },
            GradientCase("negativeLogLikelihood \(reduction)", input([4, 3])) {
                negativeLogLikelihood($0.logSoftmax(), targets, reduction: reduction)
            },
        ]
        for smoothing in [0, 0.2] {
            for weights in [nil, classWeights] {
                let kind = weights == nil ? "plain" : "weighted"
                cases.append(
                    GradientCase("crossEntropy \(reduction), smoothing \(smoothing), \(kind)", input([4, 3])) {
                        crossEntropy($0, targets, weights: weights, smoothing: smoothing, reduction: reduction)
                    })
            }
        }
        return cases
    }

    static let specialCrossEntropies: [GradientCase] = [
        GradientCase("crossEntropy ignoring a class", input([4, 3])) {
            crossEntropy($0, Tensor([2, 0, 1, 1]), ignoring: 1)
        },
        GradientCase("crossEntropy of no rows", input([0, 3])) {
            crossEntropy($0, Tensor(zeros: [0]), reduction: .sum)
        },
    ]

    @Test("cross-entropy with every option", arguments: reductions.flatMap(crossEntropyCases) + specialCrossEntropies)
    func checkCrossEntropies(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    static let lossCases: [GradientCase] =
        reductions.flatMap { reduction in
            [
                GradientCase("meanSquaredError \(reduction)", input([2, 3]), input([3])) {
                    meanSquaredError($0, $1, reduction: reduction)
                },
                GradientCase("meanAbsoluteError \(reduction)", input([2, 3]), input([3])) {
                    meanAbsoluteError($0, $1, reduction: reduction)
                },
                GradientCase("huberLoss \(reduction)", input([2, 3]), input([2, 3])) {
                    huberLoss($0, $1, delta: 0.7, reduction: reduction)
                },
                GradientCase("smoothL1Loss \(reduction)", input([2, 3]), input([2, 3])) {
                    smoothL1Loss($0, $1, beta: 0.7, reduction: reduction)
                },
                GradientCase("smoothL1Loss without a smooth part \(reduction)", input([2, 3]), input([2, 3])) {
                    smoothL1Loss($0, $1, beta: 0, reduction: reduction)
                },
                GradientCase("binaryCrossEntropy \(reduction)", input([2, 3]), input([2, 3], 0.1...0.9)) {
                    binaryCrossEntropy(logits: $0, $1, positiveWeight: 2.5, reduction: reduction)
                },
                GradientCase("klDivergence \(reduction)", input([2, 3]), input([2, 3])) {
                    klDivergence($0.logSoftmax(), logTarget: $1.logSoftmax(), reduction: reduction)
                },
                GradientCase("gaussianNLL \(reduction)", input([2, 3]), input([2, 3]), input([2, 1], 0.3...2)) {
                    gaussianNLL($0, $1, variance: $2, isFull: true, reduction: reduction)
                },
                GradientCase("poissonNLL \(reduction)", input([2, 3]), input([2, 3], 0...4)) {
                    poissonNLL(logRate: $0, $1, reduction: reduction)
                },
                GradientCase("tripletLoss \(reduction)", input([2, 3]), input([2, 3]), input([2, 3])) {
                    tripletLoss(anchor: $0, positive: $1, negative: $2, margin: 2, reduction: reduction)
                },
                GradientCase("marginRankingLoss \(reduction)", input([4]), input([4])) {
                    marginRankingLoss($0, $1, target: Tensor([1, -1, 1, -1]), margin: 0.3, reduction: reduction)
                },
            ]
        }

    static let similarities: [GradientCase] = [
        GradientCase("cosineSimilarity", input([2, 3]), input([2, 3])) { cosineSimilarity($0, $1) },
        GradientCase("cosineSimilarity, axis 0", input([3, 2]), input([3, 1])) {
            cosineSimilarity($0, $1, axis: 0)
        },
    ]

    @Test("losses", arguments: lossCases + similarities)
    func checkLosses(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test("rows that are ignored have exactly gradient 0, and the mean of no rows is NaN")
    func ignoredRows() {
        let logits = V(Tensor(randomNormal: [4, 3], key: RandomKey(seed: 1)))
        for weights in [nil, Self.classWeights] {
            let slope = gradient(at: logits) { crossEntropy($0, Self.targets, weights: weights, smoothing: 0.1) }
            #expect(slope.value[2].array == [0, 0, 0])
            #expect(crossEntropy(logits, Tensor(repeating: -100, shape: [4]), weights: weights).scalar.isNaN)
        }
    }

    @Test("an impossible class that is not the target costs nothing, in every path")
    func impossibleClasses() {
        let logits = V(Tensor([[0.5, -.infinity, 1.5]]))
        let expected = -(V(Tensor([0.5, 1.5])).logSoftmax().value.array[0])
        for weights in [nil, Tensor<Double>(ones: [3])] {
            for reduction in Self.reductions {
                let (value, slope) = valueAndGradient(at: logits) {
                    crossEntropy($0, Tensor([0]), weights: weights, reduction: reduction)
                }
                #expect(abs(value.value.flattened()[0].scalar - expected) < 1e-15)
                #expect(slope.value.array.allSatisfy { $0.isFinite })
                #expect(slope.value.array[1] == 0)
            }
        }
    }

    // MARK: Gating

    static let gating: [GradientCase] = [
        GradientCase("glu", input([3, 4])) { $0.glu() },
        GradientCase("glu, axis 0", input([4, 3])) { $0.glu(axis: 0) },
        GradientCase("swiGLU", input([3, 4]), input([3, 4])) { $0.swiGLU($1) },
        GradientCase("dropout", input([3, 4])) { $0.dropout(probability: 0.4, key: RandomKey(seed: 5)) },
        GradientCase("dropout of nothing", input([3, 4])) { $0.dropout(probability: 0, key: RandomKey(seed: 5)) },
        GradientCase("dropout of everything", input([3, 4])) { $0.dropout(probability: 1, key: RandomKey(seed: 5)) },
    ]

    @Test("gates and dropout", arguments: gating)
    func checkGating(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    // MARK: Attention

    static let allowed = Tensor<Bool>([true, false, true, false, false, false, true, true, true], shape: [3, 3])

    static func attentionCases(_ name: String, _ mask: @escaping @Sendable () -> AttentionMask<Double>)
        -> [GradientCase]
    {
        let queries = input([2, 2, 3, 2])
        return [
            GradientCase("attention, \(name)", queries, input([2, 2, 3, 2]), input([2, 2, 3, 1])) {
                attention(query: $0, key: $1, value: $2, mask: mask())
            },
            GradientCase("grouped attention, \(name)", queries, input([2, 1, 3, 2]), input([2, 1, 3, 2])) {
                attention(query: $0, key: $1, value: $2, mask: mask(), scale: 0.3)
            },
        ]
    }

    static let masks: [[GradientCase]] = [
        attentionCases("no mask") { .none }, attentionCases("causal") { .causal },
        attentionCases("window") { .causalWindow(2) }, attentionCases("a row masked") { .allowed(allowed) },
        attentionCases("all masked") { .allowed(Tensor(zeros: [1, 1, 3, 3])) },
    ]

    static let attentions: [GradientCase] = [
        GradientCase(
            "attention, additive",
            [input([1, 2, 2, 2]), input([1, 2, 3, 2]), input([1, 2, 3, 2]), input([2, 2, 3])]
        ) { attention(query: $0[0], key: $0[1], value: $0[2], mask: .additive($0[3])) },
        GradientCase("attention, more keys", input([1, 1, 2, 2]), input([1, 1, 4, 2]), input([1, 1, 4, 2])) {
            attention(query: $0, key: $1, value: $2, mask: .causal)
        },
        GradientCase("attention, fewer keys", input([1, 1, 4, 2]), input([1, 1, 2, 2]), input([1, 1, 2, 2])) {
            attention(query: $0, key: $1, value: $2, mask: .causal)
        },
        GradientCase("attention, no keys", input([1, 1, 2, 2]), input([1, 1, 0, 2]), input([1, 1, 0, 2])) {
            attention(query: $0, key: $1, value: $2)
        },
        GradientCase("attention, no batch", input([0, 1, 2, 2]), input([0, 1, 2, 2]), input([0, 1, 2, 2])) {
            attention(query: $0, key: $1, value: $2, mask: .causal)
        },
    ]

    @Test("attention with every mask", arguments: masks.flatMap { $0 } + attentions)
    func checkAttentions(_ gradientCase: GradientCase) throws { try gradientCase.check() }

    @Test("a query that sees no key gives zeros and gets gradient zero")
    func maskedQuery() {
        let keys = RandomKey(seed: 2).split(3)
        let inputs = keys.map { V(Tensor(randomNormal: [1, 1, 3, 2], key: $0)) }
        let bias = Self.allowed.select(Tensor(0.0), Tensor(-.infinity))
        for mask in [.allowed(Self.allowed), .additive(V(bias))] as [AttentionMask<Double>] {
            let (value, slopes) = valueAndGradient(at: inputs) {
                attention(query: $0[0], key: $0[1], value: $0[2], mask: mask)[0, 0, 1].squared().sum()
            }
            #expect(value.scalar == 0)
            for slope in slopes { #expect(slope.value == Tensor(zeros: [1, 1, 3, 2])) }
        }
    }
}
