/// How a convolution's kernel moves over its input: stride, padding and dilation of each axis, and channel groups.
///
/// ```swift
/// let halving = ConvolutionGeometry(stride: 2, padding: 1)
/// let y = x.conv1d(weight, bias: bias, halving)          // [batch, out, ceil(length / 2)] for a kernel of 3
/// let same = ConvolutionGeometry(padding: .same, dilation: 4)
/// ```
public struct ConvolutionGeometry: Sendable, Hashable {
    /// Zeros around the input along one axis.
    public enum Padding: Sendable, Hashable, ExpressibleByIntegerLiteral {
        /// The same number on both sides.
        case both(Int)
        /// Different numbers on the two sides.
        case sides(before: Int, after: Int)
        /// As many as make the output's length `ceil(length / stride)`; the odd one comes after the input.
        case same

        /// Pads both sides by a literal number.
        public init(integerLiteral value: Int) { self = .both(value) }
    }

    /// The movement along one axis.
    public struct Axis: Sendable, Hashable {
        /// The distance between neighbouring windows.
        public var stride: Int
        /// The zeros around the input.
        public var padding: Padding
        /// The distance between neighbouring positions of a window.
        public var dilation: Int

        /// Creates the movement along one axis; traps if stride or dilation is below 1 or padding below 0.
        public init(stride: Int = 1, padding: Padding = 0, dilation: Int = 1) {
            guard stride >= 1 else { trap("a convolution's stride is \(stride), but must be at least 1") }
            guard dilation >= 1 else { trap("a convolution's dilation is \(dilation), but must be at least 1") }
            switch padding {
            case .both(let width) where width < 0: trap("a convolution's padding is \(width), but cannot be negative")
            case .sides(let before, let after) where before < 0 || after < 0:
                trap("a convolution's padding is (\(before), \(after)), but cannot be negative")
            default: break
            }
            self.stride = stride
            self.padding = padding
            self.dilation = dilation
        }
    }

    /// The movement along the height of a plane; signals of one axis ignore it.
    public var vertical: Axis
    /// The movement along the width of a plane, or along a signal.
    public var horizontal: Axis
    /// The number of channel groups: group g of the output sees group g of the input only.
    public var groups: Int

    /// Creates a geometry that is the same along every axis; traps on numbers that no convolution can have.
    public init(stride: Int = 1, padding: Padding = 0, dilation: Int = 1, groups: Int = 1) {
        let axis = Axis(stride: stride, padding: padding, dilation: dilation)
        self.init(vertical: axis, horizontal: axis, groups: groups)
    }

    /// Creates a geometry from the movements along both axes; traps if there are no groups.
    public init(vertical: Axis, horizontal: Axis, groups: Int = 1) {
        guard groups >= 1 else { trap("a convolution has \(groups) groups, but needs at least 1") }
        self.vertical = vertical
        self.horizontal = horizontal
        self.groups = groups
    }
}

extension ConvolutionGeometry.Axis {
    /// The zeros before and after an input of `length` under a kernel of `kernel` positions.
    func paddingWidths(length: Int, kernel: Int) -> (before: Int, after: Int) {
        switch padding {
        case .both(let width): return (width, width)
        case .sides(let before, let after): return (before, after)
        case .same:
            let windows = (length + stride - 1) / stride
            let total = max((windows - 1) * stride + dilation * (kernel - 1) + 1 - length, 0)
            return (total / 2, total - total / 2)
        }
    }

    /// The number of windows, `floor((length + before + after - dilation (kernel - 1) - 1) / stride) + 1`; traps below 1.
    func outputLength(_ length: Int, kernel: Int, in operation: StaticString) -> Int {
        let (before, after) = paddingWidths(length: length, kernel: kernel)
        let room = length + before + after - dilation * (kernel - 1) - 1
        guard kernel >= 1, room >= 0 else {
            trap(
                """
                \(operation): a kernel of \(kernel) positions with dilation \(dilation) spans \
                \(dilation * (kernel - 1) + 1), but the input has only \(length) positions and padding \
                (\(before), \(after)), so the output would be empty
                """)
        }
        return room / stride + 1
    }

    /// The length of a transposed convolution's output,
    /// `(length - 1) stride - before - after + dilation (kernel - 1) + outputPadding + 1`; traps below 1.
    func transposedOutputLength(_ length: Int, kernel: Int, outputPadding: Int, in operation: StaticString) -> Int {
        guard padding != .same else {
            trap("\(operation): the padding `same` does not determine a transposed convolution's output length")
        }
        guard outputPadding >= 0, outputPadding < stride else {
            trap(
                """
                \(operation): the output padding is \(outputPadding), but must be at least 0 and smaller than the \
                stride \(stride)
                """)
        }
        let (before, after) = paddingWidths(length: length, kernel: kernel)
        let result = (length - 1) * stride - before - after + dilation * (kernel - 1) + outputPadding + 1
        guard kernel >= 1, length >= 1, result >= 1 else {
            trap(
                """
                \(operation): \(length) positions with stride \(stride), padding (\(before), \(after)), dilation \
                \(dilation) and a kernel of \(kernel) give an output of length \(result)
                """)
        }
        return result
    }
}
