#!/usr/bin/env python3
"""A GGUF file with a tensor of every type of weights, as the `gguf` package writes it: Sotto's values of each are the
package's, bit for bit. The long form, over what llama.cpp's quantizer writes, is bench/cross_read.py."""
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

import numpy as np
from gguf import GGUFWriter, quants
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import cross_read  # noqa: E402

# And types that the package names and does not compute.
NO_WEIGHTS = {"Q8_1", "Q8_K", "I8", "I16", "I32", "I64", "F64", "Q1_0"}
ROWS, COLUMNS = 5, 512


def random_rows(kind, random):
    """Rows of blocks of any bytes; of plain types any bits of a number."""
    n_values, n_bytes = GGML_QUANT_SIZES[kind]
    return random.integers(0, 256, (ROWS, COLUMNS // n_values * n_bytes), dtype=np.uint8)


class CrossRead(unittest.TestCase):
    KINDS = [kind for kind in GGMLQuantizationType if kind.name not in NO_WEIGHTS]

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
                differ, kinds = cross_read.differing_tensors(path)
        self.assertEqual(differ, [])
        self.assertGreaterEqual(len(kinds), 25)
        print(f"{len(kinds)} types in a file: {' '.join(sorted(kinds))}")

    def test_a_difference_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "one.gguf"
            self.write(path, [GGMLQuantizationType.Q4_0])
            package = quants.dequantize
            with unittest.mock.patch.object(cross_read.quants, "dequantize", lambda *a: package(*a) * np.float32(1.0000002)):
                self.assertEqual(cross_read.differing_tensors(path)[0], ["Q4_0"])


if __name__ == "__main__":
    unittest.main()
