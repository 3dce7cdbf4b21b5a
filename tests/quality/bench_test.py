#!/usr/bin/env python3
"""The benchmark's arithmetic on invented figures: ratios and shares pair by pair, and results that replace each other."""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tools")]
import machine  # noqa: E402
import speed  # noqa: E402
import systems  # noqa: E402

FACTS = {"block_macs": 1_000_000, "head_macs": 500_000, "block_bytes": 600_000, "head_bytes": 400_000}


def rows_of(samples, ceilings, plan):
    rounds = speed.Rounds()
    rounds.samples, rounds.ceilings = samples, ceilings
    return list(speed.Rows("m", FACTS, plan, rounds).all())


class BenchTest(unittest.TestCase):
    def find(self, rows, kind):
        (row,) = [row for row in rows if row["kind"] == kind]
        return row

    def test_a_ratio_compares_neighbours_and_takes_the_peers_faster_way(self):
        samples = {("pp32", "sotto"): [{"prompt_ms": ms} for ms in (1, 2, 4)],
                   ("pp32", "llama.cpp"): [{"prompt_ms": ms} for ms in (9, 9, 9)],
                   ("pp32", "llama.cpp, flash attention"): [{"prompt_ms": ms} for ms in (3, 8, 8)]}
        row = self.find(rows_of(samples, {}, speed.Plan([speed.Run(32, 0)])), "ratio")
        self.assertEqual((row["peer"], row["way"]), ("llama.cpp", "llama.cpp, flash attention"))
        self.assertEqual((row["values"], row["median"]), ([3, 4, 2], 3))

    def test_a_prompts_share_counts_the_layers_weights_alone(self):
        samples = {("pp512", "sotto"): [{"prompt_ms": 10, "prompt_attention_macs": 88_000_000}]}
        ceilings = {"pp512": [{"int8_gmacs": 102.4}]}  # 512e6 products in 10 ms are 51.2 GMAC/s
        row = self.find(rows_of(samples, ceilings, speed.Plan([speed.Run(512, 0)])), "share")
        self.assertAlmostEqual(row["median"], 0.5)
        self.assertAlmostEqual(row["median_of_all"], 0.5 * 600.5 / 512)

    def test_an_answers_share_counts_all_bytes_of_a_token(self):
        samples = {("tg64", "sotto"): [{"gen_ms": 64}]}  # 1 MB a ms is 1 GB/s
        ceilings = {"tg64": [{"model_read_gbs": 2, "read_gbs": 4}]}
        row = self.find(rows_of(samples, ceilings, speed.Plan([speed.Run(0, 64)])), "share")
        self.assertAlmostEqual(row["median"], 0.5)
        self.assertAlmostEqual(row["median_of_memory"], 0.25)

    def test_a_peer_that_is_missing_is_named_with_the_command_that_installs_it(self):
        said = io.StringIO()
        with mock.patch.multiple(systems, Server=mock.DEFAULT, program=mock.DEFAULT), \
                mock.patch.object(systems.importlib.util, "find_spec", lambda _: None), \
                contextlib.redirect_stderr(said):
            field = systems.Field("m", 64, True)
        self.assertEqual(list(field.servers), ["sotto"])
        self.assertIn("llama-cpp-python is not installed: measured without llama.cpp; make bench installs it\n",
                      said.getvalue())
        self.assertIn("openvino-genai is not installed: measured without OpenVINO GenAI; make bench PEERS=all installs it\n",
                      said.getvalue())

    def test_make_installs_the_peers_and_not_what_only_tests_need(self):
        done = subprocess.run(["make", "-n", "-W", "bench/requirements.txt", "-W", "tests/requirements-oracle.txt",
                               "bench"], cwd=ROOT, capture_output=True, text=True, check=True)
        self.assertIn("tools/venv.sh .venv-peer bench/requirements.txt", done.stdout)
        self.assertNotIn(".venv-oracle", done.stdout)

    def test_new_rows_replace_those_of_the_same_place_alone(self):
        root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.object(machine, "ROOT", root))
        keys = ("kind", "model")

        def update(cpu, rows):
            with mock.patch.object(machine, "about", lambda *_: {"machine": {"cpu": cpu, "instructions": ""}}):
                machine.update_results("r", rows, keys)

        update("other", [{"kind": "a", "model": "x", "v": 0}])
        update("this", [{"kind": "a", "model": "x", "v": 1}, {"kind": "a", "model": "y", "v": 1}])
        update("this", [{"kind": "a", "model": "x", "v": 2}])
        lines = [json.loads(line) for line in (root / "bench/results/r.jsonl").read_text().splitlines()]
        self.assertEqual({(row["model"], row["v"]) for row in lines}, {("x", 0), ("x", 2), ("y", 1)})


if __name__ == "__main__":
    unittest.main()
