import Glibc
import NN
import Report
import Tabular
import Tensor

/// Everything in the package that replaces a file or a folder.
enum Writer: String, CaseIterable, Codable, Sendable {
    case npy, npz, safetensors, json, csv, model, checkpoint, figure, page

    /// Writes one of two contents, each above 50 KB, under the name `target` into a folder.
    func write(_ version: Int, into folder: String) throws {
        let path = "\(folder)/target"
        let numbers = Tensor<Float>(randomNormal: [128, 128], key: RandomKey(seed: UInt64(version)))
        switch self {
        case .npy: try numbers.write(to: path)
        case .npz: try NPZ.write([("a", AnyTensor(numbers)), ("b", AnyTensor(numbers))], to: path)
        case .safetensors: try SafetensorsFile.write([("a", AnyTensor(numbers))], to: path)
        case .json:
            let values = numbers.array.map { JSON.number(Double($0)) }
            try AtomicFile.write(to: path, JSON.array(values).utf8())
        case .csv: try Table([Column("x", numbers.array.map(Double.init))]).write(csv: path)
        case .model: try model(version).save(to: path)
        case .checkpoint:
            // A folder with one step; the same step again, so that the old one must give way to the new one.
            try CheckpointFolder(path).write(step: 1, keeping: 1) { (folder) throws(CheckpointError) in
                try model(version).save(to: "\(folder)/model.safetensors")
                try model(version).save(to: "\(folder)/optimizer.safetensors")
            }
        case .figure:
            var figure = Figure(title: "Version \(version)")
            for part in 0..<40 {
                let y = numbers.array[part * 100..<part * 100 + 100].map(Double.init)
                figure.add(.line(x: (0..<100).map(Double.init), y: y, label: "part \(part)"))
            }
            try figure.write(to: path)
        case .page:
            var page = ReportPage(title: "Version \(version)")
            page.addParagraph(String(repeating: "a", count: 60_000))
            try page.write(to: path)
        }
    }

    private func model(_ version: Int) -> MLP<Float> {
        MLP<Float>(sizes: [100, 150, 10], activation: .relu, key: RandomKey(seed: UInt64(version)))
    }

    /// What a reader finds in the folder: the bytes of every file that is not hidden, by its path.
    static func visible(in folder: String) -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        for name in names(in: folder) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            if let file = try? MappedFile(contentsOf: path) {
                result[name] = file.array
            } else {
                for (part, bytes) in visible(in: path) { result["\(name)/\(part)"] = bytes }
            }
        }
        return result
    }

    /// What is hidden in the folder: temporary files.
    static func hidden(in folder: String) -> [String] {
        names(in: folder).flatMap { name in
            name.hasPrefix(".") ? [name] : hidden(in: "\(folder)/\(name)").map { "\(name)/\($0)" }
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }
}

/// Whether an error is one of the package's own.
func isTyped(_ error: any Error) -> Bool {
    error is TensorFileError || error is TableError || error is CheckpointError || error is ReportError
}
