#!/usr/bin/env python3
"""Writes the corpus of tests/fuzz/session_fuzz.cpp from the description in src/engine/session_head.h.

    tools/session_fuzz_corpus.py [FOLDER]       needs the Python package xxhash"""
import pathlib
import struct
import sys

import xxhash


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def part(data):
    return struct.pack("<QQ", len(data), xxhash.xxh3_64_intdigest(data))


def session(size, written, ring_slots=0, note=b"{}", layers=None, tokens=None, pending=0, copies=(0, 0, 0), version=2, order=1):
    """A file for two layers of one head of 16 values, a ring of 64 slots (window 20, batches of 30) and 200 tokens, and a
    layer of a state: 16 by 16 values, of each token a row of 48 and a step of 2."""
    chunks = (size + 63) // 64
    slots = [64 if written > 64 else 64 * chunks, 64 * chunks]
    state = 256 + 48 + (48 + 2) * pending + (256 + 48) * sum(copy > 0 for copy in copies) if size > 0 else 0
    layers = layers if layers is not None else [bytes(range(36)) * n for n in slots] + [bytes(4 * state)]
    tokens = struct.pack(f"<{size}i", *range(size)) if tokens is None else tokens
    second = text("Tiny") + struct.pack("<Q", 42) + text("plain sums") + text("f16")
    second += struct.pack("<8i", 200, size, written, ring_slots, size - pending, *copies) + part(tokens) + part(note)
    second += struct.pack("<Q", len(layers)) + b"".join(map(part, layers))
    head = b"SOTTOSES" + struct.pack("<IIQQ", order, version, len(second), xxhash.xxh3_64_intdigest(second))
    return head + second + tokens + note + b"".join(layers)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/fuzz/corpus/session")
    files = {"empty": session(0, 0), "short": session(3, 3), "ring": session(100, 130, 64), "cut": session(3, 3)[:150],
             "version": session(3, 3, version=9), "order": session(3, 3, order=1 << 24),
             "token": session(1, 1, tokens=b"\xff" * 4), "layers": session(3, 3, layers=[b""] * 9),
             "claim": session(3, 250), "pending": session(20, 20, pending=5, copies=(0, 12, 3)),
             "copy": session(20, 20, copies=(21, 0, 0))}
    for name, data in files.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
