import Glibc

/// The two small models that `make models` fetches.
enum KnownModel: String {
    /// A language model for chats, 135 million parameters (GGUF, Q4_1).
    case smolLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf"
    /// A sentence encoder.
    case miniLM = "all-MiniLM-L6-v2"

    /// The path, if the model is there.
    var path: String? {
        let path = "\(KnownModel.folder)/\(rawValue)"
        return access(path, R_OK) == 0 ? path : nil
    }

    /// The path; says how to get the model where it is absent.
    func requiredPath() throws(CommandError) -> String {
        guard let path else {
            throw CommandError(
                "\(rawValue) is not in \(KnownModel.folder): run `make models`, or name a model with --model.")
        }
        return path
    }

    /// MARTLET_MODELS, or martlet/models in the user's cache folder.
    static var folder: String {
        if let folder = environment("MARTLET_MODELS") { return folder }
        return (environment("XDG_CACHE_HOME") ?? "\(environment("HOME") ?? "")/.cache") + "/martlet/models"
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
