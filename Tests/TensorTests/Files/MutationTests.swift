import GoldenSupport
import Tensor
import Testing

/// Damages good files at random: readers may refuse them with their typed error or read something else, but never
/// crash, hang, or take memory that the damaged file merely claims to need.
@Suite("Mutated files")
struct MutationTests {
    /// A small deterministic generator (Marsaglia, Xorshift RNGs, 2003).
    struct Xorshift: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let mutationCount = 4000

    /// Flips bits, writes extreme bytes, cuts, inserts and doubles.
    private func mutate(_ bytes: [UInt8], _ random: inout Xorshift) -> [UInt8] {
        var result = bytes
        // Headers stand at the start, directories at the end: aim there.
        func place(_ count: Int) -> Int {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: Int.random(in: 0..<count, using: &random)
            case 1: Int.random(in: 0..<min(count, 160), using: &random)
            default: count - 1 - Int.random(in: 0..<min(count, 160), using: &random)
            }
        }
        for _ in 0..<Int.random(in: 1...4, using: &random) where !result.isEmpty {
            let position = place(result.count)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: result[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: result[position] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random)!
            case 2: result[position] = UInt8.random(in: 0...255, using: &random)
            case 3:
                for i in position..<min(position + 8, result.count) { result[i] = 0xFF }
            case 4:
                result.removeSubrange(position..<min(position + Int.random(in: 1...9, using: &random), result.count))
            case 5: result.insert(contentsOf: result[position..<min(position + 8, result.count)], at: position)
            default: result.removeLast(min(result.count, Int.random(in: 1...64, using: &random)))
            }
        }
        return result
    }

    private func run(_ seed: UInt64, _ originals: [[UInt8]], _ read: ([UInt8]) throws(TensorFileError) -> Void) {
        var random = Xorshift(state: seed)
        let largest = originals.map(\.count).max()!
        var refused = 0
        for round in 0..<MutationTests.mutationCount {
            let bytes = mutate(originals[round % originals.count], &random)
            do { try read(bytes) } catch {
                refused += 1
                #expect(!error.problem.isEmpty)
            }
        }
        // Most damage is found; a flipped bit in the elements is not.
        #expect(refused > MutationTests.mutationCount / 10)
        #expect(largest < 1 << 20)
    }

    private func golden(_ name: String) throws -> [UInt8] {
        try MappedFile(contentsOf: "\(Golden.packageDirectory)/Tests/Golden/core/\(name)").array
    }

    @Test("npy")
    func npy() throws {
        run(1, try ["npy/cube_fortran.npy", "npy/big_endian_f8.npy", "npy/version_3.npy"].map(golden)) {
            (bytes) throws(TensorFileError) in
            _ = try AnyTensor(npyBytes: bytes).cast(to: Double.self).array
        }
    }

    @Test("npz")
    func npz() throws {
        run(2, try ["npy/deflated.npz", "npy/zip64.npz", "npy/stored.npz"].map(golden)) {
            (bytes) throws(TensorFileError) in
            _ = try NPZ.read(bytes: bytes)
        }
    }

    @Test("safetensors")
    func safetensors() throws {
        run(3, try ["safetensors/all_types.safetensors", "safetensors/float8.safetensors"].map(golden)) {
            (bytes) throws(TensorFileError) in
            let file = try SafetensorsFile(bytes: bytes)
            for entry in file.entries { _ = try file.tensor(named: entry.name).cast(to: Double.self).array }
        }
    }

    @Test("GGUF")
    func gguf() throws {
        run(4, [try golden("gguf/mini.gguf")]) { (bytes) throws(TensorFileError) in
            let file = try GGUFFile(bytes: bytes)
            for entry in file.entries { _ = try file.tensor(named: entry.name).dequantized() }
        }
    }

    @Test("JSON")
    func json() throws {
        var random = Xorshift(state: 5)
        let original = Array(
            #"{"a":[1,-2.5e3,true,null],"b":{"é":"\u00e9\ud83d\ude00\n"},"c":18446744073709551615}"#.utf8)
        var accepted = 0
        for _ in 0..<MutationTests.mutationCount {
            let bytes = mutate(original, &random)
            if let value = try? JSON(parsing: bytes) {
                accepted += 1
                // What is accepted can be written and reads back the same.
                #expect(try JSON(parsing: value.utf8()) == value)
            }
        }
        #expect(accepted > 0)
    }
}
