#!/usr/bin/env python3
"""packed_fuzz_corpus.py: writes tests/fuzz/corpus/packed, small files of packed weights for packed_fuzz.

Checksums stay 0: the fuzz target makes them right.
"""
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent.parent / "tests/fuzz/corpus/packed"
PAGE = 4096
LAYOUT_VERSION = 1


def string(text):
    return struct.pack("<Q", len(text)) + text.encode()


def part(name, packing, rows, cols, offset, size):
    return string(name) + struct.pack("<I6Q", packing, rows, cols, offset, size, 0, 0)


def file_of(parts, body_bytes, version=LAYOUT_VERSION):
    head = b"SOTPACK1" + struct.pack("<IIQQ", version, 0, PAGE, 0)
    head += bytes(16) + struct.pack("<QQqq", 1000, 7, 5, 6) + string("/models/a.gguf")
    head += struct.pack("<I", len(parts)) + b"".join(parts)
    return head.ljust(PAGE, b"\0") + bytes(body_bytes)


FILES = {
    "empty": file_of([], 0),
    "one": file_of([part("output.weight", 0, 16, 32, PAGE, 384)], 384),
    "two": file_of([part("a", 3, 16, 32, PAGE, 640), part("b", 1, 1, 32, PAGE + 640, 448)], 640 + 448),
    "overlap": file_of([part("a", 3, 16, 32, PAGE, 640), part("b", 1, 1, 32, PAGE, 448)], 640),
    "version": file_of([], 0, version=0xFFFF),
}

for name, data in FILES.items():
    (FOLDER / name).write_bytes(data)
