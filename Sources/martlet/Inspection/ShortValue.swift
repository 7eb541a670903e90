import Report
import Tensor

/// Values as short as a table can hold them.
enum ShortValue {
    /// A metadata value; long texts and arrays show their beginnings.
    static func text(of value: GGUFValue) -> String {
        switch value {
        case .string(let text): cut(text)
        case .array(let elements):
            "\(elements.count) values: "
                + elements.prefix(4).map { text(of: $0) }.joined(separator: ", ") + (elements.count > 4 ? ", ..." : "")
        case .bool(let value): "\(value)"
        case .float32(let number): "\(number)"
        case .float64(let number): "\(number)"
        default: value.intValue.map(String.init) ?? "\(value)"
        }
    }

    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    /// A number of bytes in the largest unit that leaves at least 1.
    static func bytes(_ count: Int) -> String {
        let units = ["bytes", "KB", "MB", "GB", "TB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return (unit == 0 ? "\(count)" : NumberFormat.significant(3).text(value)) + " " + units[unit]
    }

    private static func cut(_ text: String) -> String {
        let line = text.replacing("\n", with: "\\n")
        return line.count > 60 ? line.prefix(57) + "..." : line
    }
}
