import Glibc

/// Where the real models and texts of workloads lie; `peers/prepare.py` makes what `make models` does not fetch.
enum Files {
    /// `MARTLET_MODELS`, or ~/.cache/martlet/models.
    static let models: String = {
        func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        let cache = environment("XDG_CACHE_HOME") ?? "\(environment("HOME") ?? "")/.cache"
        return environment("MARTLET_MODELS") ?? "\(cache)/martlet/models"
    }()
    static let smolLM2 = "\(models)/SmolLM2-135M-Instruct.Q4_1.gguf"
    static let miniLM = "\(models)/all-MiniLM-L6-v2"
    /// Ten megabytes of English.
    static let text = ".data/text.txt"
    /// 256 sentences, one on a line.
    static let sentences = ".data/sentences.txt"
    /// Qwen's vocabulary of 151 thousand tokens as tokenizer.json.
    static let qwen = ".data/qwen"
}
