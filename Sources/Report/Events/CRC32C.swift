/// The cyclic redundancy check CRC-32C (Castagnoli 1993; RFC 3720, appendix B.4).
enum CRC32C {
    /// The reflected polynomial 0x1EDC6F41.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
        }
    }

    /// The checksum of some bytes.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xFF)]
        }
        return ~value
    }

    /// The checksum as TFRecord stores it, so that a checksum of data that holds checksums stays meaningful.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let value = checksum(bytes)
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}
