import GoldenSupport
import Tensor
import Testing
import Tokenizers

@Suite("Unicode tables agree with the tokenizers package")
struct UnicodeTests {
    private func tokenizer(_ preTokenizer: JSON, _ normalizer: JSON = .null) throws -> Tokenizer {
        let file: JSON = [
            "normalizer": normalizer, "pre_tokenizer": preTokenizer,
            "model": ["type": "WordLevel", "vocab": ["<unk>": 0], "unk_token": "<unk>"],
        ]
        return try Tokenizer(json: Array(file.text().utf8))
    }

    @Test("every scalar is in the same classes, but for characters that one side's Unicode version lacks")
    func classes() throws {
        let scalars = (UInt32(0)..<0x110000).compactMap(Unicode.Scalar.init)
        for folder in try Golden.folders(topic: "core/tokenizers") {
            guard let file = try? folder.index("classes.json") else { continue }
            for entry in try #require(file["classes"]?.objectValue) {
                let split: JSON = [
                    "type": "Split", "pattern": ["Regex": .string(entry.key)], "behavior": "Removed", "invert": true,
                ]
                let tokenizer = try tokenizer(split)
                var expected = Set<Unicode.Scalar>()
                for range in entry.value.arrayValue ?? [] {
                    let bounds = range.integers
                    for value in bounds[0]...bounds[1] { expected.insert(Unicode.Scalar(UInt32(value))!) }
                }
                var actual = Set<Unicode.Scalar>()
                for start in stride(from: 0, to: scalars.count, by: 4096) {
                    var text = String.UnicodeScalarView()
                    text.append(contentsOf: scalars[start..<min(start + 4096, scalars.count)])
                    for piece in tokenizer.pieces(of: String(text)) { actual.formUnion(piece.unicodeScalars) }
                }
                // Versions differ in characters that are new, and in U+0295, which became a letter without case.
                let strange = actual.symmetricDifference(expected).filter {
                    $0.properties.generalCategory != .unassigned && $0.properties.age.map { $0.major <= 15 } ?? false
                        && $0 != "\u{295}"
                }
                #expect(strange.isEmpty, "\(entry.key): \(strange.sorted().prefix(20))")
            }
        }
    }

    @Test("normalisers and pre-tokenisers drop the same scalars")
    func dropped() throws {
        let bert: JSON = [
            "type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": false, "strip_accents": false,
            "lowercase": false,
        ]
        func with(_ key: String) -> JSON {
            var object = bert.objectValue!
            object[key] = true
            return .object(object)
        }
        let steps: [String: (normalizer: JSON, preTokenizer: JSON)] = [
            "clean": (with("clean_text"), .null), "accents": (with("strip_accents"), .null),
            "marks": (["type": "StripAccents"], .null), "nmt": (["type": "Nmt"], .null),
            "punctuation": (.null, ["type": "Punctuation", "behavior": "Removed"]),
            "space": (.null, ["type": "WhitespaceSplit"]),
        ]
        for folder in try Golden.folders(topic: "core/tokenizers") {
            guard let entries = try? folder.index("classes.json")["dropped"]?.objectValue else { continue }
            for entry in entries {
                let step = try #require(steps[entry.key])
                let tokenizer = try tokenizer(step.preTokenizer, step.normalizer)
                var expected = Set<UInt32>()
                for range in entry.value.arrayValue ?? [] {
                    expected.formUnion(UInt32(range.integers[0])...UInt32(range.integers[1]))
                }
                var actual = Set<UInt32>()
                // Ideographs and private use planes are all alike.
                expected = expected.filter { $0 < 0x20000 || $0 >> 12 == 0xE0 }
                let values = [UInt32](0..<0x20000) + [UInt32](0xE0000..<0xE1000)
                for scalar in values.compactMap(Unicode.Scalar.init) {
                    if tokenizer.pieces(of: String(scalar)).isEmpty { actual.insert(scalar.value) }
                }
                let strange = actual.symmetricDifference(expected).sorted()
                #expect(strange.isEmpty, "\(entry.key): \(strange.prefix(40).map { String($0, radix: 16) })")
            }
        }
    }

    @Test("every scalar has the same normalisation forms and lower case")
    func forms() throws {
        for folder in try Golden.folders(topic: "core/tokenizers") {
            guard let file = try? folder.index("classes.json") else { continue }
            for entry in try #require(file["forms"]?.objectValue) {
                let tokenizer = try tokenizer(.null, ["type": .string(entry.key)])
                for pair in try #require(entry.value.arrayValue).map(\.strings) {
                    let actual = tokenizer.pieces(of: pair[0]).joined()
                    #expect(sameBytes(actual, pair[1]), "\(entry.key): \(pair[0]) \(actual)")
                }
            }
        }
    }
}
