/// The four normalisation forms of UAX 15.
enum NormalizationForm: Sendable {
    case nfc, nfd, nfkc, nfkd

    var composes: Bool { self == .nfc || self == .nfkc }
    var isCompatible: Bool { self == .nfkc || self == .nfkd }
}

/// Decompositions, compositions and what a scalar needs in each form; filled when first used (about 3 ms).
///
/// The characters are those of Unicode 9, by which the `tokenizers` package normalises: a newer character stays as it is,
/// or a text that holds one would have other ids.
final class NormalizationTables: Sendable {
    static let shared = NormalizationTables()

    /// What a scalar means for normalisation.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        /// The canonical combining class is not 0.
        static let combines = Flags(rawValue: 1)
        /// It has a canonical mapping.
        static let canonical = Flags(rawValue: 2)
        /// It has a compatibility mapping, or one of its parts has.
        static let compatible = Flags(rawValue: 4)
        /// NFC never contains it.
        static let excluded = Flags(rawValue: 8)
        /// It may compose with what stands before it.
        static let composesBackward = Flags(rawValue: 16)
    }

    private struct Mapping {
        let isCompatible: Bool
        let start: Int32
        let count: Int32
    }

    private let flags: [Flags]
    private let mappings: [UInt32: Mapping]
    private let parts: [UInt32]
    private let composites: [UInt64: UInt32]
    private let supplementarySecondParts: Set<UInt32>

    private init() {
        var flags = [Flags](repeating: [], count: 0x10000)
        var mappings: [UInt32: Mapping] = [:]
        var parts: [UInt32] = []
        var composites: [UInt64: UInt32] = [:]
        func insert(_ flag: Flags, _ value: UInt32) {
            if value < 0x10000 { flags[Int(value)].insert(flag) }
        }
        mappings.reserveCapacity(6000)
        decompositionData.withUTF8Buffer { text in
            var key: UInt32 = 0
            var number: UInt32 = 0
            var isCompatible = false
            var start = 0
            for byte in text {
                switch byte {
                case UInt8(ascii: "="), UInt8(ascii: "~"):
                    (key, number, start, isCompatible) = (number, 0, parts.count, byte == UInt8(ascii: "~"))
                case UInt8(ascii: " "), UInt8(ascii: ";"):
                    parts.append(number)
                    number = 0
                    if byte == UInt8(ascii: " ") { continue }
                    if NormalizationTables.isNew(Unicode.Scalar(key)!) { continue }
                    mappings[key] = Mapping(
                        isCompatible: isCompatible, start: Int32(start), count: Int32(parts.count - start))
                    insert(isCompatible ? .compatible : .canonical, key)
                    let isExcluded = Unicode.Scalar(key)!.properties.isFullCompositionExclusion
                    if isCompatible { continue }
                    if isExcluded || parts.count - start != 2 {
                        insert(.excluded, key)
                    } else {
                        composites[UInt64(parts[start]) << 32 | UInt64(parts[start + 1])] = key
                        insert(.composesBackward, parts[start + 1])
                    }
                case UInt8(ascii: "\n"): break
                default: number = number << 4 | UInt32(byte < 0x3A ? byte - 0x30 : byte - 0x37)
                }
            }
        }
        for (key, mapping) in mappings where !mapping.isCompatible {
            let range = Int(mapping.start)..<Int(mapping.start + mapping.count)
            if parts[range].contains(where: { mappings[$0]?.isCompatible ?? false }) { insert(.compatible, key) }
        }
        // The vowels and finals of Hangul compose by arithmetic.
        for value in UInt32(0x1161)...0x1175 { insert(.composesBackward, value) }
        for value in UInt32(0x11A8)...0x11C2 { insert(.composesBackward, value) }
        for value in UInt32(0x300)..<0x10000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            if scalar.properties.canonicalCombiningClass != .notReordered, !NormalizationTables.isNew(scalar) {
                insert(.combines, value)
            }
        }
        self.flags = flags
        self.mappings = mappings
        self.parts = parts
        self.composites = composites
        supplementarySecondParts = Set(
            composites.keys.map { UInt32(truncatingIfNeeded: $0) }.filter { $0 >= 0x10000 })
    }

    /// What a scalar means for normalisation.
    @inline(__always)
    func flags(of value: UInt32) -> Flags {
        if value < 0xA0 { return [] }
        if value < 0x10000 { return flags[Int(value)] }
        return supplementaryFlags(of: value)
    }

    @inline(never)
    private func supplementaryFlags(of value: UInt32) -> Flags {
        var result: Flags = []
        if combiningClass(of: value) != 0 { result.insert(.combines) }
        if let mapping = mappings[value] {
            result.insert(mapping.isCompatible ? .compatible : .canonical)
            if Unicode.Scalar(value)!.properties.isFullCompositionExclusion { result.insert(.excluded) }
        }
        if supplementarySecondParts.contains(value) { result.insert(.composesBackward) }
        return result
    }

    /// The canonical combining class.
    func combiningClass(of value: UInt32) -> UInt8 {
        guard let scalar = Unicode.Scalar(value) else { return 0 }
        let result = scalar.properties.canonicalCombiningClass.rawValue
        return result != 0 && NormalizationTables.isNew(scalar) ? 0 : result
    }

    private static func isNew(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.age.map { $0.major > 9 } ?? true }

    /// Appends the full decomposition of a scalar.
    func decompose(_ value: UInt32, compatible: Bool, into result: inout [UInt32]) {
        if (0xAC00...0xD7A3).contains(value) {
            let index = value - 0xAC00
            result.append(0x1100 + index / 588)
            result.append(0x1161 + index % 588 / 28)
            if index % 28 != 0 { result.append(0x11A7 + index % 28) }
        } else if let mapping = mappings[value], compatible || !mapping.isCompatible {
            for part in parts[Int(mapping.start)..<Int(mapping.start + mapping.count)] {
                decompose(part, compatible: compatible, into: &result)
            }
        } else {
            result.append(value)
        }
    }

    /// The scalar that is canonically equivalent to two others, if composition may form it.
    func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if (0x1100...0x1112).contains(first), (0x1161...0x1175).contains(second) {
            return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
        }
        if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % 28 == 0, (0x11A8...0x11C2).contains(second) {
            return first + (second - 0x11A7)
        }
        return composites[UInt64(first) << 32 | UInt64(second)]
    }
}
