import Glibc
import GoldenSupport
import Tokenizers
import Transformer

/// The two real models that `make models` fetches; tests that need an absent one are skipped and say so.
enum RealModels {
    static let smolLM2 = path("SmolLM2-135M-Instruct.Q4_1.gguf")
    static let miniLM = path("all-MiniLM-L6-v2")

    /// What skipped tests say.
    static let advice = "the model is not there: run `make models`"

    private static func path(_ name: String) -> String? {
        func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        let cache = environment("XDG_CACHE_HOME") ?? "\(environment("HOME") ?? "")/.cache"
        let path = "\(environment("MARTLET_MODELS") ?? "\(cache)/martlet/models")/\(name)"
        return access(path, R_OK) == 0 ? path : nil
    }
}
