import GoldenSupport
import Testing

/// What `make fuzz` does at length: readers may refuse damaged files with their typed error or read something else, but
/// never crash, hang, or read differently what they have written.
///
/// One at a time: readers that want a path share the file that the inputs are written to.
@Suite("Inputs of the fuzzer", .serialized)
struct CorpusTests {
    private func corpus(_ reader: FuzzedReader) -> [[UInt8]] {
        files(in: "\(Golden.packageDirectory)/Tests/Fuzzing/Corpus/\(reader)")
    }

    @Test("every input of the corpus is refused, or read and read back", arguments: FuzzedReader.allCases)
    func replay(reader: FuzzedReader) throws {
        let inputs = corpus(reader)
        var accepted = 0
        for input in inputs where try reader.accepts(input) { accepted += 1 }
        #expect(accepted > 0, "none of \(inputs.count) inputs is accepted")
    }

    @Test("so are a thousand damaged copies", arguments: FuzzedReader.allCases)
    func damage(reader: FuzzedReader) throws {
        let inputs = corpus(reader)
        var mutator = Mutator(seed: 1)
        for _ in 0..<1000 { _ = try reader.accepts(mutator.input(from: inputs)) }
    }
}
