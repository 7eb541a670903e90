import Autograd
import Tensor

/// Who sees whom in a batch: order, windows, padding and the borders of documents.
struct AttentionVisibility: Sendable {
    private let isCausal: Bool
    private let length: Int
    private let keep: [Bool]?
    private let segments: [Int32]?
    private let count: Int

    init(_ batch: TokenBatch, isCausal: Bool) {
        self.isCausal = isCausal
        count = batch.count
        length = batch.length
        keep = batch.keep?.array
        segments = batch.segments?.array
    }

    /// The mask for layers with a window; kernels know the simple ones, others are spelled out as `[batch, 1, time, time]`.
    func mask(window: Int?) -> AttentionMask<Float> {
        guard keep != nil || segments != nil || !isCausal && window != nil else {
            if !isCausal { return .none }
            return window.map { .causalWindow($0) } ?? .causal
        }
        var allowed = Tensor<Bool>(zeros: [count, 1, length, length])
        allowed.withUnsafeMutableBufferPointer { allowed in
            for row in 0..<count {
                for query in 0..<length {
                    let start = (row * length + query) * length
                    let first = window.map { max(0, query - $0 + 1) } ?? 0
                    let end = isCausal ? query + 1 : window.map { min(length, query + $0) } ?? length
                    for key in first..<max(first, end) {
                        let isKept = keep?[row * length + key] ?? true
                        let isNear = segments.map { $0[row * length + key] == $0[row * length + query] } ?? true
                        allowed[start + key] = isKept && isNear
                    }
                }
            }
        }
        return .allowed(allowed)
    }
}
