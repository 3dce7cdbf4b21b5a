#!/usr/bin/env python3
"""Every family beside Hugging Face transformers: tiny random models, imported as they are published, run in float32.

What transformers computes is made once by tools/tiny_families.py, in an environment of its own (tests/requirements-oracle.txt),
and kept with the test data. Logits at every position of prompts of 1, 7, 64 and 600 tokens are within 1e-4 on a scale where
their standard deviation is 1; the same in uneven batches; and the 64 tokens that greedy choice takes are the same.
"""
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SOTTO_BUILD") or ROOT / "build/release")
DATA = pathlib.Path(os.environ.get("SOTTO_TEST_DATA") or pathlib.Path.home() / ".cache/sotto-test")
MAKER = ROOT / "tools/tiny_families.py"
REQUIREMENTS = ROOT / "tests/requirements-oracle.txt"
ORACLE_PYTHON = os.environ.get("SOTTO_ORACLE_PYTHON") or str(ROOT / ".venv-oracle/bin/python")
LENGTHS = (1, 7, 64, 600)
UNEVEN = 37  # tokens of a first batch
TOLERANCE = 1e-4


def made():
    """The folder of models, made where it is missing; named after what makes it."""
    key = hashlib.sha256(MAKER.read_bytes() + REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = DATA / f"tiny-families-{key}"
    if not folder.exists():
        scratch = pathlib.Path(tempfile.mkdtemp(dir=DATA))
        subprocess.run([ORACLE_PYTHON, MAKER, scratch], check=True, stderr=subprocess.DEVNULL)
        scratch.rename(folder)
    return folder


class FamiliesTest(unittest.TestCase):
    greatest = {}  # {model: the greatest difference of a logit, in standard deviations of the logits}

    @classmethod
    def setUpClass(cls):
        cls.models = made()
        cls.addClassCleanup(cls.report)
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)

    @classmethod
    def report(cls):
        kinds = {json.loads((cls.models / name / "config.json").read_text())["model_type"] for name in cls.greatest}
        print(json.dumps({"models": len(cls.greatest), "model_types": len(kinds),
                          "greatest_difference": float(f"{max(cls.greatest.values(), default=0):.2g}"),
                          "within": TOLERANCE}))

    def imported(self, family):
        out = pathlib.Path(self.scratch.name) / f"{family}.gguf"
        done = subprocess.run([BUILD / "apps/cli/sotto", "import", self.models / family, "--force", "-o", out],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out

    def logits(self, model, tokens, *flags):
        """Those after each token that the flags leave: [n, n_vocab]."""
        done = subprocess.run([BUILD / "bench/sotto_logits", model, "--exact", "--chunk", str(len(tokens)), *flags],
                              input=" ".join(map(str, tokens)).encode(), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return np.frombuffer(done.stdout, dtype=np.float32).reshape(-1, self.n_vocab)

    def compare(self, family):
        model, folder = self.imported(family), self.models / family
        for n in LENGTHS:
            tokens = np.fromfile(folder / f"prompt-{n}.i32", dtype=np.int32)
            expected = np.fromfile(folder / f"logits-{n}.f32", dtype=np.float32).reshape(n, -1)
            self.n_vocab = expected.shape[1]
            found = self.logits(model, tokens)
            spread = expected.std()
            difference = float(np.abs(found - expected).max() / spread)
            self.assertLess(difference, TOLERANCE, f"{n} tokens")
            self.greatest[family] = max(difference, self.greatest.get(family, 0))
            if n > UNEVEN:
                rest = self.logits(model, tokens, "--first", str(UNEVEN))
                self.assertTrue(np.array_equal(rest, found[UNEVEN:]), f"{n} tokens in uneven batches")
        prompt = np.fromfile(folder / "prompt-64.i32", dtype=np.int32)
        greedy = np.fromfile(folder / "greedy.i32", dtype=np.int32)
        text = np.concatenate([prompt, greedy[:-1]])
        chosen = self.logits(model, text, "--first", str(len(prompt) - 1)).argmax(1)
        self.assertEqual(chosen.tolist(), greedy.tolist(), "greedy choice")


def add_tests():
    names = [line.split('"')[1] for line in MAKER.read_text().splitlines() if line.startswith('    "') and ": config(" in line]
    for name in names:
        setattr(FamiliesTest, f"test_{name.replace('-', '_')}", lambda self, name=name: self.compare(name))


add_tests()

if __name__ == "__main__":
    unittest.main()
