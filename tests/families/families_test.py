#!/usr/bin/env python3
"""Every family beside Hugging Face transformers: tiny random models, imported as they are published, run in float32.

What transformers computes is made once by tools/tiny_families.py, in an environment of its own (tests/requirements-oracle.txt),
and kept with the test data. Logits at every position of prompts of 1, 7, 64 and 600 tokens are within 1e-4 on a scale where
their standard deviation is 1; the same in uneven batches; and the 64 tokens that greedy choice takes are the same. With
Q8_0 weights the logits of the prompt of 64 differ by what rounding weights to 8 bits makes.
"""
import json
import pathlib
import subprocess
import unittest

import gguf
import numpy as np

import oracle

MAKER = oracle.ROOT / "tools/tiny_families.py"
LENGTHS = (1, 7, 64, 600)
UNEVEN = 37  # tokens of a first batch
TOLERANCE = 1e-4
Q8_0_TOLERANCE = 0.05  # root mean square: a weight is off by about 0.3 % of its block's greatest, and layers add up


def fill(folder, run):
    run(folder)


class FamiliesTest(oracle.OracleTest):
    greatest = {}  # {model: the greatest difference of a logit, in standard deviations of the logits}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = oracle.kept("tiny-families", MAKER, fill)
        cls.addClassCleanup(cls.report)

    @classmethod
    def report(cls):
        kinds = {json.loads((cls.models / name / "config.json").read_text())["model_type"] for name in cls.greatest}
        print(json.dumps({"models": len(cls.greatest), "model_types": len(kinds),
                          "greatest_difference": float(f"{max(cls.greatest.values(), default=0):.2g}"),
                          "within": TOLERANCE}))

    def logits(self, model, tokens, *flags):
        """Those after each token that the flags leave: [n, n_vocab]."""
        done = subprocess.run([oracle.BUILD / "bench/sotto_logits", model, "--exact", "--chunk", str(len(tokens)), *flags],
                              input=" ".join(map(str, tokens)).encode(), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return np.frombuffer(done.stdout, dtype=np.float32).reshape(-1, self.n_vocab)

    def compare(self, family):
        folder = self.models / family
        model = self.imported(folder)
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
        self.compare_quantized(folder, model, prompt)

    def compare_quantized(self, folder, model, prompt):
        smaller = self.made(f"{folder.name}-q8.gguf", lambda out: ["quantize", model, out, "--type", "q8_0"])
        expected = np.fromfile(folder / "logits-64.f32", dtype=np.float32).reshape(64, -1)
        found = self.logits(smaller, prompt)
        self.assertLess(np.sqrt(np.square(found - expected).mean()) / expected.std(), Q8_0_TOLERANCE, "Q8_0")
        self.assertFalse(np.array_equal(found, self.logits(model, prompt)), "Q8_0 rounds")


class EveryFamilyTest(oracle.OracleTest):
    def test_no_family_is_without_a_model(self):
        """Of what the import says that it takes, each is a tiny model's, here or among the encoders'."""
        folder = pathlib.Path(self.scratch.name)
        (folder / "config.json").write_text('{"model_type": "none"}')
        named = self.sotto("import", folder, "-o", folder / "none.gguf").stderr.partition("these are: ")[2].partition(";")[0]
        kinds = {json.loads(path.read_text())["model_type"]
                 for path in oracle.kept("tiny-families", MAKER, fill).glob("*/config.json")}
        others = {"bert", "nomic_bert"}  # encoders_test.py's
        around = {kind for kind in named.split(", ") if kind + "_text" in kinds}  # their text part is taken
        self.assertIn("llama", named)
        self.assertEqual(set(named.split(", ")) - kinds - others - around, set())


class RankedVocabularyTest(oracle.OracleTest):
    """A tokenizer whose merges go by their order in a list, beside Hugging Face `tokenizers`; and its chat template."""

    def test_tokens_and_template(self):
        folder = oracle.kept("tiny-families", MAKER, fill) / "gemma4-whole"
        model = self.imported(folder)
        samples = json.loads((folder / "samples.json").read_text())
        done = self.sotto("tokenize", model, "--json", "--null", text="".join(text + "\0" for text, _ in samples))
        self.assertEqual(done.returncode, 0, done.stderr)
        for (text, ids), found in zip(samples, json.loads(done.stdout), strict=True):
            self.assertEqual(found, ids, repr(text))
        fields = gguf.GGUFReader(model).fields
        self.assertEqual(fields["tokenizer.ggml.model"].contents(), "gemma4")
        self.assertEqual(fields["tokenizer.chat_template"].contents(), (folder / "chat_template.jinja").read_text())
        kinds = dict(zip(fields["tokenizer.ggml.tokens"].contents(), fields["tokenizer.ggml.token_type"].contents()))
        self.assertEqual({token: kinds[token] for token in ("<|turn>", "<turn|>", "<|channel>", "<channel|>", "<0x41>", "<unk>")},
                         {"<|turn>": 3, "<turn|>": 3, "<|channel>": 4, "<channel|>": 4, "<0x41>": 6, "<unk>": 2})


def add_tests():
    names = [line.split('"')[1] for line in MAKER.read_text().splitlines() if line.startswith('    "') and ": config(" in line]
    for name in names:
        setattr(FamiliesTest, f"test_{name.replace('-', '_')}", lambda self, name=name: self.compare(name))


add_tests()

if __name__ == "__main__":
    unittest.main()
