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


class ClaimsTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.store = self.root / "bench/results/claims.json"
        self.store.parent.mkdir(parents=True)
        (self.root / "docs").mkdir()
        (self.root / "bench/claims.toml").write_text(TOML)
        (self.root / "bench/results/speed.jsonl").write_text('{"name": "here", "seconds": 2}\n')
        for name, value in (("ROOT", self.root), ("STORE", self.store), ("about", lambda: {}),
                            ("about_in_words", lambda _: "a machine")):
            self.enterContext(mock.patch.object(claims, name, value))

    def measure(self, *arguments):
        with mock.patch.object(sys, "argv", ["claims.py", *arguments]), contextlib.redirect_stdout(io.StringIO()), \
                self.assertRaises(SystemExit) as end:
            claims.main()
        return end.exception.code, json.loads(self.store.read_text())

    def test_a_missing_figure_is_recorded_and_the_others_are_measured(self):
        code, measured = self.measure()
        self.assertTrue(code)
        for name in ("missing-row", "missing-file"):
            self.assertEqual((measured[name]["value"], measured[name]["holds"]), ("not measured", False))
        self.assertEqual((measured["there"]["value"], measured["there"]["holds"]), ("2", True))
        self.assertIn("not measured", (self.root / "docs/CLAIMS.md").read_text())

    def test_each_result_is_kept_whatever_happens_to_the_next(self):
        (self.root / "bench/claims.toml").write_text(TOML.replace('"true"', '"false"', 1))
        with mock.patch.object(claims, "run", side_effect=[("", False), KeyboardInterrupt]), \
                mock.patch.object(sys, "argv", ["claims.py"]), contextlib.redirect_stdout(io.StringIO()), \
                self.assertRaises(KeyboardInterrupt):
            claims.main()
        self.assertIn("missing-row", json.loads(self.store.read_text()))

    def test_claims_that_are_no_longer_made_are_dropped(self):
        self.store.write_text(json.dumps({"old": {"value": "1", "asked": "", "holds": False, "about": {}}}))
        code, measured = self.measure("there")
        self.assertFalse(code)
        self.assertEqual(list(measured), ["there"])


if __name__ == "__main__":
    unittest.main()
