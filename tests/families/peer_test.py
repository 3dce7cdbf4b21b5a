#!/usr/bin/env python3
"""Files that `sotto import` writes, read by llama.cpp: the same greedy tokens, the same embeddings. Skipped where its Python
bindings are not installed (make bench installs them)."""
import json
import os
import pathlib
import subprocess
import unittest

import numpy as np

import encoders_test
import families_test
import oracle

MAKER = oracle.ROOT / "tools/oracle_peer.py"
PYTHON = pathlib.Path(os.environ.get("SOTTO_PEER_PYTHON") or oracle.ROOT / ".venv-peer/bin/python")
FAMILIES = ("gemma4", "gemma4-whole", "ernie4_5", "ministral3", "mistral3", "qwen2-yarn", "gemma3-4b", "phi4-mini")
ENCODERS = ("nomic", "mean")
TEXTS = ["a broken disk", "The boat drifted down the river at dawn.", "x " * 100]


@unittest.skipUnless(PYTHON.exists(), f"{PYTHON} is not there")
class PeerTest(oracle.OracleTest):
    def peer(self, name, *arguments):
        out = pathlib.Path(self.scratch.name) / name
        subprocess.run([PYTHON, MAKER, *arguments, out], check=True, capture_output=True)
        return out

    def test_decoders(self):
        models = oracle.kept("tiny-families", families_test.MAKER, families_test.fill)
        for family in FAMILIES:
            with self.subTest(family):
                folder = models / family
                expected = np.fromfile(folder / "greedy.i32", dtype=np.int32)
                found = self.peer(f"{family}.i32", "greedy", self.imported(folder), folder / "prompt-64.i32", str(len(expected)))
                self.assertEqual(np.fromfile(found, dtype=np.int32).tolist(), expected.tolist())

    def test_encoders(self):
        models = oracle.kept("encoders", encoders_test.MAKER, encoders_test.fill, encoders_test.source())
        texts = pathlib.Path(self.scratch.name) / "texts.json"
        texts.write_text(json.dumps(TEXTS))
        for name in ENCODERS:
            with self.subTest(name):
                model = self.imported(models / "tiny" / name)
                done = self.sotto("embed", model, *TEXTS)
                self.assertEqual(done.returncode, 0, done.stderr)
                expected = np.array([json.loads(line) for line in done.stdout.splitlines()])
                found = np.fromfile(self.peer(f"{name}.f32", "embed", model, texts), dtype=np.float32)
                cosines = (found.reshape(len(TEXTS), -1) * expected).sum(1)
                self.assertGreater(cosines.min(), 0.9999, cosines)


if __name__ == "__main__":
    unittest.main()
