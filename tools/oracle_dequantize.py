"""oracle_dequantize.py FOLDER: for each FOLDER/<TYPE>.blocks (bytes of a GGUF tensor of that type) writes
FOLDER/<TYPE>.f32, the values as the `gguf` package computes them, or for types that it only names or does not know, as
numpy does by the layouts of ggml's headers. Knows nothing of Sotto's code."""
import pathlib
import sys

import numpy as np
from gguf.constants import GGMLQuantizationType
from gguf.quants import dequantize


def fields_of(data, **widths):
    """{name: bytes of each block}, from the front."""
    ends = np.cumsum(list(widths.values()))
    return dict(zip(widths, np.split(data.reshape(-1, ends[-1]), ends[:-1], axis=1)))


def q8_k(data):
    block = fields_of(data, d=4, values=256, sums=32)
    return block["d"].copy().view(np.float32) * block["values"].view(np.int8).astype(np.float32)


def q1_0(data):
    block = fields_of(data, d=2, signs=16)
    signs = np.unpackbits(block["signs"], axis=1, bitorder="little").astype(np.float32) * 2 - 1
    return block["d"].copy().view(np.float16).astype(np.float32) * signs


def q2_0(data):
    block = fields_of(data, d=2, codes=16)
    codes = np.stack([block["codes"] >> shift & 3 for shift in (0, 2, 4, 6)], axis=2).reshape(-1, 64)
    return block["d"].copy().view(np.float16).astype(np.float32) * (codes.astype(np.float32) - 1)


BY_LAYOUT = {"Q8_K": q8_k, "Q1_0": q1_0, "Q2_0": q2_0}

for blocks in pathlib.Path(sys.argv[1]).glob("*.blocks"):
    data = np.fromfile(blocks, dtype=np.uint8)
    with np.errstate(all="ignore"):
        by_layout = BY_LAYOUT.get(blocks.stem)
        values = by_layout(data) if by_layout else dequantize(data, GGMLQuantizationType[blocks.stem])
    values.astype(np.float32, copy=False).tofile(blocks.with_suffix(".f32"))
