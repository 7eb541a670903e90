/// A labelled position on an axis.
struct Tick: Equatable, Sendable {
    var value: Double
    var label: String
}

/// The ticks of one axis.
struct Ticks: Equatable, Sendable {
    /// The labelled positions, in increasing order.
    var major: [Tick]
    /// Positions of small marks without a label.
    var minor: [Double] = []
    /// The labels are to be read times ten to this power; zero for none.
    var exponent = 0

    /// Ticks at multiples of 1, 2 or 5 times a power of ten, at most `count` intervals of them in the range.
    ///
    /// Positions and labels come from whole numbers, so that no rounding noise of repeated addition can show.
    /// More are used where otherwise fewer than three would fall into the range.
    static func linear(in range: ClosedRange<Double>, atMost count: Int, wholeNumbersOnly: Bool = false) -> Ticks {
        var ticks = Ticks(major: [])
        for allowed in max(count, 1)...max(count, 1) + 4 where ticks.major.count < 3 {
            ticks = multiples(in: range, atMost: allowed, wholeNumbersOnly: wholeNumbersOnly)
        }
        // One whole number in the range says too little about it.
        if wholeNumbersOnly && ticks.major.count < 2 { return linear(in: range, atMost: count) }
        return ticks
    }

    private static func multiples(
        in range: ClosedRange<Double>, atMost count: Int, wholeNumbersOnly: Bool
    ) -> Ticks {
        let step = Step(spanning: range, atMost: max(count, 1), wholeNumbersOnly: wholeNumbersOnly)
        let largest = max(abs(range.lowerBound), abs(range.upperBound))
        let exponent = sharedExponent(largest: largest, step: step)
        let first = (range.lowerBound / step.size - 1e-9).rounded(.up)
        let last = (range.upperBound / step.size + 1e-9).rounded(.down)
        guard first <= last, last - first < 1000, abs(first) < 1e15, abs(last) < 1e15 else {
            return Ticks(major: [])
        }
        let digits = Double(max(abs(first), abs(last))) * Double(step.factor)
        // Years and the like stay without a comma, but the labels of one axis are all alike.
        let isGrouped = digits * Report.power(10, Double(step.power - exponent)) >= 10_000
        let major = (Int(first)...Int(last)).map { index in
            let multiple = index * step.factor
            return Tick(
                value: DecimalText.value(multiple, power: step.power),
                label: DecimalText.label(multiple, power: step.power - exponent, isGrouped: isGrouped))
        }
        return Ticks(major: major, exponent: exponent)
    }

    /// Ticks of a logarithmic axis: powers of ten, or 1, 2 and 5 times them where the range is short.
    static func log10(in range: ClosedRange<Double>, atMost count: Int) -> Ticks {
        let lowest = DecimalText.exponent(of: range.lowerBound)
        let highest = DecimalText.exponent(of: range.upperBound)
        let decades = (lowest...highest + 1).filter { contains(range, DecimalText.value(1, power: $0)) }
        if decades.count < 2 {
            return shortLog10(in: range, from: lowest, to: highest, atMost: count)
        }
        let stride = (decades.count - 1) / max(count, 1) + 1
        // Multiples of the stride keep 10⁰ on the axis whenever it is in the range.
        let shown = decades.filter { $0 % stride == 0 }
        let isPlain = decades.allSatisfy { $0 >= -3 && $0 <= 4 }
        let major = (shown.count > 1 ? shown : decades).map { power in
            Tick(
                value: DecimalText.value(1, power: power),
                label: isPlain ? DecimalText.label(1, power: power) : "10" + Superscript.text(power))
        }
        var minor: [Double] = []
        if stride == 1 && decades.count <= 8 {
            for power in lowest...highest {
                minor += (2...9).map { DecimalText.value($0, power: power) }.filter { contains(range, $0) }
            }
        } else if stride > 1 {
            minor = decades.filter { $0 % stride != 0 }.map { DecimalText.value(1, power: $0) }
        }
        return Ticks(major: major, minor: minor)
    }

