#!/usr/bin/env python3
"""Writes classes.json: which scalars each class of a regular expression holds, as ranges, by the tokenizers package.

Usage: generate_classes.py OUT.json   (tokenizers 0.23)
"""
import json
import sys
import unicodedata

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

CHARS = [chr(i) for i in range(0x110000) if not 0xD800 <= i < 0xE000]


def ranges(members):
    result = []
    for value in sorted(ord(c) for c in members):
        if result and result[-1][1] == value - 1:
            result[-1][1] = value
        else:
            result.append([value, value])
    return result


def members(split):
    found = set()
    for k in range(0, len(CHARS), 4096):
        for piece, _ in split.pre_tokenize_str("".join(CHARS[k:k + 4096])):
            found.update(piece)
    return found


out = {p: ranges(members(pre_tokenizers.Split(Regex(p), "removed", invert=True)))
       for p in [r"\w", r"\s", r"\d", r"\p{L}", r"\p{N}", r"\p{P}", r"\p{M}", r"\p{S}", r"\p{Lu}", r"\p{Ll}", r"\p{Z}", r"[[:punct:]]", r"[[:alnum:]]", r"\p{Han}", r"\p{Hiragana}", r"\p{Katakana}"]}
# What normalisers and pre-tokenisers drop, each scalar by itself.
bert = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
dropping = {
    "clean": normalizers.BertNormalizer(**dict(bert, clean_text=True)),
    "accents": normalizers.BertNormalizer(**dict(bert, strip_accents=True)),
    "marks": normalizers.StripAccents(),
    "nmt": normalizers.Nmt(),
}
dropped = {name: ranges([c for c in CHARS if step.normalize_str(c) == ""]) for name, step in dropping.items()}
for name, step in [("punctuation", pre_tokenizers.Punctuation("removed")), ("space", pre_tokenizers.WhitespaceSplit())]:
    kept = members(step)
    dropped[name] = ranges([c for c in CHARS if c not in kept])
forms = {}
for name in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase"]:
    form = getattr(normalizers, name)()
    changed = [c for c in CHARS if form.normalize_str(c) != c and not 0xAC00 <= ord(c) < 0xD7A4]
    # Marks in both orders, so that every combining class shows; and every character that this Python decomposes.
    changed += [c for c in CHARS if unicodedata.combining(c) > 0 or unicodedata.decomposition(c)]
    texts = ["a" + "".join(c + ("a" if not unicodedata.combining(c) else "\u0334") for c in changed[k:k + 100]) for k in range(0, len(changed), 100)]
    forms[name] = [[text, form.normalize_str(text)] for text in texts]
json.dump(dict(made_with="tokenizers " + tokenizers.__version__, classes=out, dropped=dropped, forms=forms), open(sys.argv[1], "w"), separators=(",", ":"), ensure_ascii=False)
