import Autograd
import Glibc
import NN
import Tensor

extension LowRankAdapters {
    private static let prefix = "base_model.model."

    /// Writes a folder that PEFT loads: adapter_config.json and adapter_model.safetensors.
    ///
    /// - Parameters:
    ///   - folder: made if need be.
    ///   - baseModel: the name of the adapted model, for PEFT to find it.
    ///   - model: the adapted model, whose way to store weights the configuration mentions.
    public func save(to folder: String, baseModel: String = "", of model: TransformerModel) throws(ModelFileError) {
        if mkdir(folder, 0o777) != 0, errno != EEXIST {
            throw .file(
                TensorFileError(path: folder, problem: "cannot make the folder: \(String(cString: strerror(errno)))"))
        }
        let targets = model.targetNames(of: paths)
        let task = model.configuration.family.isCausal ? "CAUSAL_LM" : "FEATURE_EXTRACTION"
        let json: JSON = [
            "peft_type": "LORA", "task_type": .string(task), "base_model_name_or_path": .string(baseModel),
            "r": .integer(Int64(settings.rank)), "lora_alpha": .number(settings.alpha),
            "use_rslora": .bool(settings.isRankStabilized), "target_modules": .array(targets.map { .string($0) }),
            "fan_in_fan_out": .bool(model.configuration.family == .gpt2), "bias": "none", "lora_dropout": 0.0,
            "inference_mode": true,
        ]
        let tensors = namedTensors().map { (name: LowRankAdapters.prefix + $0.path, tensor: AnyTensor($0.tensor)) }
        do {
            try SafetensorsFile.write(tensors, metadata: ["format": "pt"], to: "\(folder)/adapter_model.safetensors")
            let text = (try? json.text(indentation: 2)) ?? ""
            try AtomicFile.write(to: "\(folder)/adapter_config.json", Array(text.utf8))
        } catch { throw .file(error) }
    }

    /// Reads a folder that PEFT wrote.
    ///
    /// - Throws: ``ModelFileError`` with everything that does not fit the model or is not supported: DoRA, biases, other
    /// ranks or scales for single maps, layers that were trained as a whole.
    public init(folder: String, for model: TransformerModel) throws(ModelFileError) {
        let path = "\(folder)/adapter_config.json"
        let json: JSON
        do { json = try MappedFile(contentsOf: path).json() } catch { throw .file(error) }
        let settings: Settings
        do { settings = try LowRankAdapters.settings(json, path) } catch { throw .configuration(error) }
        let file: SafetensorsFile
        do { file = try SafetensorsFile(contentsOf: "\(folder)/adapter_model.safetensors") } catch {
            throw .file(error)
        }

        var mismatch = TensorMismatch(path: file.path)
        var wanted: Set<String> = []
        var failure: TensorFileError?
        var found: (paths: [String], adapters: [LowRankAdapter]) = ([], [])
        func tensor(_ name: String, _ shape: TensorShape) -> Variable<Float> {
            wanted.insert(name)
            guard let entry = file.entry(named: name) else {
                mismatch.missing.append(name)
                return Variable(0)
            }
            if entry.shape != shape {
                mismatch.misshaped.append(.init(name: name, expected: shape, found: entry.shape))
            }
            do { return Variable(try file.tensor(named: name).cast(to: Float.self).compacted()) } catch {
                failure = error
                return Variable(0)
            }
        }
        var copy = model
        copy.updateProjections { path, projection in
            let name = LowRankAdapters.prefix + path
            guard file.entry(named: name + ".lora_A.weight") != nil || file.entry(named: name + ".lora_B.weight") != nil
            else { return }
            found.paths.append(path)
            found.adapters.append(
                LowRankAdapter(
                    down: tensor(name + ".lora_A.weight", [settings.rank, projection.inputs]),
                    up: tensor(name + ".lora_B.weight", [projection.outputs, settings.rank]), scale: settings.scale))
        }
        if let failure { throw .file(failure) }
        mismatch.unexpected = file.entries.map(\.name).filter { !wanted.contains($0) }
        guard mismatch.isEmpty else { throw .weights(mismatch) }
        self.init(settings: settings, paths: found.paths, adapters: found.adapters)
    }

    private static func settings(_ json: JSON, _ path: String) throws(ConfigurationError) -> Settings {
        var fields = ConfigurationFields(json)
        let type = fields.text("peft_type")
        if !type.isEmpty, type != "LORA" { fields.note("peft_type", "is \"\(type)\"", expected: "LORA") }
        let settings = Settings(
            rank: fields.size("r"), alpha: fields.number("lora_alpha", default: 8),
            isRankStabilized: fields.flag("use_rslora", default: false),
            targets: json["target_modules"]?.arrayValue.map { Set($0.compactMap(\.stringValue)) })
        fields.requireFlag("use_dora", false)
        if fields.text("bias", default: "none") != "none" { fields.note("bias", "is not none", expected: "none") }
        for key in ["rank_pattern", "alpha_pattern"] where json[key]?.objectValue?.isEmpty == false {
            fields.note(key, "is not empty", expected: "one rank and one alpha for all maps")
        }
        if json["modules_to_save"]?.arrayValue?.isEmpty == false {
            fields.note("modules_to_save", "is not empty", expected: "nothing but adapters")
        }
        try fields.check(path)
        return settings
    }
}
