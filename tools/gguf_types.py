"""Values of every type of weights: by PyPI `gguf` where it has them, else by numpy after the layouts of ggml's headers.
Knows nothing of Sotto's code."""
import gguf
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

UNKNOWN = {"Q2_0": (42, (64, 18))}  # to the package: its number, values and bytes of a block


def teach_package():
    """From now on the package reads files with these types."""
    for name, (number, size) in UNKNOWN.items():
        if number not in GGMLQuantizationType._value2member_map_:
            kind = int.__new__(GGMLQuantizationType, number)
            kind._name_, kind._value_ = name, number
            GGMLQuantizationType._value2member_map_[number] = kind
            GGML_QUANT_SIZES[kind] = size


def kind_named(name):
    return GGMLQuantizationType(UNKNOWN[name][0]) if name in UNKNOWN else GGMLQuantizationType[name]


def fields_of(data, **widths):
    """{name: bytes of each block}, from the front."""
    ends = np.cumsum(list(widths.values()))
    return dict(zip(widths, np.split(data.reshape(-1, ends[-1]), ends[:-1], axis=1)))


def q8_k(data):
    block = fields_of(data, d=4, values=256, sums=32)
    return block["d"].copy().view(np.float32) * block["values"].copy().view(np.int8).astype(np.float32)


def q1_0(data):
    block = fields_of(data, d=2, signs=16)
    signs = np.unpackbits(block["signs"], axis=1, bitorder="little").astype(np.float32) * 2 - 1
    return block["d"].copy().view(np.float16).astype(np.float32) * signs


def q2_0(data):
    block = fields_of(data, d=2, codes=16)
    codes = np.stack([block["codes"] >> shift & 3 for shift in (0, 2, 4, 6)], axis=2).reshape(-1, 64)
    return block["d"].copy().view(np.float16).astype(np.float32) * (codes.astype(np.float32) - 1)


BY_LAYOUT = {"Q8_K": q8_k, "Q1_0": q1_0, "Q2_0": q2_0}


def dequantize(data, kind):
    """f32, a row for each row of blocks in `data`."""
    by_layout = BY_LAYOUT.get(kind.name)
    if by_layout is None:
        return gguf.quants.dequantize(data, kind).astype(np.float32, copy=False)
    return by_layout(np.ascontiguousarray(data)).reshape(*data.shape[:-1], -1)
