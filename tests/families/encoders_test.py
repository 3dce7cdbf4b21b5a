#!/usr/bin/env python3
"""Embeddings beside Hugging Face transformers: all-MiniLM-L6-v2, and tiny random encoders of every way of pooling, imported as
they are published.

What transformers computes is made once by tools/oracle_encoder.py, in an environment of its own (tests/requirements-oracle.txt),
and kept with the test data. The cosine of each of 500 texts' vectors is at least 0.9999, and of those of float32 weights 0.999999.
"""
import json
import re
import unittest

import numpy as np

import oracle
from oracle import DATA, ROOT

MAKER = ROOT / "tools/oracle_encoder.py"
N_TEXTS = 500
ODD = ["", " ", "a", "?", "\U0001F600", "\U0001F469\u200D\U0001F680 to the moon", "na\u00EFve caf\u00E9, \u00C6r\u00F8sk\u00F8bing, \u00C5ngstr\u00F6m",
       "\u4E2D\u6587\u53E5\u5B50\u6D4B\u8BD5", "\u65E5\u672C\u8A9E\u306E\u6587\u7AE0\u3067\u3059\u3002", "\uD55C\uAD6D\uC5B4 \uBB38\uC7A5", "\u041F\u0440\u0438\u0432\u0435\u0442, \u043C\u0438\u0440!", "tabs\tand   spaces  ",
       "def f(x): return x ** 2  # a comment", "https://example.org/a?b=c&d=%20", "x" * 120, "x" * 99, "1,234.56 \u20AC"]


def texts():
    """500: sentences, neighbouring ones in pairs, one of 400 words, and odd ones."""
    sentences = []
    for name in ("prose", "technical", "before"):
        words = (ROOT / f"bench/texts/{name}.txt").read_text().split()
        if name == "prose":
            long = " ".join(words[:400])
        sentences += re.split(r"(?<=[.!?])\s+", " ".join(words))
    chosen = [*ODD, long, *sentences]
    pairs = [f"{a} {b}" for a, b in zip(sentences[::2], sentences[1::2])]
    return (chosen + pairs)[:N_TEXTS]


def pooling_of(folder):
    switches = json.loads((folder / "1_Pooling/config.json").read_text())
    names = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls", "pooling_mode_lasttoken": "last"}
    return next(mode for key, mode in names.items() if switches.get(key))


def source():
    return json.dumps(texts()).encode()


def fill(folder, run):
    """Tiny models, and what transformers computes with them and with the real one."""
    (folder / "texts.json").write_bytes(source())
    run("tiny", folder / "tiny")
    for model in [DATA / "all-MiniLM-L6-v2", *(folder / "tiny").iterdir()]:
        run("embed", model, folder / "texts.json", folder / f"{model.name}.f32", "--pooling", pooling_of(model))


class EncodersTest(oracle.OracleTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.texts = texts()
        cls.expected = oracle.kept("encoders", MAKER, fill, source())

    def vectors(self, model, lines):
        done = self.sotto("embed", model, text="".join(line + "\n" for line in lines))
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.array([json.loads(line) for line in done.stdout.splitlines()], dtype=np.float32)

    def compare(self, folder, least, *flags):
        expected = np.fromfile(self.expected / f"{folder.name}.f32", dtype=np.float32).reshape(N_TEXTS, -1)
        found = self.vectors(self.imported(folder, *flags), self.texts)
        self.assertEqual(found.shape, expected.shape)
        lengths = np.linalg.norm(found.astype(np.float64), axis=1)
        self.assertLess(np.abs(lengths - 1).max(), 1e-6)
        cosines = (found.astype(np.float64) * expected).sum(1)
        worst = cosines.argmin()
        self.assertGreaterEqual(cosines[worst], least, repr(self.texts[worst])[:80])
        print(f"{folder.name} {' '.join(flags) or 'as published'}: the least cosine of {N_TEXTS} texts is {cosines[worst]:.7f}")

    def test_minilm(self):
        self.compare(DATA / "all-MiniLM-L6-v2", 0.999999)

    def test_minilm_f16(self):
        self.compare(DATA / "all-MiniLM-L6-v2", 0.9999, "--type", "f16")

    def test_tiny(self):
        for folder in sorted((self.expected / "tiny").iterdir()):
            with self.subTest(folder.name):
                self.compare(folder, 0.999999)

    def test_a_vector_does_not_depend_on_the_others(self):
        model = self.imported(DATA / "all-MiniLM-L6-v2")
        some = self.texts[10:40]
        together = self.vectors(model, some)
        alone = np.concatenate([self.vectors(model, [text]) for text in some[:5]])
        self.assertTrue(np.array_equal(together[:5], alone))

    def test_likeness(self):
        model = self.imported(DATA / "all-MiniLM-L6-v2")
        done = self.sotto("embed", model, "How do I replace a broken disk?", "Swapping a failed hard drive",
                          "The boat drifted down the river at dawn")
        a, b, c = (np.array(json.loads(line)) for line in done.stdout.splitlines())
        self.assertGreater(a @ b, a @ c + 0.3)

    def test_what_does_not_fit_is_said(self):
        model = self.imported(DATA / "all-MiniLM-L6-v2")
        done = self.sotto("embed", model, "short", "word " * 600)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("text 2 of 2 has 602 tokens, and the model takes 512", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_the_wrong_kind_of_model(self):
        model = self.imported(DATA / "all-MiniLM-L6-v2")
        done = self.sotto("run", model, "hello")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("is an encoder: it turns texts into embeddings (sotto embed)", done.stderr)
        done = self.sotto("embed", DATA / "SmolLM2-135M-Instruct.Q4_1.gguf", "hello")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("\"llama\" writes text", done.stderr)


if __name__ == "__main__":
    unittest.main()
