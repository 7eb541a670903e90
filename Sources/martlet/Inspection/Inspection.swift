import Glibc
import NN
import Report
import Tensor
import Tokenizers
import Transformer

/// Describes what is in files, for people.
struct Inspection {
    let listsAllTensors: Bool

    /// How many tensors are listed unless all are.
    private static let shownTensors = 12

    func describe(_ content: FileContent) throws -> String {
        switch content {
        case .gguf(let file): describe(file)
        case .safetensors(let file): describe(file)
        case .shards(let files, let path):
            "\(path): an index of \(files.shards.count) safetensors files with \(files.names.count) tensors\n"
                + files.shards.map { "\n" + describe($0) }.joined()
        case .npy(let tensor, let path): "\(path): a NumPy array\n\n" + describe([("", tensor)])
        case .npz(let tensors, let path):
            "\(path): an archive of \(tensors.count) NumPy arrays\n\n" + describe(tensors)
        case .tokenizer(let tokenizer, let path): "\(path): a tokenizer\n\n" + describe(tokenizer)
        case .configuration(let json, let path): try describe(json, path)
        case .modelFolder(let folder): try describe(modelFolder: folder)
        case .adapterFolder(let folder): try describe(adapterFolder: folder)
        case .runFolder(let folder): try describe(runFolder: folder)
        }
    }

    // MARK: Files of tensors

    private func describe(_ file: GGUFFile) -> String {
        var table = ReportTable(columns: ["Setting", "Value"])
        for (key, value) in file.metadata { table.add(row: [key, ShortValue.text(of: value)]) }
        let rows = file.entries.map {
            TensorRow(name: $0.name, type: "\($0.format)", shape: $0.shape, byteCount: $0.byteRange.count)
        }
        return "\(file.path): GGUF, version \(file.version)\n\n" + table.text + "\n" + list(rows)
    }

    private func describe(_ file: SafetensorsFile) -> String {
        let notes = file.metadata.map { "\($0.key): \($0.value)\n" }.joined()
        let rows = file.entries.map {
            TensorRow(name: $0.name, type: $0.element.rawValue, shape: $0.shape, byteCount: $0.byteRange.count)
        }
        return "\(file.path): safetensors\n" + notes + "\n" + list(rows)
    }

    private func describe(_ tensors: [(name: String, tensor: AnyTensor)]) -> String {
        var table = ReportTable(columns: ["Name", "Type", "Shape", "Smallest", "Mean", "Largest"])
        for (name, tensor) in tensors {
            let numbers = tensor.cast(to: Double.self)
            func text(_ value: Double) -> String { NumberFormat.significant(5).text(value) }
            let facts =
                numbers.count == 0
                ? ["", "", ""]
                : [text(numbers.minimum().scalar), text(numbers.mean().scalar), text(numbers.maximum().scalar)]
            table.add(row: [name, "\(tensor.dtype)", "\(tensor.shape)"] + facts)
        }
        return table.text
    }

    /// What is listed of a tensor.
    private struct TensorRow {
        let name: String
        let type: String
        let shape: TensorShape
        let byteCount: Int
    }

    private func list(_ rows: [TensorRow]) -> String {
        let count = rows.reduce(0) { $0 + $1.shape.elementCount }
        let bytes = rows.reduce(0) { $0 + $1.byteCount }
        var types: [String: Int] = [:]
        for row in rows { types[row.type, default: 0] += 1 }
        let summary = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        var table = ReportTable(columns: ["Tensor", "Type", "Shape"])
        let shown = listsAllTensors ? rows.count : Inspection.shownTensors
        for row in rows.prefix(shown) { table.add(row: [row.name, row.type, "\(row.shape)"]) }
        var text =
            "\(rows.count) tensors (\(summary.joined(separator: ", "))) with \(count) numbers in \(ShortValue.bytes(bytes))\n\n"
            + table.text
        if rows.count > shown { text += "... and \(rows.count - shown) more; --tensors lists them all\n" }
        return text
    }

    // MARK: Models

