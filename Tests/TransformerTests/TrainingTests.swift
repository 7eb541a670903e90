import Autograd
import Glibc
import GoldenSupport
import NN
import Tensor
import Testing
import Tokenizers
import Transformer

@Suite("Training")
struct TrainingTests {
    @Test("the loss in pieces is the cross-entropy of the whole, first and second order")
    func linearLoss() {
        let x = Variable(Tensor<Float>(randomNormal: [300, 6], key: RandomKey(seed: 1)))
        let weight = Variable(Tensor<Float>(randomNormal: [11, 6], key: RandomKey(seed: 2)))
        let targets = Tensor<Int64>(randomIntegers: [300], in: 0..<11, key: RandomKey(seed: 3))
        let pieces = valueAndGradient(at: [x, weight]) { linearCrossEntropy($0[0], $0[1], targets) }
        let whole = valueAndGradient(at: [x, weight]) { crossEntropy($0[0].linear($0[1]), targets) }
        #expect(abs(pieces.value.scalar - whole.value.scalar) < 1e-5)
        for (a, b) in zip(pieces.gradients, whole.gradients) {
            #expect(
                Golden.mismatch(actual: AnyTensor(a.value), expected: AnyTensor(b.value), rtol: 1e-4, atol: 1e-7) == nil
            )
        }
        let along = Variable(Tensor<Float>(randomNormal: [11, 6], key: RandomKey(seed: 4)))
        let second = hvp({ linearCrossEntropy(x, $0, targets) }, at: weight, along: along)
        let expected = hvp({ crossEntropy(x.linear($0), targets) }, at: weight, along: along)
        #expect(
            Golden.mismatch(
                actual: AnyTensor(second.product.value), expected: AnyTensor(expected.product.value), rtol: 1e-3,
                atol: 1e-6) == nil)
        #expect(linearCrossEntropy(Variable(Tensor(zeros: [0, 6])), weight, Tensor(zeros: [0])).scalar.isNaN)
    }

    @Test("packed documents have the loss of documents by themselves")
    func packing() throws {
        let documents = [[5, 6, 7, 8], [9, 10, 11], [12, 13, 14, 15, 16], [20, 21]].map { TrainingDocument($0) }
        for name in ["llama-tiny", "gpt2-tiny", "mistral-tiny"] {
            let model = try GoldenModels.model(name)
            var (sum, count) = (0.0, 0)
            for document in documents {
                let part = model.negativeLogLikelihood(TokenBatch(document.tokens))
                (sum, count) = (sum + part.sum, count + part.count)
            }
            let packed = LanguageModelData(packing: documents, length: 8, padding: 0)
            #expect(packed.count == 2)
            let batch = packed.batch(at: [0, 1])
            let loss = Double(model.loss(batch.tokens, labels: batch.labels).scalar)
            #expect(abs(loss - sum / Double(count)) < 1e-4, "\(name)")
            let padded = LanguageModelData(padding: documents, maximumLength: 16, padding: 0).batch(at: [0, 1, 2, 3])
            #expect(abs(Double(model.loss(padded.tokens, labels: padded.labels).scalar) - sum / Double(count)) < 1e-4)
        }
    }

    @Test("padding on the left neither predicts nor is predicted, with labels and without")
    func leftPadding() throws {
        let model = try GoldenModels.model("llama-tiny")
        let sequences = [[5, 6, 7, 8, 9], [10, 11, 12], [13]]
        let parts = sequences.map { model.negativeLogLikelihood(TokenBatch($0)) }
        for side in [TokenBatch.Side.left, .right] {
            let batch = TokenBatch(sequences, padding: 3, side: side)
            let all = model.negativeLogLikelihood(batch)
            #expect(all.count == 6)
            #expect(abs(all.sum - parts.reduce(0) { $0 + $1.sum }) < 1e-4)
            let labels = zip(batch.ids.array, try #require(batch.keep).array).map { $1 ? $0 : -100 }
            let labelled = model.negativeLogLikelihood(batch, labels: Tensor(labels, shape: batch.ids.shape))
            #expect(labelled.count == 6 && labelled.sum == all.sum)
        }
    }

    @Test("the perplexity of a text in pieces is the exponential of the mean loss over its tokens")
    func perplexity() throws {
        for family in [TransformerFamily.llama, .gpt2] {
            let configuration = TransformerConfiguration(
                family: family, vocabularySize: 40, hiddenSize: 16, layerCount: 2, headCount: 2, maximumPositions: 32)
            let model = TransformerModel(configuration, key: RandomKey(seed: 1))
            let tokens = (0..<75).map { ($0 * 17 + $0 / 5) % 40 }
            let pieces = stride(from: 0, to: 75, by: 32).map { Array(tokens[$0..<min($0 + 32, 75)]) }
            var (sum, count) = (0.0, 0)
            // By hand: the mean of -log p of each token but the first of its piece, in double precision.
            var (expected, places) = (0.0, 0)
            for piece in pieces {
                let part = model.negativeLogLikelihood(TokenBatch(piece))
                (sum, count) = (sum + part.sum, count + part.count)
                #expect(abs(part.sum / Double(part.count) - Double(model.loss(TokenBatch(piece)).scalar)) < 1e-6)
                let logits = model(TokenBatch(piece)).value.squeezed(0)
                for place in 0..<piece.count - 1 {
                    let row = logits.selected(axis: 0, at: place).array.map(Double.init)
                    expected += log(row.reduce(0) { $0 + exp($1) }) - row[piece[place + 1]]
                    places += 1
                }
            }
            #expect(count == places && count == 72)
            let (perplexity, wanted) = (exp(sum / Double(count)), exp(expected / Double(places)))
            #expect(abs(perplexity - wanted) < 1e-4 * wanted)
        }
    }

    @Test("joined documents are rows of one stream")
    func joining() {
        let data = LanguageModelData(
            joining: [TrainingDocument([5, 6]), TrainingDocument([7, 8, 9])], length: 3, separator: 1)
        let batch = data.batch(at: [0, 1])
        #expect(batch.tokens.ids.array == [5, 6, 1, 7, 8, 9])
        #expect(batch.labels.array == [5, 6, 1, 7, 8, 9] && batch.tokens.segments == nil)
    }

    @Test("a small model learns a text; the same seed gives the same bits")
    func learning() throws {
        let text = Array(String(repeating: "the quick brown fox jumps over the lazy dog. ", count: 20).utf8).map(
            Int.init)
        let configuration = TransformerConfiguration(
            family: .gpt2, vocabularySize: 256, hiddenSize: 32, layerCount: 2, headCount: 4, maximumPositions: 32)
        func trained() throws -> (TransformerModel, Double) {
            let data = LanguageModelData(joining: [TrainingDocument(text)], length: 32, separator: 0)
            var trainer = Trainer(
                model: TransformerModel(configuration, key: RandomKey(seed: 1)),
                optimizer: AdamW<Float>(learningRate: 3e-3), key: RandomKey(seed: 2))
            let plan = TrainingPlan(steps: 60, gradientNormLimit: 1)
            try trainer.fit(data.loader(batchSize: 8, shuffle: RandomKey(seed: 3)), plan: plan) { model, batch, _ in
                model.loss(batch.tokens, labels: batch.labels)
            }
            let batch = data.batch(at: [0])
            return (trainer.model, Double(trainer.model.loss(batch.tokens, labels: batch.labels).scalar))
        }
        let (first, loss) = try trained()
        #expect(loss < 1.5)
        let (second, _) = try trained()
        for (a, b) in zip(first.parameters, second.parameters) { #expect(a.value == b.value) }
    }
}

@Suite("Training data")
struct TrainingDataTests {
    private static let template =
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"

    private func reader() throws -> (TrainingTextReader, Tokenizer) {
        var tokenizer = try Tokenizer(
            contentsOf: "\(Golden.packageDirectory)/Tests/Golden/core/tokenizers/files/bpe-gpt2.tokenizer.json")
        tokenizer.configuration.chatTemplate = Self.template
        return (try TrainingTextReader(tokenizer), tokenizer)
    }

    @Test("only what the assistant says counts")
    func chat() throws {
        let (reader, tokenizer) = try reader()
        let chat: [ChatMessage] = [.user("Hi there"), .assistant("Hello!"), .user("Bye"), .assistant("See you")]
        let document = try reader.document(chat: chat)
        let counted = zip(document.tokens, document.isTarget).filter { $0.1 }.map(\.0)
        let text = try tokenizer.decode(counted)
        #expect(text.contains("Hello!") && text.contains("See you"))
        #expect(!text.contains("Hi there") && !text.contains("Bye"))
    }

    @Test("a file of JSON lines, and the line of a mistake")
    func jsonLines() throws {
        let (reader, tokenizer) = try reader()
        let folder = TemporaryFolder()
        let path = "\(folder.path)/data.jsonl"
        let lines = """
            {"text": "Hello world"}

            {"prompt": "Two plus two is", "completion": " four"}
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
            """
        try AtomicFile.write(to: path, Array(lines.utf8))
        let documents = try reader.documents(jsonLines: path)
        #expect(documents.count == 3)
        #expect(documents[0].isTarget.allSatisfy { $0 })
        let counted = zip(documents[1].tokens, documents[1].isTarget).filter { $0.1 }.map(\.0)
        #expect(try tokenizer.decode(counted) == " four")
        for bad in ["{", "{\"other\": 1}", "{\"messages\": [3]}", "[]"] {
            try AtomicFile.write(to: path, Array("{\"text\": \"a\"}\n\(bad)".utf8))
            let error = #expect(throws: TrainingDataError.self) { try reader.documents(jsonLines: path) }
            #expect(error?.description.contains("line 2") == true)
        }
        #expect(throws: TrainingDataError.self) { try reader.documents(jsonLines: "/nowhere.jsonl") }
    }
}
