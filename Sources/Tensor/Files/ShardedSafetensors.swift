/// Tensors that are spread over several safetensors files, found through `model.safetensors.index.json`.
///
/// ```swift
/// let weights = try ShardedSafetensors(index: "llama/model.safetensors.index.json")
/// let norm = try weights.tensor(named: "model.norm.weight")
/// ```
public struct ShardedSafetensors: Sendable {
    /// The files, in the order in which the index first names them.
    public let shards: [SafetensorsFile]

    /// The names of all tensors, in the order of the index.
    public let names: [String]

    private let shardOfName: [Int]
    private let index: NameIndex

    /// Opens every file that the index names; the files lie beside it.
    ///
    /// - Throws: ``TensorFileError`` also if a file lacks a tensor that the index puts there.
    public init(index path: String) throws(TensorFileError) {
        let json = try MappedFile(contentsOf: path).json()
        guard let weightMap = json["weight_map"]?.objectValue else {
            throw TensorFileError(
                path: path, problem: "there is no weight map", field: "weight_map", expected: "file names by tensor")
        }
        let directory = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
        var shards: [SafetensorsFile] = []
        var fileNames: [String] = []
        var names: [String] = []
        var shardOfName: [Int] = []
        var index = NameIndex()
        for member in weightMap.members {
            // A name with a slash could lead out of the directory.
            guard let fileName = member.value.stringValue, !fileName.isEmpty, !fileName.utf8.contains(0x2F),
                !fileName.utf8.contains(0)
            else {
                throw TensorFileError(
                    path: path, problem: "the value is not a plain file name", field: "weight_map.\(member.key)",
                    expected: "a file beside the index")
            }
            let shard: Int
            if let known = fileNames.firstIndex(where: { $0.utf8.elementsEqual(fileName.utf8) }) {
                shard = known
            } else {
                shard = shards.count
                shards.append(try SafetensorsFile(contentsOf: directory + fileName))
                fileNames.append(fileName)
            }
            guard shards[shard].entry(named: member.key) != nil else {
                throw TensorFileError(
                    path: path, problem: "the file \(fileName) has no tensor \"\(member.key)\"",
                    field: "weight_map.\(member.key)")
            }
            names.append(member.key)
            shardOfName.append(shard)
            _ = index.insertLast(member.key) { names[$0] }
        }
        self.shards = shards
        self.names = names
        self.shardOfName = shardOfName
        self.index = index
    }

    /// The file that holds a tensor, or nil.
    public func shard(of name: String) -> SafetensorsFile? {
        index.position(of: name) { names[$0] }.map { shards[shardOfName[$0]] }
    }

    /// The tensor of a name; see ``SafetensorsFile/tensor(named:)``.
    public func tensor(named name: String) throws(TensorFileError) -> AnyTensor {
        guard let shard = shard(of: name) else {
            throw TensorFileError(
                path: shards.first?.path ?? "empty index", problem: "no file has a tensor \"\(name)\"", field: name,
                expected: "one of the index's \(names.count) tensors")
        }
        return try shard.tensor(named: name)
    }
}
