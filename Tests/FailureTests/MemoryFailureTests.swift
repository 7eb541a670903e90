import Glibc
import Tabular
import Tensor
import Testing

/// Too little memory: a computation ends the program and says how many bytes it wanted; reading a file is an error.
@Suite("Allocations that fail")
struct MemoryFailureTests {
    private static let gigabyte = 1 << 30

    @Test("a tensor names the bytes")
    func tensor() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            limitMemory(to: 1 << 28)
            _ = Tensor<Float>(zeros: [1 << 28])
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("out of memory: could not allocate 1073741824 bytes for a tensor"))
    }

    @Test("files that do not fit into memory are errors")
    func files() async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        // Sparse files: they claim a gigabyte and take a few blocks of the disk.
        try Tensor<UInt8>([1]).write(to: "\(path)/npy")
        try enlarge("\(path)/npy", replacing: "(1,), }          ", by: "(1073741824,), } ", to: 128 + Self.gigabyte)
        let header = #"{"x":{"dtype":"F8_E4M3","shape":[1073741824],"data_offsets":[0,1073741824]}}"#
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        try AtomicFile.write(to: "\(path)/safetensors", length + Array(header.utf8))
        truncate("\(path)/safetensors", 8 + header.utf8.count + Self.gigabyte)
        try AtomicFile.write(to: "\(path)/csv", Array("a\n1\n".utf8))
        truncate("\(path)/csv", Self.gigabyte)
        try AtomicFile.write(to: "\(path)/npz", deflatedArchive(claiming: UInt32(Self.gigabyte)))

        await #expect(processExitsWith: .success) { [path = path as String] in
            // The mapping of a file still fits, its copy does not.
            limitMemory(to: 3 << 29)
            expectFailure("could not allocate 1073741824 bytes") { _ = try AnyTensor(contentsOf: "\(path)/npy") }
            expectFailure("could not allocate 4294967296 bytes") {
                _ = try SafetensorsFile(contentsOf: "\(path)/safetensors").tensor(named: "x")
            }
            limitMemory(to: 1 << 29)
            expectFailure("cannot map") { _ = try AnyTensor(contentsOf: "\(path)/npy") }
            expectFailure("could not allocate 1073741824 bytes") { _ = try NPZ.read("\(path)/npz") }
            expectFailure("1073741824 bytes do not fit into memory") { _ = try Table(csv: "\(path)/csv") }
            exit(0)
        }
    }

    /// A member that claims to inflate to more than it does; its packed bytes are many enough for the claim.
    private func deflatedArchive(claiming byteCount: UInt32) throws -> [UInt8] {
        var bytes = try NPZ.bytes([("a", AnyTensor(Tensor<UInt8>(zeros: [1 << 21])))])
        // The only directory entry stands before the end record: 46 bytes and the name `a.npy`.
        let entry = bytes.count - 22 - 46 - 5
        bytes[entry + 10] = 8
        withUnsafeBytes(of: byteCount.littleEndian) { claim in
            for offset in 0..<4 { bytes[entry + 24 + offset] = claim[offset] }
        }
        return bytes
    }

    private func enlarge(_ path: String, replacing old: String, by new: String, to size: Int) throws {
        let text = String(decoding: try MappedFile(contentsOf: path).array.dropFirst(10), as: UTF8.self)
        let start = try #require(text.firstRange(of: old)).lowerBound
        let offset = 10 + text.utf8.distance(from: text.startIndex, to: start)
        let descriptor = open(path, O_WRONLY)
        pwrite(descriptor, Array(new.utf8), new.utf8.count, offset)
        ftruncate(descriptor, size)
        close(descriptor)
    }
}

/// Allows the process this much address space beyond what it has.
private func limitMemory(to byteCount: Int) {
    let used = (try? String(decoding: readAll("/proc/self/statm"), as: UTF8.self)).flatMap {
        $0.split(separator: " ").first.flatMap { Int($0) }
    }
    let limit = rlim_t((used ?? 0) * sysconf(Int32(_SC_PAGESIZE)) + byteCount)
    var value = rlimit(rlim_cur: limit, rlim_max: rlim_t.max)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &value)
}

private func readAll(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(count, 0)))
}

private func expectFailure(_ words: String, _ body: () throws -> Void) {
    do {
        try body()
    } catch {
        if isTyped(error), "\(error)".contains(words) { return }
        fatalError("\(error)")
    }
    fatalError("nothing failed")
}
