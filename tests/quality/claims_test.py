#!/usr/bin/env python3
"""tools/claims.py on claims of a scratch folder."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import claims  # noqa: E402
import machine  # noqa: E402

TOML = """
[[claim]]
id = "missing-row"
claim = "c"
command = "true"
value = "speed name=gone : seconds"
at_most = [1]

[[claim]]
id = "missing-file"
claim = "c"
command = "true"
value = "nothing name=here : seconds"
at_most = [1]

[[claim]]
id = "there"
claim = "c"
command = "true"
value = "speed name=here : seconds"
at_most = [3]
"""


def facts(cpu):
    return {"date": "2026-01-01", "versions": {},
            "machine": {"cpu": cpu, "instructions": "", "cores": 2, "memory_gib": 1, "kernel": "k"}}


class ClaimsTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.store = self.root / "bench/results/claims.json"
        self.store.parent.mkdir(parents=True)
        (self.root / "docs").mkdir()
        (self.root / "bench/claims.toml").write_text(TOML)
        rows = [{"name": "here", "seconds": 9, **facts("other")}, {"name": "here", "seconds": 2, **facts("this")}]
        (self.root / "bench/results/speed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for module, name, value in ((claims, "ROOT", self.root), (machine, "ROOT", self.root),
                                    (claims, "STORE", self.store), (claims, "about", lambda: facts("this"))):
            self.enterContext(mock.patch.object(module, name, value))

    def measure(self, *arguments):
        with mock.patch.object(sys, "argv", ["claims.py", *arguments]), contextlib.redirect_stdout(io.StringIO()), \
                self.assertRaises(SystemExit) as end:
            claims.main()
        return end.exception.code, json.loads(self.store.read_text())

    def test_a_missing_figure_is_recorded_and_the_others_are_measured(self):
        code, measured = self.measure()
        self.assertTrue(code)
        for name in ("missing-row", "missing-file"):
            result = measured[name]["this ()"]
            self.assertEqual((result["value"], result["holds"]), ("not measured", False))
        result = measured["there"]["this ()"]
        self.assertEqual((result["value"], result["holds"]), ("2", True), "of this kind of processor")
        self.assertIn("not measured", (self.root / "docs/CLAIMS.md").read_text())

    def test_each_result_is_kept_whatever_happens_to_the_next(self):
        (self.root / "bench/claims.toml").write_text(TOML.replace('"true"', '"false"', 1))
        with mock.patch.object(claims, "run", side_effect=[("", False), KeyboardInterrupt]), \
                mock.patch.object(sys, "argv", ["claims.py"]), contextlib.redirect_stdout(io.StringIO()), \
                self.assertRaises(KeyboardInterrupt):
            claims.main()
        self.assertIn("missing-row", json.loads(self.store.read_text()))

    def test_claims_that_are_no_longer_made_are_dropped(self):
        self.store.write_text(json.dumps({"old": {}}))
        code, measured = self.measure("there")
        self.assertFalse(code)
        self.assertEqual(list(measured), ["there"])

    def test_what_another_kind_of_processor_came_to_stays_beside(self):
        kept = {"value": "5", "asked": "≤ 3", "holds": False, "about": facts("other")}
        self.store.write_text(json.dumps({"there": {"other ()": kept}}))
        code, measured = self.measure("there")
        self.assertFalse(code)
        self.assertEqual(measured["there"]["other ()"], kept)
        row = next(line for line in (self.root / "docs/CLAIMS.md").read_text().splitlines() if line.startswith("| there"))
        self.assertRegex(row, r"5 \(≤ 3\) \[\d\]: \*\*short\*\*")
        self.assertRegex(row, r"2 \(≤ 3\) \[\d\]: holds")


if __name__ == "__main__":
    unittest.main()
