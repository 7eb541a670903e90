import CKernels

/// How pooling windows move over a signal or a plane.
public struct PoolingGeometry: Sendable, Hashable {
    /// The windows along one axis.
    public struct Axis: Sendable, Hashable {
        /// The positions of a window.
        public var size: Int
        /// The distance between neighbouring windows.
        public var stride: Int
        /// The positions that windows may reach past each end; at most half a window.
        public var padding: Int
        /// The distance between neighbouring positions of a window; maximum pooling only.
        public var dilation: Int

        /// Creates the windows along one axis, side by side unless a stride is given; traps on impossible numbers.
        public init(size: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1) {
            let stride = stride ?? size
            guard size >= 1, stride >= 1, dilation >= 1 else {
                trap("pooling: size \(size), stride \(stride) and dilation \(dilation) must be at least 1")
            }
            guard padding >= 0, padding <= size / 2 else {
                trap("pooling: the padding is \(padding), but must lie between 0 and half the window size \(size)")
            }
            self.size = size
            self.stride = stride
            self.padding = padding
            self.dilation = dilation
        }

        /// The number of windows; traps if none fits.
        func outputLength(_ length: Int, roundsUp: Bool, in operation: StaticString) -> Int {
            let room = length + 2 * padding - dilation * (size - 1) - 1
            guard room >= 0 else {
                trap(
                    """
                    \(operation): windows that span \(dilation * (size - 1) + 1) positions do not fit an axis of \
                    length \(length) with padding \(padding)
                    """)
            }
            var windows = (roundsUp ? room + stride - 1 : room) / stride + 1
            // The last window must start inside the input or the padding before it.
            if roundsUp, (windows - 1) * stride >= length + padding { windows -= 1 }
            return windows
        }
    }

    /// The windows along the height of a plane; signals of one axis ignore it.
    public var vertical: Axis
    /// The windows along the width of a plane, or along a signal.
    public var horizontal: Axis
    /// Whether a last window that reaches past the end counts (PyTorch's `ceil_mode`).
    public var roundsUp: Bool

    /// Creates windows that are the same along every axis; traps on impossible numbers.
    public init(size: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1, roundsUp: Bool = false) {
        let axis = Axis(size: size, stride: stride, padding: padding, dilation: dilation)
        self.init(vertical: axis, horizontal: axis, roundsUp: roundsUp)
    }

    /// Creates windows from those along both axes.
    public init(vertical: Axis, horizontal: Axis, roundsUp: Bool = false) {
        self.vertical = vertical
        self.horizontal = horizontal
        self.roundsUp = roundsUp
    }
}

/// The planes that pooling and interpolation walk over: all leading axes of a tensor, then its last one or two.
struct Planes {
    let count: Int
    let windows: mk_windows
    let outputShape: TensorShape

    /// Windows of a geometry over the last one or two axes (`axes`) of a shape.
    init(_ shape: TensorShape, axes: Int, _ geometry: PoolingGeometry, in operation: StaticString) {
        Planes.requireRank(shape, axes, operation)
        let vertical = axes == 2 ? geometry.vertical : PoolingGeometry.Axis(size: 1)
        let horizontal = geometry.horizontal
        let (height, width) = (axes == 2 ? shape[-2] : 1, shape[-1])
        let roundsUp = geometry.roundsUp
        let outputHeight = vertical.outputLength(height, roundsUp: axes == 2 && roundsUp, in: operation)
        let outputWidth = horizontal.outputLength(width, roundsUp: roundsUp, in: operation)
        self.init(
            shape, axes: axes,
            mk_windows(
                input: (height, width), kernel: (vertical.size, horizontal.size), output: (outputHeight, outputWidth),
                stride: (vertical.stride, horizontal.stride), padding: (vertical.padding, horizontal.padding),
                dilation: (vertical.dilation, horizontal.dilation)))
    }

    /// Bins that cover the last one or two axes of a shape: `[height, width]` or `[length]` of them.
    init(_ shape: TensorShape, bins: TensorShape, in operation: StaticString) {
        Planes.requireRank(shape, bins.rank, operation)
        let height = bins.rank == 2 ? shape[-2] : 1
        for axis in 0..<bins.rank {
            guard bins[axis] >= 1, shape[axis - bins.rank] >= 1 else {
                trap("\(operation): cannot divide the last axes of the shape \(shape) into \(bins) bins")
            }
        }
        self.init(
            shape, axes: bins.rank,
            mk_windows(
                input: (height, shape[-1]), kernel: (1, 1), output: (bins.rank == 2 ? bins[0] : 1, bins[-1]),
                stride: (1, 1), padding: (0, 0), dilation: (1, 1)))
    }

    private init(_ shape: TensorShape, axes: Int, _ windows: mk_windows) {
        self.windows = windows
        var outer = 1
        var output = shape
        for axis in 0..<shape.rank - axes { outer *= shape[axis] }
        count = outer
        output[-1] = windows.output.1
        if axes == 2 { output[-2] = windows.output.0 }
        outputShape = output
    }

    private static func requireRank(_ shape: TensorShape, _ axes: Int, _ operation: StaticString) {
        guard axes == 1 || axes == 2, shape.rank > axes else {
            trap("\(operation): the shape \(shape) needs a channel axis and \(axes) further axes")
        }
    }

    /// The elements of one input plane.
    var inputArea: Int { windows.input.0 * windows.input.1 }
    /// The elements of one output plane.
    var outputArea: Int { windows.output.0 * windows.output.1 }

    /// Calls `body` with every plane's number, on several threads if there is work for them.
    func forEach(_ body: (Int) -> Void) {
        let work = max(inputArea, outputArea * windows.kernel.0 * windows.kernel.1)
        Parallelism.forEachPiece(of: count, grain: max(1, Grain.elementwise / max(work, 1))) { piece in
            for plane in piece { body(plane) }
        }
    }
}
