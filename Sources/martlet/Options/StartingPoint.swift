import ArgumentParser
import Transformer

/// Which model learns on, and how.
struct StartingPoint: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The model that learns on: a GGUF file or a folder.", valueName: "path"),
        completion: .file())
    var model: String?

    @Flag(help: "Train small adapters beside the model (LoRA), which stays as it is and may be quantised.")
    var lora = false

    @Option(help: ArgumentHelp("The width of the adapters.", valueName: "count"))
    var rank = 8

    @Option(help: ArgumentHelp("The strength of the adapters, divided by their rank.", valueName: "number"))
    var alpha = 16.0

    @Option(help: "Which maps get adapters.")
    var adapt = Maps.attention

    /// The maps that can have adapters.
    enum Maps: String, CaseIterable, ExpressibleByArgument {
        case attention, all

        /// Their last names in transformers' files; nil for the maps of attention.
        var targets: Set<String>? {
            switch self {
            case .attention: nil
            case .all:
                [
                    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "c_attn", "c_proj",
                    "c_fc",
                ]
            }
        }
    }

    mutating func validate() throws {
        if rank < 1 { throw ValidationError("--rank is \(rank); expected at least 1.") }
        if !alpha.isFinite || alpha <= 0 { throw ValidationError("--alpha is \(alpha); expected a positive number.") }
    }

    var settings: LowRankAdapters.Settings { .init(rank: rank, alpha: alpha, targets: adapt.targets) }
}
