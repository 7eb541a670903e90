import GoldenSupport
import Tensor
import Testing

@Suite("AnyTensor")
struct AnyTensorTests {
    @Test("promotion, wrapping, true division and casts give PyTorch's values and types")
    func goldenCases() throws {
        var caseCount = 0
        for folder in try Golden.folders(topic: "core/ops") {
            let index = try folder.index("ops.index.json")
            let tensors = try folder.tensors("ops.safetensors")
            for test in try #require(index["cases"]?.arrayValue) {
                let name = try #require(test["name"]?.stringValue)
                let operation = try #require(test["op"]?.stringValue)
                let input: (Int) throws -> AnyTensor = { try tensors.golden("\(name)/in\($0)") }
                let actual: AnyTensor
                switch operation {
                case "add" where test["native"]?.boolValue == true: actual = try input(0) + input(1)
                case "div" where name == "int_true_div": actual = try input(0) / input(1)
                case "cast":
                    let target = try #require(test["attrs"]?["to"]?.stringValue)
                    actual = try input(0).cast(to: try #require(DType.allCases.first { $0.description == target }))
                default: continue
                }
                caseCount += 1
                let expected = try tensors.golden("\(name)/out0")
                #expect(actual.dtype == expected.dtype, "\(name)")
                let mismatch = Golden.mismatch(actual: actual, expected: expected, rtol: 0, atol: 0)
                #expect(mismatch == nil, "\(name): \(mismatch ?? "")")
            }
        }
        #expect(caseCount >= 14)
    }

    @Test(
        "two types meet in the type that holds both",
        arguments: [
            (DType.bool, DType.bool, DType.bool), (.bool, .uint8, .uint8), (.uint8, .int8, .int16),
            (.uint8, .int16, .int16), (.uint16, .int16, .int32), (.uint32, .int32, .int64), (.uint64, .int8, .float64),
            (.uint64, .uint8, .uint64), (.int32, .int64, .int64), (.int64, .float16, .float16),
            (.uint64, .bfloat16, .bfloat16), (.float16, .bfloat16, .float32), (.float16, .float32, .float32),
            (.bfloat16, .float64, .float64),
        ])
    func promotion(a: DType, b: DType, expected: DType) {
        #expect(DType.promoted(a, b) == expected)
        #expect(DType.promoted(b, a) == expected)
    }

    @Test("promotion is commutative, idempotent and, within one kind, associative")
    func promotionLaws() {
        for a in DType.allCases {
            #expect(DType.promoted(a, a) == a)
            for b in DType.allCases {
                #expect(DType.promoted(a, b) == DType.promoted(b, a))
                for c in DType.allCases where a.isFloatingPoint && b.isFloatingPoint && c.isFloatingPoint {
                    let left = DType.promoted(DType.promoted(a, b), c)
                    #expect(left == DType.promoted(a, DType.promoted(b, c)))
                }
            }
        }
    }

    @Test("narrow and unsigned integers wrap around at their own width")
    func wrapping() {
        let cases: [(DType, [UInt8], [UInt8], [UInt8])] = [
            (.int8, [127], [1], [128]),
            (.int16, [255, 127], [1, 0], [0, 128]),
            (.uint16, [255, 255], [2, 0], [1, 0]),
            (.uint32, [255, 255, 255, 255], [3, 0, 0, 0], [2, 0, 0, 0]),
            (.uint64, [255, 255, 255, 255, 255, 255, 255, 255], [2, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]),
        ]
        for (dtype, a, b, expected) in cases {
            let sum = AnyTensor(bytes: a, dtype: dtype, shape: [1]) + AnyTensor(bytes: b, dtype: dtype, shape: [1])
            #expect(sum.dtype == dtype)
            #expect(sum.withUnsafeBytes { Array($0) } == expected, "\(dtype)")
        }
    }

    @Test("Bool adds as or, multiplies as and, divides as float32")
    func boolArithmetic() {
        let a = AnyTensor(Tensor([false, false, true, true]))
        let b = AnyTensor(Tensor([false, true, false, true]))
        #expect((a + b).tensor(as: Bool.self)?.array == [false, true, true, true])
        #expect((a * b).tensor(as: Bool.self)?.array == [false, false, false, true])
        #expect((a / b).tensor(as: Float.self)?.array.suffix(3) == [0, .infinity, 1])
    }

    @Test("half precision is computed through float32 and rounded once")
    func halfPrecision() {
        let a = AnyTensor(Tensor<Float>([2048, 60000])).cast(to: .float16)
        let sum = a + AnyTensor(Tensor<Float>([1, 60000])).cast(to: .float16)
        #expect(sum.dtype == .float16)
        #expect(sum.cast(to: Float.self).array == [2048, .infinity])
    }

    @Test("operators broadcast views, and the wrapped tensor is not copied")
    func viewsAndSharing() {
        let matrix = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
        let sum = AnyTensor(matrix.transposed()) + AnyTensor(Tensor<Int32>([10, 20]))
        #expect(sum.tensor(as: Float.self)?.array == [11, 24, 12, 25, 13, 26])
        #expect(AnyTensor(matrix).tensor(as: Double.self)?.array == nil)
        let bytes = AnyTensor(matrix.transposed()).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(bytes == [1, 4, 2, 5, 3, 6])
    }

    @Test("foreign bytes become valid Bools")
    func foreignBools() {
        let flags = AnyTensor(bytes: [0, 1, 2, 255], dtype: .bool, shape: [4])
        #expect(flags.tensor(as: Bool.self)?.array == [false, true, true, true])
    }
}
