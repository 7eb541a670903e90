import Tensor
import Testing

@Suite("Tensors are values")
struct ValueTests {
    /// Ways to change a tensor in place.
    static let mutations: [(String, @Sendable (inout Tensor<Double>) -> Void)] = [
        ("+=", { $0 += 1 }), ("*=", { $0 *= 2 }), ("+= itself", { $0 += $0 }), ("-=", { $0 -= Tensor(3) }),
        ("/=", { $0 /= Tensor(4) }),
        ("subscript", { $0[0] = Tensor(7) }), ("subscript with a range", { $0[0..<1] = Tensor(7) }),
        ("buffer", { $0.withUnsafeMutableBufferPointer { $0[0] = 7 } }),
    ]

    /// Ways to share the elements of a tensor of shape [4, 6].
    static let views: [(String, @Sendable (Tensor<Double>) -> Tensor<Double>)] = [
        ("a copy", { $0 }), ("transposed", { $0.transposed() }), ("reshaped", { $0.reshaped([3, 8] as TensorShape) }),
        ("a slice", { $0.narrowed(axis: 0, from: 0, count: 2) }), ("a row", { $0.selected(axis: 0, at: 0) }),
        ("every second", { $0.narrowed(axis: 1, from: 0, count: 3, step: 2) }), ("diagonal", { $0.diagonal() }),
        ("windows", { $0.windows(axis: 1, size: 3, step: 1) }), ("broadcast", { $0.broadcast(to: [2, 4, 6]) }),
        ("unsqueezed", { $0.unsqueezed(0) }), ("a subscript", { $0[1...] }), ("contiguous", { $0.contiguous() }),
        ("compacted", { $0.compacted() }),
    ]

    @Test("changing one of two that share elements never changes the other")
    func copyOnWrite() {
        for (view, share) in Self.views {
            for (mutation, change) in Self.mutations {
                let numbers = (0..<24).map(Double.init)
                // The view changes, the original stays; then the other way round.
                let original = Tensor(numbers, shape: [4, 6])
                var shared = share(original)
                let before = shared.array
                change(&shared)
                #expect(original.array == numbers, "\(mutation) on \(view) wrote through")
                #expect(shared.array != before)
                #expect(shared.shape == share(original).shape)

                var source = Tensor(numbers, shape: [4, 6])
                let kept = share(source)
                change(&source)
                #expect(kept.array == before, "\(mutation) on the source changed \(view)")
            }
        }
    }

    @Test("changing a view gives what changing a copy of its elements gives")
    func sameResult() {
        for (view, share) in Self.views {
            for (mutation, change) in Self.mutations {
                let original = Tensor((0..<24).map(Double.init), shape: [4, 6])
                var shared = share(original)
                var plain = Tensor(shared.array, shape: shared.shape)
                change(&shared)
                change(&plain)
                #expect(shared == plain, "\(mutation) on \(view)")
            }
        }
    }

    @Test("operators never write over an operand that is still in use")
    func operators() {
        let a = Tensor<Double>([1, 2, 3])
        let b = Tensor<Double>([4, 5, 6])
        let results = [a + b, a * b, -a, a.exp(), a + a, (a + b) * a, a.maximum(b), a * 2 + 1, b.squared() - a]
        #expect(results.count == 9)
        #expect(a.array == [1, 2, 3])
        #expect(b.array == [4, 5, 6])
        let column = a.unsqueezed(1)
        let square = (column + 0) + a
        #expect(square.shape == [3, 3])
        #expect(a.array == [1, 2, 3])
    }

    @Test("elements of an array of tensors are values too")
    func nested() {
        var list = Array(repeating: Tensor<Int32>([1, 2]), count: 3)
        list[1] += 10
        list[2][0] = Tensor(5)
        #expect(list.map(\.array) == [[1, 2], [11, 12], [5, 2]])
    }
}
