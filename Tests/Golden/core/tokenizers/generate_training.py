#!/usr/bin/env python3
"""Writes training.json: a corpus and the BPE vocabularies that the tokenizers package learns from it.

Usage: generate_training.py tokenizers.json OUT.json   (tokenizers 0.23; the first argument gives the texts)
"""
import json
import sys

import tokenizers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

index = json.load(open(sys.argv[1]))
corpus = index["split_texts"] * 2 + ["the quick brown fox jumps over the lazy dog " * 3, "low lower lowest new newer newest wide wider widest " * 5,
                                     "reward models distil knowledge from teachers to students " * 4, "0 1 22 333 4444 55555 666666", "aaaa aaaaa aaaaaa bbbb abab ababab"]
cases = []
for style, vocab, frequency, longest, all_bytes in [("gpt2", 700, 0, None, True), ("llama3", 600, 0, None, True), ("qwen2", 500, 0, None, True), ("gpt2", 2000, 2, None, True),
                                                    ("gpt2", 450, 3, 5, False), ("llama3", 300, 0, 4, True)]:
    tok = Tokenizer(models.BPE())
    if style == "qwen2":
        tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(index["regexes"][style]), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    extra = dict(max_token_length=longest) if longest else {}
    tok.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=vocab, min_frequency=frequency, special_tokens=["<|begin|>", "<|end|>"], show_progress=False,
                                                        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()) if all_bytes else [], **extra))
    model = json.loads(tok.to_str())["model"]
    cases.append(dict(style=style, vocabulary_size=vocab, minimum_frequency=frequency, maximum_token_length=longest, all_bytes=all_bytes,
                      tokens=[t for t, _ in sorted(model["vocab"].items(), key=lambda x: x[1])], merges=model["merges"]))
json.dump(dict(made_with="tokenizers " + tokenizers.__version__, corpus=corpus, cases=cases), open(sys.argv[2], "w"), separators=(",", ":"))
