import CKernels

/// A convolution's sizes after all checks. Signals of one axis are planes of height 1.
struct ConvolutionPlan {
    let windows: mk_windows
    let batch: Int
    let groups: Int
    let inputChannelsPerGroup: Int
    let outputChannelsPerGroup: Int
    let outputShape: TensorShape

    /// Checks the shapes of an input `[batch, in, (height,) width]` and of a weight `[out, in / groups, (ky,) kx]`.
    init(input: TensorShape, weight: TensorShape, _ geometry: ConvolutionGeometry, in operation: StaticString) {
        let rank = input.rank
        guard rank == 3 || rank == 4, weight.rank == rank else {
            trap(
                """
                \(operation): the input has the shape \(input) and the weight \(weight), but both need 3 axes \
                (signals) or 4 axes (planes)
                """)
        }
        let groups = geometry.groups
        guard input[1] % groups == 0, weight[0] % groups == 0, weight[1] == input[1] / groups else {
            trap(
                """
                \(operation): with \(groups) groups an input of shape \(input) needs a weight \
                [out, \(input[1]) / \(groups), ...] whose out is a multiple of \(groups), not \(weight)
                """)
        }
        batch = input[0]
        self.groups = groups
        inputChannelsPerGroup = weight[1]
        outputChannelsPerGroup = weight[0] / groups
        let height = rank == 4 ? input[2] : 1
        let kernelHeight = rank == 4 ? weight[2] : 1
        let vertical = rank == 4 ? geometry.vertical : ConvolutionGeometry.Axis()
        let horizontal = geometry.horizontal
        let outputHeight = vertical.outputLength(height, kernel: kernelHeight, in: operation)
        let outputWidth = horizontal.outputLength(input[-1], kernel: weight[-1], in: operation)
        windows = mk_windows(
            input: (height, input[-1]), kernel: (kernelHeight, weight[-1]), output: (outputHeight, outputWidth),
            stride: (vertical.stride, horizontal.stride),
            padding: (
                vertical.paddingWidths(length: height, kernel: kernelHeight).before,
                horizontal.paddingWidths(length: input[-1], kernel: weight[-1]).before
            ),
            dilation: (vertical.dilation, horizontal.dilation))
        outputShape =
            rank == 4
            ? [input[0], weight[0], outputHeight, outputWidth] : [input[0], weight[0], outputWidth]
    }

    /// The elements of one input channel.
    var inputArea: Int { windows.input.0 * windows.input.1 }
    /// The elements of one output channel.
    var outputArea: Int { windows.output.0 * windows.output.1 }
    /// The positions of the kernel.
    var kernelArea: Int { windows.kernel.0 * windows.kernel.1 }
    /// The multiplications behind one output element.
    var depth: Int { inputChannelsPerGroup * kernelArea }

    /// Whether windows are single elements in order, so that the input is its own column matrix.
    var isPointwise: Bool {
        kernelArea == 1 && windows.stride == (1, 1) && windows.padding == (0, 0) && outputArea == inputArea
    }

    /// Whether each output channel sees one input channel, which leaves a matrix product nothing to reuse.
    var isDepthwise: Bool { inputChannelsPerGroup == 1 && outputChannelsPerGroup <= 4 && groups > 1 }
}

extension ConvolutionPlan {
    /// How the column matrix `[depth, outputArea]` of one item and group is cut so that a tile stays in the second
    /// cache: blocks of input channels times runs of windows. It depends on the shapes alone.
    struct Tiling {
        let channels: Int
        let windows: Int
        let channelBlocks: Int
        let windowBlocks: Int
    }

    func tiling(elementBytes: Int) -> Tiling {
        let budget = 256 * 1024 / elementBytes
        let wanted = budget / max(depth, 1)
        var run = min(outputArea, max(256, wanted / 16 * 16))
        // Equal tiles instead of a full one and a sliver.
        let windowBlocks = max(1, (outputArea + run - 1) / run)
        run = ((outputArea + windowBlocks - 1) / windowBlocks + 15) / 16 * 16
        let most = max(1, budget / (min(run, outputArea) * kernelArea))
        let channelBlocks = max(1, (inputChannelsPerGroup + most - 1) / most)
        let channels = (inputChannelsPerGroup + channelBlocks - 1) / channelBlocks
        return Tiling(
            channels: max(channels, 1), windows: run,
            channelBlocks: channels == 0 ? 0 : (inputChannelsPerGroup + channels - 1) / channels,
            windowBlocks: (outputArea + run - 1) / run)
    }
}
