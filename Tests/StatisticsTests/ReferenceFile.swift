import Foundation

/// A number of a reference file; JSON has no NaN or infinity, so these are written as strings.
struct ReferenceNumber: Decodable, Sendable {
    let value: Double

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
        } else {
            switch try container.decode(String.self) {
            case "inf": value = .infinity
            case "-inf": value = -.infinity
            default: value = .nan
            }
        }
    }
}

/// Decodes a file of Tests/Golden/statistics.
func reference<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let url = tests.appendingPathComponent("Golden/statistics/\(name)")
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
}

/// The distance of two numbers relative to the expected one; zero for equal values of any kind.
func relativeError(_ actual: Double, _ expected: Double) -> Double {
    if actual == expected || (actual.isNaN && expected.isNaN) { return 0 }
    if expected == 0 { return abs(actual) }
    let error: Double = abs(actual - expected) / abs(expected)
    return error.isNaN ? .infinity : error
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
