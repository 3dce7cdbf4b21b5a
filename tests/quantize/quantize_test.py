#!/usr/bin/env python3
"""`sotto quantize` of a real model: what it writes is read, dequantized and held to rounding by the `gguf` package.
Needs tests/requirements.txt."""
import json
import pathlib
import resource
import signal
import subprocess
import sys
import time
import unittest

import numpy as np
from gguf import GGUFReader, GGMLQuantizationType, quants

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import CHAT_MODEL, PROGRAM, Case  # noqa: E402

# Relative RMS error of rounding bell-shaped weights, in blocks of the format with scales as they are stored and no search;
# of the K types and IQ4_XS by the same arithmetic as in quantizer_test.cpp. None: held to the `gguf` package's rounding.
MOST_ERROR = {"Q3_K": 0.21, "Q4_K": 0.08, "Q5_K": 0.04, "Q6_K": 0.02, "IQ4_NL": 0.085, "IQ4_XS": 0.085}
FLOATS = {"F32": 0, "F16": 2**-11, "BF16": 2**-8}
NUMBERS = {"F32": 0, "F16": 1, "BF16": 32, "Q8_0": 7, "Q6_K": 18, "Q5_K_M": 17, "Q5_K_S": 16, "Q5_1": 9, "Q5_0": 8,
           "Q4_K_M": 15, "Q4_K_S": 14, "IQ4_NL": 25, "IQ4_XS": 30, "Q4_1": 3, "Q4_0": 2, "Q3_K_L": 13, "Q3_K_M": 12,
           "Q3_K_S": 11}
LOOKED_AT = ("blk.0.", "blk.7.", "blk.29.")  # every tensor of a model would take minutes in numpy


def values_of(tensor):
    return quants.dequantize(tensor.data, tensor.tensor_type)


def relative_error(found, expected):
    return float(np.sqrt(((found - expected) ** 2).sum() / (expected ** 2).sum()))


class Models(Case):
    @classmethod
    def setUpClass(cls):
        cls.reader = GGUFReader(CHAT_MODEL)
        cls.source = {tensor.name: tensor for tensor in cls.reader.tensors}
        cls.values = {name: values_of(tensor) for name, tensor in cls.source.items() if name.startswith(LOOKED_AT)}

    def quantize(self, kind, *flags):
        out = self.home.path / f"{kind}.gguf"
        done = self.home.run("quantize", self.need(CHAT_MODEL), out, "--type", kind, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out, done

    def check_errors(self, tensors):
        for name, expected in self.values.items():
            kind = tensors[name].tensor_type
            found = values_of(tensors[name])
            error = relative_error(found, expected)
            if kind == self.source[name].tensor_type:
                self.assertEqual(error, 0, name)
            elif kind.name in FLOATS:
                self.assertLessEqual(error, FLOATS[kind.name], name)
            elif kind.name in MOST_ERROR:
                self.assertLessEqual(error, MOST_ERROR[kind.name], name)
            else:
                plain = relative_error(quants.dequantize(quants.quantize(expected, kind), kind), expected)
                self.assertLessEqual(error, plain * (1 + 1e-6), name)

    def check_metadata(self, reader, number):
        changed = {"GGUF.kv_count", "general.file_type", "general.quantization_version"}
        for key, field in self.reader.fields.items():
            if key not in changed:
                self.assertEqual([bytes(part) for part in field.parts[1:]],
                                 [bytes(part) for part in reader.fields[key].parts[1:]], key)
        self.assertEqual(set(reader.fields), set(self.reader.fields))
        self.assertEqual(reader.fields["general.file_type"].contents(), number)
        self.assertEqual(reader.fields["general.quantization_version"].contents(), 2)

    def test_every_type(self):
        for kind, number in NUMBERS.items():
            with self.subTest(kind):
                out, done = self.quantize(kind)
                reader = GGUFReader(out)
                tensors = {tensor.name: tensor for tensor in reader.tensors}
                self.assertEqual([tensor.name for tensor in reader.tensors], list(self.source))
                for name, tensor in tensors.items():
                    self.assertEqual(list(tensor.shape), list(self.source[name].shape), name)
                self.check_metadata(reader, number)
                self.check_errors(tensors)
                self.assertIn("bits per weight", done.stdout)
                if kind != "Q4_1":
                    self.assertIn("is quantized already (Q4_1)", done.stderr)
                out.unlink()

    def test_what_it_writes_answers(self):
        for kind in ("Q8_0", "Q5_K_M"):
            out, _ = self.quantize(kind)
            done = self.home.run("run", out, "What is the capital of France? Answer in one word.", "--temperature", "0",
                                 "--max-tokens", "8")
            self.assertIn("Paris", done.stdout, done.stderr)

    def test_memory_is_bounded(self):
        out = self.home.path / "out.gguf"
        process = subprocess.Popen([PROGRAM, "quantize", CHAT_MODEL, out, "--type", "F32"], env=self.home.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        # ru_maxrss of children is the greatest of all: the whole file in F32 has 540 MB.
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 500 << 10)

    def test_nothing_is_left_when_it_is_interrupted(self):
        out = self.home.path / "out.gguf"
        process = subprocess.Popen([PROGRAM, "quantize", CHAT_MODEL, out, "--type", "Q4_K_M"], env=self.home.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        begun = lambda: [path for path in self.home.path.iterdir() if path.is_file() and path.stat().st_size > 1 << 20]
        deadline = time.monotonic() + 60
        while not begun() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        if process.returncode == 0:
            self.skipTest("it was done before it could be interrupted")
        self.assertEqual(process.returncode, 130, stderr)
        self.assertEqual(begun(), [])

    def test_what_is_refused(self):
        out = self.home.path / "out.gguf"
        model = self.need(CHAT_MODEL)
        self.assert_fails(self.home.run("quantize", model, out, "--type", "Q9"), 2, "Q9", "Q4_K_M")
        self.assert_fails(self.home.run("quantize", model, out), 2, "--type")
        self.assert_fails(self.home.run("quantize", "no-such-model", out, "--type", "Q8_0"), 3, "no-such-model")
        out.write_text("precious")
        self.assert_fails(self.home.run("quantize", model, out, "--type", "q8_0"), 1, "--force")
        self.assertEqual(out.read_text(), "precious")
        self.assertFalse(self.home.run("quantize", model, out, "--type", "q8_0", "--force").returncode)

    def test_a_full_disk_leaves_nothing(self):
        done = self.home.run("quantize", self.need(CHAT_MODEL), self.home.path / "out.gguf", "--type", "F16",
                             restore_signals=False,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50 << 20, 50 << 20)))
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual([path.name for path in self.home.path.iterdir() if "out" in path.name], [])

    def test_a_model_by_its_name(self):
        self.assertEqual(self.home.run("import", self.need(CHAT_MODEL), "--name", "mine", "--link").returncode, 0)
        done = self.home.run("quantize", "mine", self.home.path / "out.gguf", "--type", "Q4_1")
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = json.loads(self.home.run("show", self.home.path / "out.gguf", "--json").stdout)
        self.assertEqual(shown["quantization"], "Q4_1")


if __name__ == "__main__":
    unittest.main()
