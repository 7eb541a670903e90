#!/usr/bin/env python3
"""Writes components.json: tokenizer.json files that use every component, texts, and what the tokenizers package makes of them.

Usage: generate_components.py OUT.json   (tokenizers 0.23)
"""
import json
import sys

import tokenizers
from tokenizers import Tokenizer

TEXTS = [
    "", " ", "Hello world", "  Hello,  World!\n\nHow are you?  ", "naïve café Ünïcode ÀÉ", "cafe\u0301 a\u0323\u0301 q\u0307\u0323 \u1e69 s\u0323\u0307",
    "ﬁ ² ① Ⅷ ½ ㎏ ｶﾞ ＡＢ Å \u212b \u2126", "한국어 \u1112\u1161\u11ab \uac00\u11a8", "你好，世界 mixed 中文abc", "don't I'LL we've 'sx", "a1b22c333 4444",
    "x\u00a0y\u2003z\u200bw\ufeff\u00ad", "tab\there\r\nline\x00\x07\x7f", "▁already▁there", "hello---world--a-b-", "İstanbul ẞ ǅ ΑΣ", "🙂 👨‍👩‍👧 🇩🇪",
    "the[MASK]cat [MASK] [MASK]x", "<s>hi</s> <s> <tok>tok</tok> TOK tok", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "supercalifragilistic hello worlds", "１２３ ٣٤ ½x", "\u2028sep\u2029par\x85nel", "a.b,c;d:e!f?g(h)[i]{j}", "snake_case kebab-case camelCase", "é\u0301\u0327o",
    "मानक हिन्दी", "\u0f71\u0f72\u0f74 \u0958", "don't do not can't it's , . ! ?", "unknown \u4e01\u4e02 end",
]
CHARS = sorted(set("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?'-▁"))
WORDS = ["hello", "world", "the", "cat", "he", "llo", "wor", "ld", "th", "in", "an", "don", "▁hello", "▁world", "▁the", "▁", "##lo", "##ld", "##s", "un", "known",
         "##known", "##l", "##d", "##e", "##r", "Hello", "World", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[PAD]", "<unk>", "<s>", "</s>", "you", "are", "super", "##cali"]


def vocab(extra=()):
    tokens = ["[UNK]", "[CLS]", "[SEP]", "[MASK]", "[PAD]", "<unk>", "<s>", "</s>"]
    for token in CHARS + WORDS + list(extra):
        if token not in tokens:
            tokens.append(token)
    return {token: i for i, token in enumerate(tokens)}


def added(content, id, **kw):
    base = dict(id=id, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    base.update(kw)
    return base


WORDLEVEL = dict(type="WordLevel", vocab=vocab(), unk_token="[UNK]")
WORDPIECE = dict(type="WordPiece", vocab=vocab(["##" + c for c in CHARS]), unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=40)
MERGES = [("h", "e"), ("l", "l"), ("ll", "o"), ("he", "llo"), ("w", "o"), ("wo", "r"), ("l", "d"), ("wor", "ld"), ("t", "h"), ("th", "e"), ("a", "a"), ("aa", "aa"), ("aaaa", "aaaa"),
          ("▁", "hello"), ("▁", "the"), ("i", "n"), ("a", "n"), ("1", "2"), (" ", "the")]
BPE = dict(type="BPE", dropout=None, unk_token="[UNK]", continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False, byte_fallback=False,
           vocab=vocab(["ll", "llo", "he", "wo", "wor", "ld", "th", "aa", "aaaa", "aaaaaaaa", "12", " the"]), merges=[" ".join(m) for m in MERGES if " " not in m[0]])
BYTES = [f"<0x{i:02X}>" for i in range(256)]
ALPHABET = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
BYTEBPE = dict(type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix=None, fuse_unk=False, byte_fallback=False, ignore_merges=False,
               vocab={t: i for i, t in enumerate(ALPHABET + ["he", "ll", "llo", "hello", "Ġw", "Ġwor", "or", "ld", "Ġworld", "Ã©", "ĠĠ", "th", "in", "Ġthe", "Whole", "[MASK]"])},
               merges=[["h", "e"], ["l", "l"], ["ll", "o"], ["he", "llo"], ["o", "r"], ["l", "d"], ["Ġ", "w"], ["Ġw", "or"], ["Ġwor", "ld"], ["Ã", "©"], ["Ġ", "Ġ"], ["t", "h"], ["i", "n"]])
SCORES = [[t, -float(i % 17) - len(t) * -0.1 - 2] for i, t in enumerate(vocab())]
UNIGRAM = dict(type="Unigram", unk_id=5, vocab=SCORES, byte_fallback=False)


def seq(kind, *steps):
    return {"type": "Sequence", kind: list(steps)}


def split(pattern, behavior, invert=False):
    return dict(type="Split", pattern=pattern, behavior=behavior, invert=invert)


BERTNORM = dict(type="BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
META = dict(type="Metaspace", replacement="▁", prepend_scheme="always", split=True)
TEMPLATE = dict(type="TemplateProcessing",
                single=[{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                pair=[{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                      {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                special_tokens={"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}})
BL = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
GPT4O = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
C = {}


def case(name, **kw):
    base = dict(version="1.0", truncation=None, padding=None, added_tokens=[], normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None, model=WORDLEVEL)
    base.update(kw)
    C[name] = base


WS = dict(type="Whitespace")
for form in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt"]:
    case(f"normalizer {form}", normalizer=dict(type=form), pre_tokenizer=dict(type="WhitespaceSplit"), model=BPE)
    case(f"bytes behind {form}", normalizer=dict(type=form), pre_tokenizer=dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=False), model=BYTEBPE, decoder=BL)
case("bytes behind accents", normalizer=seq("normalizers", dict(type="NFD"), dict(type="StripAccents"), dict(type="Lowercase")), pre_tokenizer=BL, model=BYTEBPE, decoder=BL)
case("strip", normalizer=dict(type="Strip", strip_left=True, strip_right=True), model=BPE)
case("strip left", normalizer=dict(type="Strip", strip_left=True, strip_right=False), model=BPE)
case("strip right", normalizer=dict(type="Strip", strip_left=False, strip_right=True), model=BPE)
case("replace string", normalizer=dict(type="Replace", pattern={"String": "l"}, content="ll"), model=BPE, decoder=dict(type="Replace", pattern={"String": "ll"}, content="l"))
case("replace regex", normalizer=dict(type="Replace", pattern={"Regex": r"\s+"}, content=" "), model=BPE, decoder=dict(type="Fuse"))
case("replace bounds", normalizer=dict(type="Replace", pattern={"Regex": r"\b"}, content="-"), model=BPE, decoder=dict(type="Fuse"))
case("prepend", normalizer=dict(type="Prepend", prepend="▁"), model=BPE)
case("bert", normalizer=BERTNORM, pre_tokenizer=dict(type="BertPreTokenizer"), model=WORDPIECE, post_processor=TEMPLATE, decoder=dict(type="WordPiece", prefix="##", cleanup=True),
     added_tokens=[added("[UNK]", 0), added("[CLS]", 1), added("[SEP]", 2), added("[MASK]", 3, lstrip=True), added("[PAD]", 4)])
case("bert cased accents", normalizer=dict(BERTNORM, lowercase=False, strip_accents=True), pre_tokenizer=dict(type="BertPreTokenizer"), model=WORDPIECE, decoder=dict(type="WordPiece", prefix="##", cleanup=False))
case("bert unclean", normalizer=dict(BERTNORM, clean_text=False, handle_chinese_chars=False, strip_accents=False), pre_tokenizer=dict(type="BertPreTokenizer"), model=WORDPIECE)
case("bert processing", pre_tokenizer=WS, post_processor=dict(type="BertProcessing", sep=["[SEP]", 2], cls=["[CLS]", 1]), model=WORDPIECE)
case("roberta", pre_tokenizer=BL, model=BYTEBPE, decoder=BL, post_processor=dict(type="RobertaProcessing", sep=["</s>", 7], cls=["<s>", 6], trim_offsets=True, add_prefix_space=True))
case("roberta untrimmed", pre_tokenizer=dict(BL, add_prefix_space=True), model=BYTEBPE, decoder=BL, post_processor=dict(type="RobertaProcessing", sep=["</s>", 7], cls=["<s>", 6], trim_offsets=False, add_prefix_space=True))
case("bytelevel processor", pre_tokenizer=dict(BL, add_prefix_space=True), model=BYTEBPE, decoder=BL, post_processor=dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True))
case("processor sequence", pre_tokenizer=BL, model=BYTEBPE, decoder=BL, post_processor=seq("processors", dict(type="ByteLevel", add_prefix_space=False, trim_offsets=False, use_regex=True), TEMPLATE))
for name, pre in [("whitespace", WS), ("whitespace split", dict(type="WhitespaceSplit")), ("digits", dict(type="Digits", individual_digits=False)), ("single digits", dict(type="Digits", individual_digits=True)),
                  ("delimiter", dict(type="CharDelimiterSplit", delimiter="-")), ("fixed length", dict(type="FixedLength", length=3)),
                  ("sequence", seq("pretokenizers", dict(type="WhitespaceSplit"), dict(type="Punctuation", behavior="Isolated"), dict(type="Digits", individual_digits=True)))]:
    case(f"pre {name}", pre_tokenizer=pre, model=WORDLEVEL)
    case(f"pre {name} bpe", pre_tokenizer=pre, model=BPE)
for behavior in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]:
    case(f"punctuation {behavior}", pre_tokenizer=dict(type="Punctuation", behavior=behavior), model=BPE)
    for invert in [False, True]:
        case(f"split string {behavior} {invert}", pre_tokenizer=split({"String": "-"}, behavior, invert), model=BPE)
        case(f"split regex {behavior} {invert}", pre_tokenizer=split({"Regex": r"\w+|[^\w\s]+"}, behavior, invert), model=BPE)
for name, regex in [("o200k", GPT4O), ("cl100k", CL100K), ("lookbehind", r"(?<=[a-z])(?=[A-Z])|_"), ("lazy", r"a+?b?|.+?o"), ("lines", r"^.|\w$"), ("nested", r"(?:(?:a|b)+c)*|[[:punct:]]|[\p{L}&&[^e]]+"),
                    ("case", r"(?i)HELLO|(?i:w)orld|[a-c]+"), ("counted", r"a{2,4}|\d{2}|l{2}?"), ("cjk", r"[一-龥぀-ゟ゠-ヿ]+|\p{Han}|\p{P}|\p{S}"), ("word border", r"\b\w|\B-")]:
    case(f"regex {name}", pre_tokenizer=split({"Regex": regex}, "Isolated"), model=BPE)
for scheme in ["always", "first", "never"]:
    for cut in [True, False]:
        case(f"metaspace {scheme} {cut}", pre_tokenizer=dict(META, prepend_scheme=scheme, split=cut), model=UNIGRAM, decoder=dict(META, prepend_scheme=scheme, split=cut),
             added_tokens=[added("<s>", 6), added("</s>", 7)])
case("unigram bytes", model=dict(UNIGRAM, vocab=SCORES + [[b, -20.0] for b in BYTES], byte_fallback=True), pre_tokenizer=META, decoder=seq("decoders", dict(type="ByteFallback"), META))
case("unigram whole", model=UNIGRAM, normalizer=dict(type="NFKC"), decoder=dict(type="Fuse"))
case("bpe fused unknown", model=dict(BPE, fuse_unk=True), pre_tokenizer=WS)
case("bpe without unknown", model=dict(BPE, unk_token=None), pre_tokenizer=WS)
case("bpe bytes", model=dict(BPE, byte_fallback=True, vocab={**BPE["vocab"], **{b: len(BPE["vocab"]) + i for i, b in enumerate(BYTES)}}),
     normalizer=seq("normalizers", dict(type="Prepend", prepend="▁"), dict(type="Replace", pattern={"String": " "}, content="▁")),
     decoder=seq("decoders", dict(type="Replace", pattern={"String": "▁"}, content=" "), dict(type="ByteFallback"), dict(type="Fuse"), dict(type="Strip", content=" ", start=1, stop=0)))
case("bpe some bytes", model=dict(BPE, byte_fallback=True, fuse_unk=True, vocab={**BPE["vocab"], **{b: len(BPE["vocab"]) + i for i, b in enumerate(BYTES[128:200])}}))
suffix = {t + "</w>": i for i, t in enumerate(["hello", "d", "e", "o", "a", "s", "the", "c", "t"])}
case("bpe suffix", model=dict(BPE, end_of_word_suffix="</w>", vocab={**BPE["vocab"], **{t: len(BPE["vocab"]) + i for t, i in suffix.items()}}, merges=["h e", "l l", "t h", "th e</w>"]),
     pre_tokenizer=WS, decoder=dict(type="BPEDecoder", suffix="</w>"))
prefixed = {"##" + c: i for i, c in enumerate("abcdefghijklmnopqrstuvwxyz")}
case("bpe prefix", model=dict(BPE, continuing_subword_prefix="##", vocab={**BPE["vocab"], **{t: len(BPE["vocab"]) + i for t, i in prefixed.items() if t not in BPE["vocab"]}}, merges=["h ##e", "##l ##d", "t ##h", "th ##e"]), pre_tokenizer=WS)
case("ignore merges", model=dict(BYTEBPE, ignore_merges=True), pre_tokenizer=dict(BL, use_regex=False), decoder=BL)
case("byte normalizer", model=BYTEBPE, normalizer=dict(type="ByteLevel"), pre_tokenizer=split({"String": "Ġ"}, "MergedWithNext"), decoder=BL)
case("bytes unigram", model=dict(UNIGRAM, vocab=SCORES + [[t, -5.5] for t in ALPHABET if t not in vocab()]), pre_tokenizer=BL, decoder=BL)
case("bytes in the middle", model=BPE, pre_tokenizer=seq("pretokenizers", dict(BL, use_regex=True), dict(type="Digits", individual_digits=True)))
case("no decoder", model=BPE, pre_tokenizer=WS)
case("ctc", model=WORDLEVEL, pre_tokenizer=WS, decoder=dict(type="CTC", pad_token="[PAD]", word_delimiter_token="|", cleanup=True))
T = len(vocab())
case("added tokens", model=WORDLEVEL, pre_tokenizer=WS, normalizer=dict(type="Lowercase"), added_tokens=[
    added("<s>", 6), added("</s>", 7), added("[MASK]", 3, lstrip=True, rstrip=True), added("tok", T, special=False, single_word=True, normalized=True), added("<tok>", T + 1, special=False),
    added("HELLO", T + 2, special=False, normalized=True), added("tab", T + 3, special=False, single_word=True, normalized=False), added("ab", T + 4, special=False, normalized=False, rstrip=True),
    added("case", T + 5, special=False, normalized=True, lstrip=True), added("cas", T + 6, special=False, normalized=True)])
case("truncation block", model=WORDPIECE, pre_tokenizer=WS, post_processor=TEMPLATE, truncation=dict(direction="Right", max_length=6, strategy="LongestFirst", stride=0),
     padding=dict(strategy={"Fixed": 8}, direction="Right", pad_to_multiple_of=None, pad_id=4, pad_type_id=0, pad_token="[PAD]"))
case("truncation left", model=WORDPIECE, pre_tokenizer=WS, post_processor=TEMPLATE, truncation=dict(direction="Left", max_length=7, strategy="OnlySecond", stride=0),
     padding=dict(strategy="BatchLongest", direction="Left", pad_to_multiple_of=4, pad_id=4, pad_type_id=1, pad_token="[PAD]"))
PAIRS = [("Hello world", "the cat"), ("", "hello"), ("hello hello hello hello hello", "the cat in the world an the"), ("a b c d e f g h i j", "a b"), ("one", "hello world the cat in an a b c d e f g")]


def byte_offsets(text, offsets):
    starts = [0]
    for c in text:
        starts.append(starts[-1] + len(c.encode()))
    return [[starts[a], starts[b]] for a, b in offsets]


# Offsets are compared where both sides mean the same. The package gives composed characters the place of their first part,
# replaced text that of its last character and inserted text that of a neighbour, and loses count behind dropped unknown
# characters; Martlet gives composed and replaced text all it stands for and inserted text an empty place.
OFFSETS_DIFFER = ("normalizer NF", "bytes behind NF", "bytes behind accents", "replace", "prepend", "roberta untrimmed", "metaspace", "unigram bytes",
                  "unigram whole", "bpe without", "bpe bytes", "bpe some")

out = []
for name, file in C.items():
    text_of = json.dumps(file, ensure_ascii=False)
    try:
        tok = Tokenizer.from_str(text_of)
    except Exception as error:
        print(name, error)
        continue
    fixed = file["truncation"] is not None
    cases = []
    for text in TEXTS if not fixed else TEXTS[:8]:
        try:
            e = tok.encode(text)
        except Exception as error:
            print(name, repr(text), error)
            continue
        cases.append(dict(text=text, ids=e.ids, offsets=None if name.startswith(OFFSETS_DIFFER) else byte_offsets(text, e.offsets), special=e.special_tokens_mask, attention=e.attention_mask,
                          decoded=tok.decode(e.ids), decoded_all=tok.decode(e.ids, skip_special_tokens=False)))
    pairs = []
    for a, b in PAIRS:
        try:
            e = tok.encode(a, b)
        except Exception as error:
            print(name, repr((a, b)), error)
            continue
        pairs.append(dict(a=a, b=b, ids=e.ids, type_ids=e.type_ids, special=e.special_tokens_mask, attention=e.attention_mask))
    out.append(dict(name=name, file=file, uses_blocks=fixed, cases=cases, pairs=pairs))
json.dump(dict(made_with="tokenizers " + tokenizers.__version__, tokenizers=out), open(sys.argv[1], "w"), ensure_ascii=False, separators=(",", ":"))
print(len(out), "tokenizers")
