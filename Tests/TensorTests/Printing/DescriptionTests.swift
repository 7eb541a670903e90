import Tensor
import Testing

@Suite("Tensors print as NumPy prints arrays")
struct DescriptionTests {
    struct Text: Decodable, Sendable, CustomTestStringConvertible {
        let input: ReferenceTensor
        let text: String
        var testDescription: String { String(text.prefix(40)) }
    }

    @Test("the text is NumPy's", arguments: ReferenceFile.load("printing.json", as: [Text].self))
    func matchesNumPy(_ reference: Text) {
        let ours =
            switch reference.input.dtype {
            case "float32": reference.input.cast(to: Float.self).description
            case "float64": reference.input.cast(to: Double.self).description
            case "float16": reference.input.cast(to: Float16.self).description
            case "int32": reference.input.cast(to: Int32.self).description
            case "int64": reference.input.cast(to: Int64.self).description
            case "uint8": reference.input.cast(to: UInt8.self).description
            default: reference.input.cast(to: Bool.self).description
            }
        #expect(ours == reference.text)
    }

    @Test("the debug text names type, shape and strides")
    func debugDescription() {
        let view = Tensor<Float>([[1, 2], [3, 4]]).transposed()
        #expect(view.debugDescription == "Tensor<float32> shape [2, 2] strides [1, 2]\n[[1. 3.]\n [2. 4.]]")
    }

    @Test("a scalar prints as a number")
    func scalar() {
        #expect(Tensor<Float>(1.5).description == "1.5")
        #expect(Tensor<Bool>(true).description == "true")
    }
}
