import Autograd
import Tensor

// The operations of neural networks.

extension OperationTable {
    static var matrices: [String: Operation] {
        [
            "matmul": one { $0(0).matmul($0(1)) },
            "matmul_nt": one { $0(0).matmul($0(1).transposed()) },
            "matmul_tn": one { $0(0).transposed().matmul($0(1)) },
            "linear": one { $0(0).linear($0(1), bias: $0(2)) }, "outer": one { $0(0).outer($0(1)) },
            "addmm": one { a in
                a(0) * a.scalar("beta")! + a(1).matmul(a(2)) * a.scalar("alpha")!
            },
            "kron": one { $0(0).kron($0(1)) },
            "bilinear": one { $0(0).bilinear($0(1), weight: $0(2), bias: $0(3)) },
            "cdist": one { $0(0).pairwiseDistances(to: $0(1)) },
        ]
    }

    static var losses: [String: Operation] {
        @Sendable func reduction(_ a: Arguments) -> LossReduction {
            switch a.string("reduction") {
            case "none": .none
            case "sum": .sum
            default: .mean
            }
        }
        @Sendable func targets(_ a: Arguments) -> Tensor<Int64> { Tensor(a.ints("targets")!.map { Int64($0) }) }
        return [
            "cross_entropy": one { a in
                crossEntropy(
                    a(0), targets(a), weights: a.count > 1 ? a(1).value : nil,
                    smoothing: a.double("label_smoothing") ?? 0, reduction: reduction(a))
            },
            "cross_entropy_soft": one { crossEntropy($0(0), distributions: $0(1).value) },
            "nll_loss": one { negativeLogLikelihood($0(0).logSoftmax(), targets($0)) },
            "mse_loss": one { meanSquaredError($0(0), $0(1)) }, "l1_loss": one { meanAbsoluteError($0(0), $0(1)) },
            "smooth_l1": one { smoothL1Loss($0(0), $0(1), beta: $0.scalar("beta")!) },
            "huber": one { huberLoss($0(0), $0(1), delta: $0.scalar("delta")!) },
            "bce_with_logits": one { a in
                binaryCrossEntropy(logits: a(0), a(1).detached(), positiveWeight: a.scalar("pos_weight") ?? 1)
            },
            "kl_div": one { klDivergence($0(0).logSoftmax(), logTarget: $0(1).logSoftmax()) },
            "gaussian_nll": one { gaussianNLL($0(0), $0(1), variance: $0(2), isFull: true) },
            "cosine_similarity": one { cosineSimilarity($0(0), $0(1)) },
            "triplet_margin": one { tripletLoss(anchor: $0(0), positive: $0(1), negative: $0(2)) },
            "margin_ranking": one { a in
                marginRankingLoss(a(0), a(1), target: Tensor(ones: a(0).shape), margin: a.scalar("margin")!)
            },
            "poisson_nll": one { poissonNLL(logRate: $0(0), $0(1).detached()) },
        ]
    }

    static var normalisation: [String: Operation] {
        [
            "layer_norm": one { a in
                let epsilon = a.scalar("eps")!
                guard let shape = a.ints("normalized_shape"), shape.count > 1 else {
                    return a(0).layerNorm(
                        weight: a.count > 1 ? a(1) : nil, bias: a.count > 2 ? a(2) : nil, epsilon: epsilon)
                }
                let x = a(0)
                let flat = x.reshaped(Array(x.shape.dropLast(shape.count)) + [-1])
                return flat.layerNorm(epsilon: epsilon).reshaped(x.shape)
            },
            "rms_norm": one { $0(0).rmsNorm(weight: $0(1), epsilon: $0.scalar("eps")!) },
            "group_norm": one {
                $0(0).groupNorm(groups: $0.int("groups")!, weight: $0(1), bias: $0(2), epsilon: $0.scalar("eps")!)
            },
            "instance_norm": one { $0(0).instanceNorm(epsilon: $0.scalar("eps")!) },
            "batch_norm": one { a in
                a.flag("training")
                    ? a(0).batchNorm(weight: a(1), bias: a(2), epsilon: a.scalar("eps")!).output
                    : a(0).batchNorm(
                        mean: a(1).value, variance: a(2).value, weight: a(3), bias: a(4), epsilon: a.scalar("eps")!)
            },
            "normalize": one { $0(0).l2Normalized(axis: $0.axis, epsilon: $0.scalar("eps")!) },
        ]
    }

    static var attention: [String: Operation] {
        @Sendable func attend(_ a: Arguments) -> Variable<Scalar> {
            var mask: AttentionMask<Scalar> = .none
            if let window = a.int("window") {
                mask = .causalWindow(window)
            } else if a.flag("causal") {
                mask = .causal
            } else if a.count > 3 {
                mask = a.inputs[3].dtype == .bool ? .allowed(a.mask(3)) : .additive(a(3))
            } else if a.name == "sdpa_fully_masked_row" {
                mask = .allowed(Tensor([[false, false], [true, false]]))
            }
            return Autograd.attention(query: a(0), key: a(1), value: a(2), mask: mask)
        }
        return ["attention": one { attend($0) }, "attention_gqa": one { attend($0) }]
    }
}
