import Foundation

/// Decodes a file of Tests/Golden/tabular.
func reference<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let url = tests.appendingPathComponent("Golden/tabular/\(name)")
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
}

/// The largest distance between corresponding values; infinite for different counts or NaN.
func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    if a.count != b.count { return .infinity }
    var largest: Double = 0
    for (x, y) in zip(a, b) where !(abs(x - y) <= largest) { largest = (x - y).isNaN ? .infinity : abs(x - y) }
    return largest
}

/// SplitMix64 (Steele, Lea, Flood 2014), for reproducible draws.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z: UInt64 = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A file that is removed again at the end of `body`.
func withTemporaryFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}
