#!/usr/bin/env python3
"""Writes Sources/Tokenizers/Unicode/DecompositionData.swift from the Unicode Character Database of this Python."""
import sys
import unicodedata

entries = []
for value in range(0x110000):
    if 0xAC00 <= value <= 0xD7A3:
        continue
    text = unicodedata.decomposition(chr(value))
    if not text:
        continue
    sign = "="
    if text.startswith("<"):
        sign, text = "~", text.split("> ", 1)[1]
    entries.append(f"{value:X}{sign}" + " ".join(f"{int(part, 16):X}" for part in text.split()))
lines, line = [], ""
for entry in entries:
    if len(line) + len(entry) > 110:
        lines.append(line)
        line = ""
    line += entry + ";"
lines.append(line)
head = f'''/// The decomposition mappings of Unicode {unicodedata.unidata_version}, written by scripts/generate-decompositions.py.
///
/// One entry a scalar: its value, `=` for a canonical or `~` for a compatibility mapping, the values it maps to. Hangul
/// syllables are left out: arithmetic decomposes them. The data are those of UnicodeData.txt, copyright Unicode, Inc.,
/// under the Unicode License v3 (https://www.unicode.org/license.txt).
///
/// Own tables, because the standard library keeps its canonical forms internal and has no compatibility forms, and
/// Foundation would be loaded by every program for two of its methods.
let decompositionData: StaticString = """
'''
with open(sys.argv[1], "w") as file:
    file.write(head)
    for line in lines:
        file.write("    " + line + "\n")
    file.write('    """\n')
print(len(entries), "entries")
