#!/usr/bin/env python3
"""`sotto bench`: llama-bench's tests and fields. Needs the real SmolLM2."""
import json
import statistics
import unittest

from program import CHAT_MODEL, Case

# What llama-bench's own JSON holds and scripts read.
FIELDS = {"cpu_info", "model_filename", "model_type", "model_size", "model_n_params", "n_batch", "n_threads", "n_prompt",
          "n_gen", "n_depth", "test_time", "avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ns", "samples_ts"}


class Bench(Case):
    def bench(self, *flags):
        done = self.home.run("bench", self.need(CHAT_MODEL), "--no-warmup", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_every_combination_once(self):
        rows = json.loads(self.bench("-p", "8,16", "-n", "2", "--pg", "4,2", "-d", "0,32", "-t", "1,2", "-r", "2", "-o",
                                     "json"))
        tests = [(row["n_threads"], row["n_depth"], row["n_prompt"], row["n_gen"]) for row in rows]
        wanted = [(threads, depth, *test) for threads in (1, 2) for depth in (0, 32)
                  for test in ((8, 0), (16, 0), (0, 2), (4, 2))]
        self.assertEqual(tests, wanted)

    def test_fields_agree_with_each_other(self):
        (row,) = json.loads(self.bench("-p", "0", "-n", "4", "-r", "3", "-o", "json"))
        self.assertLessEqual(FIELDS, set(row))
        self.assertEqual(row["model_size"], CHAT_MODEL.stat().st_size)
        self.assertEqual(len(row["samples_ns"]), 3)
        for ns, rate in zip(row["samples_ns"], row["samples_ts"]):
            self.assertAlmostEqual(rate * ns, 4e9, delta=1e3)
        self.assertAlmostEqual(row["avg_ts"], statistics.mean(row["samples_ts"]), places=6)
        self.assertAlmostEqual(row["stddev_ts"], statistics.stdev(row["samples_ts"]), places=6)

    def test_what_no_machine_has_is_refused(self):
        done = self.home.run("bench", self.need(CHAT_MODEL), "-p", "8", "-n", "0", "-t", "5000")
        self.assert_fails(done, 2, "1024")

    def test_an_instruction_set_that_is_not_there_is_said(self):
        done = self.home.run("bench", self.need(CHAT_MODEL), "-p", "8", "-n", "0", "-r", "1", env={"SOTTO_ISA": "nonsense"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("SOTTO_ISA=nonsense is ignored", done.stderr)
        self.assertIn("scalar", done.stderr)

    def test_lines_of_json(self):
        lines = self.bench("-p", "8", "-n", "1", "-r", "1", "-o", "jsonl").splitlines()
        self.assertEqual([json.loads(line)["n_prompt"] for line in lines], [8, 0])

    def test_a_table(self):
        lines = self.bench("-p", "8", "-n", "1", "-d", "16", "-r", "1").splitlines()
        self.assertEqual(len(lines), 4)
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        self.assertEqual(cells[0][-2:], ["test", "t/s"])
        self.assertEqual([row[-2] for row in cells[2:]], ["pp8 @ d16", "tg1 @ d16"])
        self.assertEqual(len({len(line) for line in lines}), 1)


if __name__ == "__main__":
    unittest.main()
