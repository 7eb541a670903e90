import Foundation
import Tokenizers

let tokenizerWorkloads: [Workload] = [
    Workload("tokenize_10mb", .none, file: Files.qwen) {
        let tokenizer = try Tokenizer(directory: Files.qwen)
        let text = try String(contentsOfFile: Files.text, encoding: .utf8)
        return { keep(tokenizer.encode(text)) }
    },
    Workload("tokenizer_load", .none, file: Files.qwen) {
        { keep(try! Tokenizer(directory: Files.qwen)) }
    },
]
