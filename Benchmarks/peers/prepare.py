#!/usr/bin/env python3
"""Makes the files that workloads read, in .data: a text, sentences, and Qwen's vocabulary as tokenizer.json.

    prepare.py SHAKESPEARE

The vocabulary is the one in the Python package dashscope 2.0.2 (Apache-2.0), of which only a list of ranked tokens is
used: a merge is the split of a token that the ranks before it leave.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile
import zipfile

PATTERN = (
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")


def byte_characters():
    """The printable character that stands for each byte in byte-level vocabularies."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = (b for b in range(256) if b not in plain)
    return {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(others)}


def merge(token, ranks):
    """The two parts of a token before its last merge."""
    parts = [bytes([b]) for b in token]
    while len(parts) > 2:
        pairs = [ranks.get(a + b, len(ranks)) for a, b in zip(parts, parts[1:])]
        i = pairs.index(min(pairs))
        parts[i:i + 2] = [parts[i] + parts[i + 1]]
    return parts


def write_qwen(folder):
    with tempfile.TemporaryDirectory() as work:
        download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", work, "dashscope==2.0.2"]
        subprocess.run(download, check=True)
        archive = zipfile.ZipFile(os.path.join(work, os.listdir(work)[0]))
        lines = archive.read("dashscope/resources/qwen.tiktoken").split(b"\n")
    ranks = {base64.b64decode(line.split()[0]): int(line.split()[1]) for line in lines if line}
    names = byte_characters()

    def text(token):
        return "".join(names[b] for b in token)

    merges = [[text(part) for part in merge(token, ranks)] for token in ranks if len(token) > 1]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            ],
        },
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {text(token): rank for token, rank in ranks.items()}, "merges": merges,
        },
    }
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "tokenizer.json"), "w") as file:
        json.dump(tokenizer, file, ensure_ascii=False)


def main():
    os.makedirs(".data", exist_ok=True)
    shakespeare = open(sys.argv[1]).read()
    with open(".data/text.txt", "w") as file:
        file.write((shakespeare * 10)[:10_000_000])
    speeches = [" ".join(speech.split("\n")[1:]) for speech in shakespeare.split("\n\n")]
    with open(".data/sentences.txt", "w") as file:
        file.writelines(speech + "\n" for speech in [s for s in speeches if s][:256])
    if not os.path.exists(".data/qwen/tokenizer.json"):
        write_qwen(".data/qwen")


main()
