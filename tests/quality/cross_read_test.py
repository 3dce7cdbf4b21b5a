#!/usr/bin/env python3
"""A GGUF file with a tensor of every type of weights, as the `gguf` package writes it: Sotto's values of each are the
package's, or after the published layout where that has none (tools/gguf_types.py), bit for bit. The long form, over what llama.cpp's quantizer writes, is bench/cross_read.py."""
import pathlib
import sys
import tempfile
import unittest

import numpy as np
from gguf import GGUFWriter
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import cross_read  # noqa: E402
import gguf_types  # noqa: E402  (cross_read knows where it lies)

gguf_types.teach_package()
# Types that are no weights: what activations are rounded to, integers, and numbers of 64 bits.
NO_WEIGHTS = {"Q8_1", "I8", "I16", "I32", "I64", "F64"}
ROWS, COLUMNS = 5, 512


def random_rows(kind, random):
    """Rows of blocks of any bytes; of plain types any bits of a number."""
    n_values, n_bytes = GGML_QUANT_SIZES[kind]
    return random.integers(0, 256, (ROWS, COLUMNS // n_values * n_bytes), dtype=np.uint8)


def values_by_layout(tensor):
    if tensor.tensor_type.name in ("F32", "F16"):
        return np.asarray(tensor.data, dtype=np.float32).reshape(-1)
    return gguf_types.dequantize(tensor.data, tensor.tensor_type).reshape(-1)


class CrossRead(unittest.TestCase):
    KINDS = [kind for kind in GGML_QUANT_SIZES if kind.name not in NO_WEIGHTS]

    def write(self, path, kinds):
        writer, random = GGUFWriter(path, "llama"), np.random.default_rng(11)
        for kind in kinds:
            writer.add_tensor(kind.name, random_rows(kind, random), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    def test_every_type_in_one_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "all.gguf"
            self.write(path, self.KINDS)
            with np.errstate(all="ignore"):
                differ, kinds = cross_read.differing_tensors(path, values_by_layout)
        self.assertEqual(differ, [])
        self.assertGreaterEqual(len(kinds), 29)
        self.assertLessEqual({"Q1_0", "Q2_0", "Q8_K"}, set(kinds))
        print(f"{len(kinds)} types in a file: {' '.join(sorted(kinds))}")

    def test_a_difference_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "one.gguf"
            self.write(path, [GGMLQuantizationType.Q4_0])
            differ, _ = cross_read.differing_tensors(path, lambda tensor: values_by_layout(tensor) * np.float32(1.0000002))
            self.assertEqual(differ, ["Q4_0"])


if __name__ == "__main__":
    unittest.main()