    private static func shortLog10(
        in range: ClosedRange<Double>, from lowest: Int, to highest: Int, atMost count: Int
    ) -> Ticks {
        var major: [Tick] = []
        for power in lowest...highest {
            for factor in [1, 2, 5] where contains(range, DecimalText.value(factor, power: power)) {
                let value = DecimalText.value(factor, power: power)
                let isPlain = lowest >= -4 && highest <= 5
                let scientific = (factor == 1 ? "" : "\(factor)×") + "10" + Superscript.text(power)
                major.append(Tick(value: value, label: isPlain ? DecimalText.label(factor, power: power) : scientific))
            }
        }
        if major.count > 2 { return Ticks(major: major) }
        return linear(in: range, atMost: min(count, 5))
    }

    private static func contains(_ range: ClosedRange<Double>, _ value: Double) -> Bool {
        value >= range.lowerBound * (1 - 1e-9) && value <= range.upperBound * (1 + 1e-9)
    }

    /// The power of ten, a multiple of three, that is better said once than in every label.
    private static func sharedExponent(largest: Double, step: Step) -> Int {
        guard largest > 0, largest >= 1e6 || largest < 1e-3 else { return 0 }
        let exponent = Int((Double(DecimalText.exponent(of: largest)) / 3).rounded(.down)) * 3
        // A narrow range far from zero needs many digits either way; written out it is at least exact.
        return step.power >= exponent - 3 ? exponent : 0
    }

    /// The distance between ticks as `factor` times ten to the `power`.
    private struct Step {
        var factor: Int
        var power: Int
        var size: Double { DecimalText.value(factor, power: power) }

        init(spanning range: ClosedRange<Double>, atMost count: Int, wholeNumbersOnly: Bool) {
            let smallest = (range.upperBound - range.lowerBound) / Double(count)
            power = DecimalText.exponent(of: smallest)
            factor = 1
            if wholeNumbersOnly && smallest <= 1 {
                power = 0
                return
            }
            for candidate in [1, 2, 5] {
                factor = candidate
                if size >= smallest * (1 - 1e-9) { return }
            }
            factor = 1
            power += 1
        }
    }
}

/// Decimal numbers as a whole number times a power of ten.
enum DecimalText {
    /// The largest power of ten that is not above `value`, which is positive.
    static func exponent(of value: Double) -> Int {
        guard value > 0, value.isFinite else { return 0 }
        var exponent = Int(logarithm10(value).rounded(.down))
        // The logarithm of 1000 may come out just below 3.
        if Self.value(1, power: exponent + 1) <= value { exponent += 1 }
        return exponent
    }

    /// The double nearest to `mantissa` times ten to the `power`, for the powers that ticks have.
    static func value(_ mantissa: Int, power: Int) -> Double {
        power < 0
            ? Double(mantissa) / Report.power(10, Double(-power)) : Double(mantissa) * Report.power(10, Double(power))
    }

    /// `mantissa` times ten to the `power` written out, with a true minus sign.
    ///
    /// - Parameter isGrouped: Whether commas set off thousands; nil for numbers from 10,000 on.
    static func label(_ mantissa: Int, power: Int, isGrouped: Bool? = nil) -> String {
        var digits = String(mantissa.magnitude)
        var fraction = ""
        if mantissa != 0 && power > 0 { digits += String(repeating: "0", count: power) }
        if power < 0 {
            let missing = -power + 1 - digits.count
            if missing > 0 { digits = String(repeating: "0", count: missing) + digits }
            fraction = "." + digits.suffix(-power)
            digits = String(digits.dropLast(-power))
        }
        if isGrouped ?? (digits.count > 4) {
            var grouped = ""
            for (index, digit) in digits.enumerated() {
                if index > 0 && (digits.count - index) % 3 == 0 { grouped += "," }
                grouped.append(digit)
            }
            digits = grouped
        }
        return (mantissa < 0 ? "−" : "") + digits + fraction
    }
}
