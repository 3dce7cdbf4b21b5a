#!/usr/bin/env python3
"""LoRA adapters beside Hugging Face transformers and PEFT: tiny random models of the families, with random adapters.

What PEFT computes is made once by tools/oracle_adapters.py, in an environment of its own (tests/requirements-oracle.txt), and
kept with the test data. With an adapter at run time, with two, and merged into the file, logits at every position are within
1e-4 on a scale where their standard deviation is 1. The same adapter as a GGUF file is written here with the `gguf` package's
own table of names.
"""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import gguf
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SOTTO_BUILD") or ROOT / "build/release")
DATA = pathlib.Path(os.environ.get("SOTTO_TEST_DATA") or pathlib.Path.home() / ".cache/sotto-test")
MAKERS = [ROOT / "tools/oracle_adapters.py", ROOT / "tools/tiny_families.py", ROOT / "tests/requirements-oracle.txt"]
ORACLE_PYTHON = os.environ.get("SOTTO_ORACLE_PYTHON") or str(ROOT / ".venv-oracle/bin/python")
TOLERANCE = 1e-4

sys.path.insert(0, str(ROOT / "tests/cli"))
from program import Case  # noqa: E402


def made():
    """The folder of models, made where it is missing; named after what makes it."""
    key = hashlib.sha256(b"".join(path.read_bytes() for path in MAKERS)).hexdigest()[:12]
    folder = DATA / f"tiny-adapters-{key}"
    if not folder.exists():
        scratch = pathlib.Path(tempfile.mkdtemp(dir=DATA))
        subprocess.run([ORACLE_PYTHON, MAKERS[0], scratch], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        scratch.rename(folder)
    return folder


def read_safetensors(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = np.frombuffer(data[begin:end], dtype=np.float32).reshape(entry["shape"])
    return tensors


def write_gguf(folder, out, architecture, n_heads, n_kv_heads, paired):
    """An adapter as a GGUF file; paired: rows of queries and keys in the order that such files have for the family."""
    config = json.loads((folder / "adapter_config.json").read_text())
    names = gguf.get_tensor_name_map(next(
        arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture), 16)
    writer = gguf.GGUFWriter(out, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(config["lora_alpha"]))
    for name, values in read_safetensors(folder / "adapter_model.safetensors").items():
        module = name.removeprefix("base_model.model.").rsplit(".lora_", 1)[0]
        half = "a" if ".lora_A." in name else "b"
        heads = {"q_proj": n_heads, "k_proj": n_kv_heads}.get(module.rsplit(".", 1)[1])
        if paired and half == "b" and heads:
            rows, rank = values.shape
            values = values.reshape(heads, 2, rows // heads // 2, rank).swapaxes(1, 2).reshape(rows, rank)
        writer.add_tensor(f"{names.get_name(module)}.weight.lora_{half}", np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class AdaptersTest(Case):
    @classmethod
    def setUpClass(cls):
        cls.models = made()

    def imported(self, family, *flags):
        out = self.home.path / f"{family}.gguf"
        done = self.home.run("import", self.models / family, "-o", out, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out

    def expected(self, family, name):
        n = len(np.fromfile(self.models / family / "prompt.i32", dtype=np.int32))
        return np.fromfile(self.models / family / f"{name}.f32", dtype=np.float32).reshape(n, -1)

    def logits(self, model, family, *adapters, flags=("--exact",)):
        tokens = np.fromfile(self.models / family / "prompt.i32", dtype=np.int32)
        given = [flag for adapter in adapters for flag in ("--adapter", adapter)]
        done = subprocess.run([BUILD / "bench/sotto_logits", model, *flags, *given],
                              input=" ".join(map(str, tokens)).encode(), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return np.frombuffer(done.stdout, dtype=np.float32).reshape(len(tokens), -1)

    def assert_near(self, found, expected, what):
        worst = np.abs(found - expected).max() / expected.std()
        print(f"{what}: {worst:.1e}")
        self.assertLess(worst, TOLERANCE, what)

    def merged(self, model, *adapters):
        out = self.home.path / "merged.gguf"
        done = self.home.run("merge", model, out, "--force", *(f"--adapter={adapter}" for adapter in adapters))
        self.assertEqual(done.returncode, 0, done.stderr)
        return out

    def compare(self, family):
        model, folder = self.imported(family), self.models / family
        base = self.expected(family, "base")
        self.assert_near(self.logits(model, family), base, f"{family} without")
        for name in ("plain", "patterns"):
            expected = self.expected(family, name)
            self.assertGreater(np.abs(expected - base).max() / base.std(), 500 * TOLERANCE, "the adapter has to show")
            self.assert_near(self.logits(model, family, folder / name), expected, f"{family} {name}")
            self.assert_near(self.logits(self.merged(model, folder / name), family), expected, f"{family} {name} merged")
        expected = self.expected(family, "both")
        both = (folder / "plain", folder / "patterns")
        self.assert_near(self.logits(model, family, *both), expected, f"{family} both")
        self.assert_near(self.logits(self.merged(model, *both), family), expected, f"{family} both merged")

    def test_gguf(self):
        for family, architecture in (("llama", "llama"), ("qwen2", "qwen2"), ("phi3", "phi3"), ("gemma3", "gemma3")):
            model, out = self.imported(family), self.home.path / "adapter.gguf"
            config = json.loads((self.models / family / "config.json").read_text())
            write_gguf(self.models / family / "plain", out, architecture, config["num_attention_heads"],
                       config["num_key_value_heads"], family == "llama")
            expected = self.expected(family, "plain")
            self.assert_near(self.logits(model, family, out), expected, f"{family} as GGUF")
            self.assert_near(self.logits(self.merged(model, out), family), expected, f"{family} as GGUF merged")

    def test_scales_add_up(self):
        model, plain = self.imported("qwen2"), self.models / "qwen2/plain"
        out = self.merged(model, f"{plain}=0.25", f"{plain}=0.75")
        self.assert_near(self.logits(out, "qwen2"), self.expected("qwen2", "plain"), "a quarter and three quarters")
        out = self.merged(model, f"{plain}=2", f"{plain}=-2")
        self.assert_near(self.logits(out, "qwen2"), self.expected("qwen2", "base"), "twice and back")

    def test_quantized_models(self):
        """Packed matrices: close to float32, the same whatever the threads and batches; and merged into F16 or its type."""
        model, plain = self.imported("llama"), self.models / "llama/plain"
        small, half, same = (self.home.path / name for name in ("q8.gguf", "half.gguf", "same.gguf"))
        self.assertEqual(self.home.run("quantize", model, small, "--type", "Q8_0").returncode, 0)
        expected = self.expected("llama", "plain")
        away = lambda found: np.abs(found - expected).max() / expected.std()
        one = self.logits(small, "llama", plain, flags=("--threads", "1"))
        two = self.logits(small, "llama", plain, flags=("--threads", "2"))
        self.assertTrue(np.array_equal(one, two))
        unchanged = away(self.logits(small, "llama", flags=("--threads", "1")))
        self.assertLess(away(one), unchanged / 3)
        done = self.home.run("merge", small, half, "--adapter", plain, "--f16")
        self.assertIn("become F16", done.stderr)
        self.assertLess(away(self.logits(half, "llama")), unchanged / 3)
        done = self.home.run("merge", small, same, "--adapter", plain)
        self.assertIn("rounded to Q8_0 again", done.stderr)
        self.assertLess(away(self.logits(same, "llama")), unchanged / 3)
        types = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(same).tensors}
        self.assertEqual(types["blk.0.attn_q.weight"], "Q8_0")

    def test_the_head_can_only_be_merged(self):
        model, adapter, out = self.imported("llama"), self.home.path / "head.gguf", self.home.path / "merged.gguf"
        matrix = lambda path: next(tensor for tensor in gguf.GGUFReader(path).tensors if tensor.name == "output.weight")
        before = np.array(matrix(model).data)
        generator = np.random.default_rng(4)
        a, b = (generator.standard_normal(shape).astype(np.float32) for shape in ((3, before.shape[1]), (before.shape[0], 3)))
        writer = gguf.GGUFWriter(adapter, "llama")
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", 6.0)
        writer.add_tensor("output.weight.lora_a", a)
        writer.add_tensor("output.weight.lora_b", b)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        self.assert_fails(self.home.run("run", model, "x", "--adapter", adapter), 5, "output.weight", "sotto merge")
        self.assertEqual(self.home.run("merge", model, out, "--adapter", adapter).returncode, 0)
        expected = before.astype(np.float64) + 2.0 * b.astype(np.float64) @ a
        self.assertLess(np.abs(matrix(out).data - expected).max(), 1e-5)

    def test_sessions_are_of_the_model_with_its_adapters(self):
        model, plain = self.imported("llama"), self.models / "llama/plain"
        session = self.home.path / "chat.session"
        ask = lambda *flags: self.home.run("run", model, "the", "--raw", "--max-tokens", "4", "--session", session, *flags)
        self.assertEqual(ask("--adapter", plain).returncode, 0)
        self.assertEqual(ask("--adapter", plain).returncode, 0)
        for flags in ((), ("--adapter", f"{plain}=0.5")):
            done = ask(*flags)
            self.assert_fails(done, done.returncode, "it belongs to another model")
            self.assertNotEqual(done.returncode, 0)

    def test_packed_weights_are_the_models_own(self):
        model, plain = self.imported("llama"), self.models / "llama/plain"
        small = self.home.path / "q8.gguf"
        self.assertEqual(self.home.run("quantize", model, small, "--type", "Q8_0").returncode, 0)
        answers = {}
        for flags in ((), ("--adapter", plain), (), ("--adapter", plain), ("--no-packed-cache",),
                      ("--adapter", plain, "--no-packed-cache")):
            done = self.home.run("run", small, "the", "--raw", "--temperature", "0", "--max-tokens", "12", "--format", "json", *flags)
            self.assertEqual(done.returncode, 0, done.stderr)
            answers.setdefault("--adapter" in flags, set()).add(json.loads(done.stdout)["text"])
        self.assertEqual([len(answers[False]), len(answers[True])], [1, 1])
        self.assertNotEqual(answers[False], answers[True])
        self.assertEqual(len(list((self.home.path / "cache/sotto/packed").glob("*.packed"))), 1)

    def test_what_cannot_be_is_said(self):
        model, plain = self.imported("llama"), self.models / "llama/plain"
        other = self.imported("qwen2")
        self.assert_fails(self.home.run("run", other, "x", "--adapter", plain), 5, "the adapter is for another model")
        self.assert_fails(self.home.run("run", model, "x", "--adapter", "absent"), 3, "absent")
        self.assert_fails(self.home.run("run", model, "x", "--adapter", "a=inf"), 2, "expected a path")
        self.assert_fails(self.home.run("merge", model, self.home.path / "out.gguf"), 2, "--adapter")
        out = self.home.path / "adapter.gguf"
        write_gguf(plain, out, "llama", 4, 2, True)
        self.assert_fails(self.home.run("run", out, "x"), 5, "--adapter")
        self.assert_fails(self.home.run("import", plain, "-o", self.home.path / "x.gguf"), 3, "config.json")


for one in ("llama", "mistral", "qwen2", "qwen3", "gemma3", "phi3", "granite"):
    setattr(AdaptersTest, f"test_{one}", lambda self, one=one: self.compare(one))

if __name__ == "__main__":
    unittest.main()
