/// A colour in sRGB, without transparency.
public struct Color: Hashable, Sendable {
    /// The red share, 0 to 255.
    public var red: UInt8
    /// The green share, 0 to 255.
    public var green: UInt8
    /// The blue share, 0 to 255.
    public var blue: UInt8

    /// A colour from its three shares.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour from its usual hexadecimal notation, as in `Color(0x0072B2)`.
    public init(_ hexadecimal: UInt32) {
        red = UInt8(hexadecimal >> 16 & 0xFF)
        green = UInt8(hexadecimal >> 8 & 0xFF)
        blue = UInt8(hexadecimal & 0xFF)
    }

    /// The notation of CSS, as in `#0072b2`.
    public var css: String {
        let digits = Array("0123456789abcdef")
        var text = "#"
        for share in [red, green, blue] {
            text.append(digits[Int(share >> 4)])
            text.append(digits[Int(share & 15)])
        }
        return text
    }

    /// Relative luminance, 0 for black to 1 for white (WCAG 2.1).
    var luminance: Double {
        func linear(_ share: UInt8) -> Double {
            let value = Double(share) / 255
            return value <= 0.04045 ? value / 12.92 : power((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The colour between this one and another, `fraction` of the way.
    func mixed(with other: Color, fraction: Double) -> Color {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
            let value = Double(a) + (Double(b) - Double(a)) * fraction
            return UInt8(min(max(value.rounded(), 0), 255))
        }
        return Color(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }
}
