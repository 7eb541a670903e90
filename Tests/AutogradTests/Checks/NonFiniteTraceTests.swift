import Autograd
import Tensor
import Testing

@Suite("Looking for the first bad operation")
struct NonFiniteTraceTests {
    @Test("the first operation whose result is not finite is named")
    func forward() throws {
        let (_, origin) = tracingNonFinite { ((V(Tensor([1, 0, -1])) * 2).log() + 1).exp() }
        let found = try #require(origin)
        #expect(found.operation == "log")
        #expect(!found.isGradient)
        #expect(found.shape == [3])
        #expect(found.position == 1)
        #expect(found.value == -.infinity)
        #expect(found.description == "the result of \"log\", of shape [3], is -inf at element 1")
    }

    @Test("the first operation that a bad gradient reaches is named")
    func backward() throws {
        // √0 is finite; its slope is not, and arrives at the product.
        let (slope, origin) = tracingNonFinite { gradient(at: V(Tensor([4, 0]))) { ($0 * 3).sqrt().sum() } }
        #expect(slope.value.array[1] == .infinity)
        let found = try #require(origin)
        #expect(found.operation == "/" || found.operation == "*")
        #expect(found.position == 1)
    }

    @Test("nothing is reported where all is finite, and the result and errors pass through")
    func finite() {
        struct Stop: Error {}
        let (value, origin) = tracingNonFinite { gradient(at: V(3)) { $0 * $0 } }
        #expect(value.scalar == 6)
        #expect(origin?.operation == nil)
        #expect(throws: Stop.self) { _ = try tracingNonFinite { () throws -> V in throw Stop() } }
    }

    @Test("a trace sees its own task only")
    func tasks() async {
        async let bad: Void = Task.detached { for _ in 0..<200 { _ = V(-1).log() } }.value
        let (_, origin) = tracingNonFinite { (0..<200).map { V(Double($0 + 1)).log() } }
        await bad
        #expect(origin?.operation == nil)
    }
}
