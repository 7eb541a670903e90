/// Which axes of which operand an Einstein sum multiplies, sums and keeps: `"bhid,bhjd->bhij"`, read and resolved.
///
/// Labels are numbers: a letter's is its ASCII code, the axes behind an ellipsis have -1 for the last, -2 for the one in
/// front of it, and so on.
///
/// ```swift
/// let equation = try EinsumEquation("ij,jk", ranks: [2, 2])
/// equation.inputs   // [[105, 106], [106, 107]]
/// equation.output   // [105, 107]
/// ```
public struct EinsumEquation: Sendable, Hashable {
    /// The label of every axis of every operand; a label that an operand repeats takes its diagonal.
    public var inputs: [[Int]]

    /// The label of every axis of the result.
    public var output: [Int]

    /// Creates an equation from labels.
    ///
    /// - Throws: ``ShapeError`` if the output repeats a label or names one that no input has.
    public init(inputs: [[Int]], output: [Int]) throws(ShapeError) {
        self.inputs = inputs
        self.output = output
        for (position, label) in output.enumerated() {
            guard !output[..<position].contains(label) else {
                throw ShapeError("the output repeats the label \(EinsumEquation.name(label))")
            }
            guard inputs.contains(where: { $0.contains(label) }) else {
                throw ShapeError("the output has the label \(EinsumEquation.name(label)), but no input has it")
            }
        }
    }

    /// Reads an equation for operands of given ranks.
    ///
    /// Without an arrow, the result has the ellipsis' axes and then the labels that occur once, in alphabetical order.
    ///
    /// - Throws: ``ShapeError`` that says what is wrong with the text, or which operand it does not fit.
    public init(_ text: String, ranks: [Int]) throws(ShapeError) {
        let characters = text.utf8.filter { $0 != UInt8(ascii: " ") }
        var left = characters[...]
        var right: ArraySlice<UInt8>?
        if let arrow = characters.firstIndex(of: UInt8(ascii: "-")) {
            guard arrow + 1 < characters.count, characters[arrow + 1] == UInt8(ascii: ">") else {
                throw ShapeError("the equation \"\(text)\" has a - that does not begin an arrow ->")
            }
            left = characters[..<arrow]
            right = characters[(arrow + 2)...]
        }
        let terms = left.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard terms.count == ranks.count else {
            throw ShapeError("the equation \"\(text)\" names \(terms.count) operands, but there are \(ranks.count)")
        }
        var inputs: [[Int]] = []
        var hidden = 0
        for (term, rank) in zip(terms, ranks) {
            let named = try EinsumEquation.labels(term, text)
            guard let ellipsis = named.firstIndex(of: 0) else {
                guard named.count == rank else {
                    throw ShapeError(
                        "the equation \"\(text)\" gives operand \(inputs.count) \(named.count) axes, but it has \(rank)"
                    )
                }
                inputs.append(named)
                continue
            }
            let spare = rank - (named.count - 1)
            guard spare >= 0 else {
                throw ShapeError(
                    "the equation \"\(text)\" gives operand \(inputs.count) at least \(named.count - 1) axes, "
                        + "but it has \(rank)")
            }
            hidden = max(hidden, spare)
            inputs.append(named[..<ellipsis] + Array(-spare..<0) + named[(ellipsis + 1)...])
        }
        let output: [Int]
        if let right {
            let named = try EinsumEquation.labels(right, text)
            if let ellipsis = named.firstIndex(of: 0) {
                output = named[..<ellipsis] + Array(-hidden..<0) + named[(ellipsis + 1)...]
            } else {
                output = named
            }
        } else {
            let letters = inputs.joined().filter { $0 > 0 }
            let once = Set(letters).filter { label in letters.count(where: { $0 == label }) == 1 }
            output = Array(-hidden..<0) + once.sorted()
        }
        do { try self.init(inputs: inputs, output: output) } catch {
            throw ShapeError("the equation \"\(text)\": \(error)")
        }
    }

    /// The labels of a term, with 0 for an ellipsis.
    private static func labels(_ term: ArraySlice<UInt8>, _ text: String) throws(ShapeError) -> [Int] {
        var labels: [Int] = []
        var position = term.startIndex
        while position < term.endIndex {
            let character = term[position]
            let isLetter = (character | 32) >= UInt8(ascii: "a") && (character | 32) <= UInt8(ascii: "z")
            if isLetter {
                labels.append(Int(character))
                position += 1
            } else if character == UInt8(ascii: "."), term[position...].starts(with: "...".utf8), !labels.contains(0) {
                labels.append(0)
                position += 3
            } else {
                throw ShapeError(
                    "the equation \"\(text)\" has something else than letters and one ellipsis ... a term")
            }
        }
        return labels
    }

    /// A label as it is written.
    static func name(_ label: Int) -> String {
        label > 0 ? String(UnicodeScalar(UInt8(label))) : "... (axis \(label))"
    }

    /// The extent of every label.
    ///
    /// - Throws: ``ShapeError`` if shapes disagree; only axes behind an ellipsis may stretch from 1.
    public func extents(of shapes: [TensorShape]) throws(ShapeError) -> [Int: Int] {
        var extents: [Int: Int] = [:]
        for (operand, (labels, shape)) in zip(inputs, shapes).enumerated() {
            guard labels.count == shape.rank else {
                throw ShapeError("operand \(operand) has \(labels.count) labels, but the shape \(shape)")
            }
            for (label, extent) in zip(labels, shape) {
                guard let known = extents[label], known != extent else {
                    extents[label] = extent
                    continue
                }
                guard label < 0, known == 1 || extent == 1 else {
                    throw ShapeError(
                        "the label \(EinsumEquation.name(label)) stands for \(known) and, in operand \(operand) of shape "
                            + "\(shape), for \(extent)")
                }
                extents[label] = known == 1 ? extent : known
            }
        }
        return extents
    }
}
