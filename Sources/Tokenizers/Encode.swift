import Tensor

extension Tokenizer {
    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - text: any text; an empty one has no tokens of its own.
    ///   - addSpecialTokens: add what the post-processor puts around a text, such as `[CLS]` and `[SEP]`.
    ///   - allowSpecial: which special tokens count when the text contains them; by default none, since text from users
    ///     must not steer the model.
    public func encode(
        _ text: String, addSpecialTokens: Bool = true, allowSpecial: SpecialTokenPolicy = .none
    ) -> [Int] {
        var text = text
        return text.withUTF8 { encode(valid: $0, addSpecialTokens, allowSpecial) }
    }

    /// The tokens of bytes that should be UTF-8; U+FFFD stands in the place of those that are not.
    public func encode(
        bytes: [UInt8], addSpecialTokens: Bool = true, allowSpecial: SpecialTokenPolicy = .none
    ) -> [Int] {
        repairedUTF8(bytes).withUnsafeBufferPointer { encode(valid: $0, addSpecialTokens, allowSpecial) }
    }

    private func encode(valid text: UTF8Buffer, _ addSpecialTokens: Bool, _ policy: SpecialTokenPolicy) -> [Int] {
        var run = Run(textLength: text.count, wantsOffsets: false)
        self.run(text, policy, &run)
        let ids = run.ids.map(Int.init)
        guard addSpecialTokens, let postProcessor, postProcessor.addedTokenCount(isPair: false) > 0 else { return ids }
        var encoding = Encoding()
        encoding.ids = ids
        return postProcessor.apply(to: [encoding], addSpecialTokens: true) { _, _ in }[0].ids
    }

    /// A text, or a pair of texts, with offsets, types and masks.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - pair: a second text, such as the passage to a question.
    ///   - addSpecialTokens: add what the post-processor puts around texts.
    ///   - allowSpecial: which special tokens count when a text contains them.
    ///   - truncation: how a long text is cut; by default not at all, even if the file has a `truncation` block
    ///     (``truncation``).
    public func encoding(
        of text: String, and pair: String? = nil, addSpecialTokens: Bool = true,
        allowSpecial: SpecialTokenPolicy = .none, truncation: Truncation? = nil
    ) -> Encoding {
        var encodings = ([text] + (pair.map { [$0] } ?? [])).map { text in
            var text = text
            return text.withUTF8 { buffer in
                var run = Run(textLength: buffer.count, wantsOffsets: true)
                self.run(buffer, allowSpecial, &run)
                return Encoding(ids: run.ids, offsets: run.offsets, typeID: 0)
            }
        }
        let added = addSpecialTokens ? postProcessor?.addedTokenCount(isPair: pair != nil) ?? 0 : 0
        truncation?.apply(to: &encodings, addedTokenCount: added)
        if let postProcessor {
            encodings = postProcessor.apply(to: encodings, addSpecialTokens: addSpecialTokens) { encoding, addsSpace in
                trimOffsets(&encoding, addsPrefixSpace: addsSpace)
            }
        }
        if encodings.count == 1 { return encodings[0] }
        var result = encodings[0]
        result.append(encodings[1], typeID: 1)
        return result
    }

    /// The encodings of texts, equally long.
    ///
    /// - Parameters:
    ///   - texts: any number of texts; none gives no encodings.
    ///   - addSpecialTokens: add what the post-processor puts around texts.
    ///   - allowSpecial: which special tokens count when a text contains them.
    ///   - truncation: how long texts are cut; by default not at all, whatever the file says (``truncation``).
    ///   - padding: by default to the longest text, with the file's padding token; nil pads nothing. A file's own wish for
    ///     a fixed length is in ``padding``.
    public func encodings(
        of texts: [String], addSpecialTokens: Bool = true, allowSpecial: SpecialTokenPolicy = .none,
        truncation: Truncation? = nil, padding: BatchPadding = .longest
    ) -> [Encoding] {
        var result = texts.map {
            encoding(
                of: $0, addSpecialTokens: addSpecialTokens, allowSpecial: allowSpecial, truncation: truncation)
        }
        switch padding {
        case .none: break
        case .longest: longestPadding.apply(to: &result)
        case .custom(let padding): padding.apply(to: &result)
        }
        return result
    }

    /// How a batch is padded.
    public enum BatchPadding: Sendable, Hashable {
        /// Not at all.
        case none
        /// To the longest encoding, with the padding token and on the side that the file names.
        case longest
        /// In another way.
        case custom(Padding)
    }

    /// The file's padding token and side, to the longest.
    private var longestPadding: Padding {
        if var padding {
            padding.length = .longest
            padding.multiple = nil
            return padding
        }
        var result = Padding()
        for name in [configuration.padToken, "[PAD]", "<pad>", "<|endoftext|>"] {
            guard let name, let id = id(ofToken: name) else { continue }
            result.id = id
            result.token = name
            break
        }
        return result
    }

    /// Takes white space at the ends of tokens out of their offsets.
    private func trimOffsets(_ encoding: inout Encoding, addsPrefixSpace: Bool) {
        let space = ByteAlphabet.scalars[0x20]
        for i in encoding.ids.indices {
            let counts: (leading: Int, trailing: Int)? = withToken(encoding.ids[i]) { token in
                let scalars = String(decoding: token, as: UTF8.self).unicodeScalars.map(\.value)
                func isSpace(_ value: UInt32) -> Bool { value == space || ScalarClass(of: value).contains(.space) }
                return (scalars.prefix(while: isSpace).count, scalars.reversed().prefix(while: isSpace).count)
            }
            guard let counts, case (var leading, let trailing) = counts, leading > 0 || trailing > 0 else { continue }
            var (start, end) = (encoding.offsets[i].lowerBound, encoding.offsets[i].upperBound)
            // The space that was put before the text has no place in it.
            if leading == 1, addsPrefixSpace, i == 0 || start == 0 { leading = 0 }
            start = min(start + leading, end)
            if trailing > 0, end >= trailing { end = max(end - trailing, start) }
            encoding.offsets[i] = start..<end
        }
    }
}