    private func describe(_ configuration: TransformerConfiguration) -> String {
        var table = ReportTable(columns: ["Setting", "Value"])
        let windows = Set(configuration.windows.compactMap { $0 }).sorted().map(String.init)
        let facts: [(String, String)] = [
            ("family", configuration.family.rawValue), ("vocabulary", "\(configuration.vocabularySize)"),
            ("width", "\(configuration.hiddenSize)"), ("inner width", "\(configuration.intermediateSize)"),
            ("layers", "\(configuration.layerCount)"),
            ("heads", "\(configuration.headCount) of width \(configuration.headDimension)"),
            ("key and value heads", "\(configuration.keyHeadCount)"), ("context", "\(configuration.maximumPositions)"),
            ("rotary base", configuration.rotary.map { ShortValue.number($0.base) } ?? "none"),
            ("window", windows.isEmpty ? "none" : windows.joined(separator: ", ")),
            ("head tied to the embedding", configuration.tiesEmbeddings ? "yes" : "no"),
            ("end tokens", configuration.endTokens.map(String.init).joined(separator: ", ")),
        ]
        for fact in facts { table.add(row: [fact.0, fact.1]) }
        return table.text
    }

    private func describe(modelFolder folder: String) throws -> String {
        let configuration = try TransformerConfiguration(contentsOf: "\(folder)/config.json")
        var text = "\(folder): a model in Hugging Face's layout\n\n" + describe(configuration)
        for name in ["model.safetensors.index.json", "model.safetensors"] where access("\(folder)/\(name)", R_OK) == 0 {
            text += "\n" + (try describe(FileContent(of: "\(folder)/\(name)")))
            break
        }
        if let tokenizer = try? Tokenizer(directory: folder) {
            text += "\nThe tokenizer\n\n" + describe(tokenizer)
        } else {
            text += "\nThere is no tokenizer that can be read.\n"
        }
        return text
    }

    private func describe(_ json: JSON, _ path: String) throws -> String {
        guard json["model_type"] != nil else {
            return "\(path): JSON\n\n" + (try json.text(indentation: 2)) + "\n"
        }
        return "\(path): the configuration of a model\n\n"
            + describe(try TransformerConfiguration(huggingFace: json, path: path))
    }

    private func describe(adapterFolder folder: String) throws -> String {
        let json = try MappedFile(contentsOf: "\(folder)/adapter_config.json").json()
        var table = ReportTable(columns: ["Setting", "Value"])
        for key in ["base_model_name_or_path", "r", "lora_alpha", "use_rslora", "target_modules"] {
            if let value = json[key] { table.add(row: [key, try value.text()]) }
        }
        let file = try SafetensorsFile(contentsOf: "\(folder)/adapter_model.safetensors")
        return "\(folder): LoRA adapters (PEFT)\n\n" + table.text + "\n" + describe(file)
    }

    private func describe(runFolder folder: String) throws -> String {
        let checkpoints = CheckpointFolder("\(folder)/checkpoints")
        let steps = try checkpoints.steps()
        guard let last = steps.last else { return "\(folder): a training run without checkpoints\n" }
        let list = steps.map(String.init).joined(separator: ", ")
        let file = try SafetensorsFile(contentsOf: "\(checkpoints.path(ofStep: last))/model.safetensors")
        return "\(folder): a training run with checkpoints of the steps \(list)\n\n" + describe(file)
    }

    private func describe(_ tokenizer: Tokenizer) -> String {
        var table = ReportTable(columns: ["Setting", "Value"])
        table.add(row: ["tokens", "\(tokenizer.vocabularySize)"])
        let special = tokenizer.addedTokens.filter(\.isSpecial).map { "\($0.content) = \($0.id)" }
        let shown = special.prefix(8).joined(separator: ", ") + (special.count > 8 ? ", ..." : "")
        table.add(row: ["special tokens", "\(special.count)" + (special.isEmpty ? "" : ": \(shown)")])
        let configuration = tokenizer.configuration
        for (name, token) in [
            ("begin", configuration.bosToken), ("end", configuration.eosToken), ("padding", configuration.padToken),
        ] {
            if let token { table.add(row: [name, token]) }
        }
        table.add(row: ["chat template", configuration.chatTemplate == nil ? "none" : "yes"])
        return table.text
    }
}
