import Autograd
import NN
import Tensor

/// The adapters of a model (LoRA, arXiv 2106.09685), trained in the model's place: a value with parameters of its own.
///
/// ```swift
/// var adapters = LowRankAdapters(for: model, settings: .init(rank: 8), key: RandomKey(seed: 1))
/// let (loss, gradient) = valueAndGradient(at: adapters) { model.adapted(by: $0).loss(batch) }
/// optimizer.update(&adapters, along: gradient)
/// let tuned = model.adapted(by: adapters).merged()
/// ```
///
/// The model's own weights are constants meanwhile: they may be quantised, and nothing is kept for their gradients.
public struct LowRankAdapters: Parameterized {
    /// Which maps are adapted, and how strongly.
    public struct Settings: Sendable, Hashable {
        /// The rank of the products.
        public var rank: Int
        /// What the products are multiplied by, before the division by the rank or its root.
        public var alpha: Double
        /// Divide by the root of the rank instead of the rank (rsLoRA, arXiv 2312.03732).
        public var isRankStabilized: Bool
        /// The paths of the maps or what they end with, such as `q_proj` or `attn.c_proj`; nil for the maps of attention.
        public var targets: Set<String>?

        /// Describes adapters.
        public init(rank: Int = 8, alpha: Double = 16, isRankStabilized: Bool = false, targets: Set<String>? = nil) {
            self.rank = rank
            self.alpha = alpha
            self.isRankStabilized = isRankStabilized
            self.targets = targets
        }

        /// Whether a target names a map: as PEFT does, by its path or by whole names at the path's end.
        func contains(_ path: String) -> Bool {
            targets?.contains { path == $0 || path.hasSuffix("." + $0) } ?? false
        }

        /// The factor of a product.
        var scale: Float { Float(alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank))) }
    }

    /// The settings.
    public let settings: Settings

    /// The paths of the adapted maps, such as `model.layers.0.self_attn.q_proj`.
    public let paths: [String]

    /// One adapter for each path.
    public var adapters: [LowRankAdapter]

    init(settings: Settings, paths: [String], adapters: [LowRankAdapter]) {
        self.settings = settings
        self.paths = paths
        self.adapters = adapters
    }

    /// Creates adapters that change nothing yet: A as PyTorch draws a linear layer's weight, B zero.
    ///
    /// Traps if the rank is not positive or no map of the model has one of the names.
    public init(for model: TransformerModel, settings: Settings = Settings(), key: RandomKey) {
        guard settings.rank > 0 else { trap("LowRankAdapters: the rank \(settings.rank) is not positive") }
        var paths: [String] = []
        var adapters: [LowRankAdapter] = []
        var chosen = settings
        if settings.targets == nil { chosen.targets = model.attentionMapPaths }
        var copy = model
        copy.updateProjections { path, projection in
            guard chosen.contains(path) else { return }
            let down: Tensor<Float> = Initializer.standard(
                [settings.rank, projection.inputs], key: key.folded(paths.count))
            let up = Tensor<Float>(zeros: [projection.outputs, settings.rank])
            paths.append(path)
            adapters.append(LowRankAdapter(down: Variable(down), up: Variable(up), scale: settings.scale))
        }
        guard !paths.isEmpty else {
            trap("LowRankAdapters: the model has no map called \((settings.targets ?? []).sorted())")
        }
        self.init(settings: settings, paths: paths, adapters: adapters)
    }

    /// Visits the matrices by the paths of their maps, `....q_proj.lora_A.weight`.
    public mutating func visitParameters(_ visitor: inout some ParameterVisitor<Float>) {
        for index in adapters.indices { visitor.visit(paths[index], &adapters[index]) }
    }
}

/// The last part of a path.
func lastName(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }

extension TransformerModel {
    /// The paths of attention's maps. Their last names alone may be those of other maps too.
    var attentionMapPaths: Set<String> {
        let names = ParameterNames.huggingFace(configuration.family)
        let parts = names.attentionInputs + [names.attentionOutput]
        return Set(blocks.indices.flatMap { layer in parts.map { names.block(layer) + $0 } })
    }

    /// The shortest endings of paths that name some maps and no others, sorted: what PEFT finds them by.
    func targetNames(of paths: [String]) -> [String] {
        /// The endings of a path that are whole names, the shortest first.
        func endings(_ path: String) -> [String] {
            let parts = path.split(separator: ".")
            return (1...max(1, parts.count)).map { parts.suffix($0).joined(separator: ".") }
        }
        var counts: [String: Int] = [:]
        var copy = self
        copy.updateProjections { path, _ in for ending in endings(path) { counts[ending, default: 0] += 1 } }
        for path in paths { for ending in endings(path) { counts[ending, default: 0] -= 1 } }
        return Set(paths.map { path in endings(path).first { counts[$0] == 0 } ?? path }).sorted()
    }

    /// The model with adapters on its maps; adapters it had before go.
    ///
    /// Traps if the model lacks one of the maps.
    public func adapted(by adapters: LowRankAdapters) -> TransformerModel {
        var result = self
        var found = 0
        let positions = Dictionary(uniqueKeysWithValues: zip(adapters.paths, adapters.adapters.indices))
        result.updateProjections { path, projection in
            projection.adapter = positions[path].map { adapters.adapters[$0] }
            if projection.adapter != nil { found += 1 }
        }
        guard found == adapters.paths.count else {
            trap("adapted(by:): the model has \(found) of the \(adapters.paths.count) maps that are adapted")
        }
        return result
    }
}
