/// The colours, dashes and markers that tell series apart, on screen, in greyscale and for colour-blind readers.
public enum Palette {
    /// Okabe and Ito's colours (2008), the strongest on white first; their yellow is left out, it vanishes on paper.
    public static let categories: [Color] = [
        Color(0x0072B2), Color(0xD55E00), Color(0x009E73), Color(0xCC79A7), Color(0xE69F00), Color(0x56B4E9),
        Color(0x000000),
    ]

    /// Dash patterns in pixels; the first is solid.
    static let dashes: [[Double]] = [[], [7, 3], [2, 2.5], [9, 3, 2, 3], [12, 4], [4, 2, 1.5, 2, 1.5, 2]]

    /// The colour of the series in a place of the figure; places beyond the palette start again.
    static func color(_ slot: Int) -> Color {
        categories[slot % categories.count]
    }

    /// The dash pattern in a place; its period differs from that of the colours, so that 42 pairs are distinct.
    static func dash(_ slot: Int) -> [Double] {
        dashes[slot % dashes.count]
    }

    /// The marker in a place.
    static func marker(_ slot: Int) -> Marker {
        Marker.allCases[slot % Marker.allCases.count]
    }
}

/// The shape that marks a point.
public enum Marker: CaseIterable, Sendable, Hashable {
    /// A filled disc.
    case circle
    /// A filled square.
    case square
    /// A filled triangle that points up.
    case triangle
    /// A filled square that stands on its corner.
    case diamond
    /// Two diagonal strokes.
    case cross
    /// A horizontal and a vertical stroke.
    case plus
    /// A vertical stroke, the usual mark of a censored observation on a survival curve.
    case tick
}

/// Maps a number from 0 to 1 to a colour.
public enum ColorScale: Sendable, Hashable {
    /// Dark blue to yellow with even steps of lightness (Smith and van der Walt 2015), for amounts.
    case viridis
    /// Blue over white to red, for values on both sides of a centre such as correlations.
    case diverging

    /// The colour at a position from 0 to 1; positions outside are clamped.
    public func color(at position: Double) -> Color {
        let stops = self == .viridis ? Self.viridisStops : Self.divergingStops
        let clamped = position.isNaN ? 0 : min(max(position, 0), 1)
        let scaled = clamped * Double(stops.count - 1)
        let index = min(Int(scaled), stops.count - 2)
        return stops[index].mixed(with: stops[index + 1], fraction: scaled - Double(index))
    }

    /// Twenty-one evenly spaced entries of the published table of 256.
    private static let viridisStops: [Color] = [
        Color(0x440154), Color(0x471365), Color(0x482475), Color(0x463480), Color(0x414487), Color(0x3B528B),
        Color(0x355F8D), Color(0x2F6C8E), Color(0x2A788E), Color(0x25848E), Color(0x21918C), Color(0x1E9C89),
        Color(0x22A884), Color(0x2FB47C), Color(0x44BF70), Color(0x5EC962), Color(0x7AD151), Color(0x9BD93C),
        Color(0xBDDF26), Color(0xDFE318), Color(0xFDE725),
    ]

    /// ColorBrewer's RdBu (Harrower and Brewer 2003), reversed.
    private static let divergingStops: [Color] = [
        Color(0x2166AC), Color(0x4393C3), Color(0x92C5DE), Color(0xD1E5F0), Color(0xF7F7F7), Color(0xFDDBC7),
        Color(0xF4A582), Color(0xD6604D), Color(0xB2182B),
    ]
}
