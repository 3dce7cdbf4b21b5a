#!/usr/bin/env python3
"""`sotto quantize` of a real model: what it writes is read, dequantized and held to rounding by the `gguf` package.
Needs tests/requirements.txt."""
import json
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time
import unittest

import numpy as np
from gguf import GGUFReader, quants

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import CHAT_MODEL, PROGRAM, Case  # noqa: E402

# Of the formats that the `gguf` package does not write: values a part, least and greatest integer, and the integers that
# the scales of a block's parts are.
PARTS = {"Q3_K": (16, -4, 3, -32, 31), "Q4_K": (32, 0, 15, 0, 63), "Q5_K": (32, 0, 31, 0, 63),
         "Q6_K": (16, -32, 31, -128, 127), "IQ4_NL": (32, -127, 113, None, None), "IQ4_XS": (32, -127, 113, -32, 31)}
IQ4 = np.array([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113])
FLOATS = {"F32": 0, "F16": 2**-11, "BF16": 2**-8}
NUMBERS = {"F32": 0, "F16": 1, "BF16": 32, "Q8_0": 7, "Q6_K": 18, "Q5_K_M": 17, "Q5_K_S": 16, "Q5_1": 9, "Q5_0": 8,
           "Q4_K_M": 15, "Q4_K_S": 14, "IQ4_NL": 25, "IQ4_XS": 30, "Q4_1": 3, "Q4_0": 2, "Q3_K_L": 13, "Q3_K_M": 12,
           "Q3_K_S": 11}
LOOKED_AT = ("blk.0.", "blk.7.", "blk.29.")  # every tensor of a model would take minutes in numpy


def values_of(tensor):
    return quants.dequantize(tensor.data, tensor.tensor_type)


def relative_error(found, expected):
    return float(np.sqrt(((found - expected) ** 2).sum() / (expected ** 2).sum()))


def in_few_bits(values, end, low, high):
    """Each row as multiples of a number of 16 bits, by which its greatest magnitude becomes `end`."""
    most = np.take_along_axis(values, np.abs(values).argmax(1, keepdims=True), 1)
    unit = (most / end).astype(np.float16).astype(np.float64)
    return unit * np.clip(np.rint(np.divide(values, unit, out=np.zeros_like(values), where=unit != 0)), low, high)


def rounded_plainly(values, kind):
    """As a format's definition suggests, without any search."""
    part, low, high, least_scale, most_scale = PARTS[kind]
    x = values.astype(np.float64).reshape(-1, part)
    base = np.zeros((len(x), 1))
    if low == 0:
        base = np.minimum(x.min(1, keepdims=True), 0)
        scale = (x.max(1, keepdims=True) - base) / high
        base = in_few_bits(base.reshape(-1, 256 // part), -63, -63, 0).reshape(-1, 1)
    else:
        scale = np.take_along_axis(x, np.abs(x).argmax(1, keepdims=True), 1) / low
    if most_scale is None:
        scale = scale.astype(np.float16).astype(np.float64)
    else:
        end = least_scale or most_scale
        scale = in_few_bits(scale.reshape(-1, 256 // part), end, least_scale, most_scale).reshape(-1, 1)
    y = np.divide(x - base, scale, out=np.zeros_like(x), where=scale != 0)
    if kind.startswith("IQ4"):
        q = IQ4[np.searchsorted((IQ4[1:] + IQ4[:-1]) / 2, y)]
    else:
        q = np.clip(np.rint(y), low, high)
    return (scale * q + base).reshape(values.shape)


class Models(Case):
    @classmethod
    def setUpClass(cls):
        cls.reader = GGUFReader(CHAT_MODEL)
        cls.source = {tensor.name: tensor for tensor in cls.reader.tensors}
        cls.values = {name: values_of(tensor) for name, tensor in cls.source.items() if name.startswith(LOOKED_AT)}

    def quantize(self, kind, *flags):
        out = self.home.path / f"{kind}.gguf"
        done = self.home.run("quantize", self.need(CHAT_MODEL), out, "--type", kind, "--no-eval", *flags)
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
            else:
                plain = (rounded_plainly(expected, kind.name) if kind.name in PARTS
                         else quants.dequantize(quants.quantize(expected, kind), kind))
                self.assertLessEqual(error, relative_error(plain, expected) * (1 + 1e-6), f"{name}, {kind.name}")

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
        process = subprocess.Popen([PROGRAM, "quantize", CHAT_MODEL, out, "--type", "F32", "--no-eval"], env=self.home.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        most_kib = 0
        while process.poll() is None:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            name, found = re.search(r"Name:\s+(\S+)", status)[1], re.search(r"VmHWM:\s+(\d+)", status)
            most_kib = max(most_kib, int(found[1]) if found and name == "sotto" else 0)
            time.sleep(0.005)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertGreater(most_kib, 0)
        self.assertLess(most_kib, 200 << 10)  # the file has 98 MB, and 540 MB in F32

    def test_nothing_is_left_when_it_is_interrupted(self):
        out = self.home.path / "out.gguf"
        process = subprocess.Popen([PROGRAM, "quantize", CHAT_MODEL, out, "--type", "Q4_K_M", "--no-eval"], env=self.home.env,
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
        self.assert_fails(self.home.run("quantize", model, out, "--type", "q8_0"), 2, "--force")
        self.assertEqual(out.read_text(), "precious")
        self.assertFalse(self.home.run("quantize", model, out, "--type", "q8_0", "--force", "--no-eval").returncode)

    def test_a_full_disk_leaves_nothing(self):
        done = self.home.run("quantize", self.need(CHAT_MODEL), self.home.path / "out.gguf", "--type", "F16",
                             restore_signals=False,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50 << 20, 50 << 20)))
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual([path.name for path in self.home.path.iterdir() if "out" in path.name], [])

    def test_a_model_by_its_name(self):
        self.assertEqual(self.home.run("import", self.need(CHAT_MODEL), "--name", "mine", "--link").returncode, 0)
        done = self.home.run("quantize", "mine", self.home.path / "out.gguf", "--type", "Q4_1", "--no-eval")
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = json.loads(self.home.run("show", self.home.path / "out.gguf", "--json").stdout)
        self.assertEqual(shown["quantization"], "Q4_1")


if __name__ == "__main__":
    unittest.main()
