#!/usr/bin/env python3
"""What `make install` puts where. Needs no model."""
import os
import pathlib
import subprocess
import unittest

from program import PROGRAM, Case

BUILD = pathlib.Path(PROGRAM).parents[2]


class Install(Case):
    def test_program_manual_and_completions_land(self):
        prefix = self.home.path / "prefix"
        done = subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(prefix)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        landed = sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())
        self.assertEqual(landed, ["bin/sotto", "bin/sotto-server", "share/bash-completion/completions/sotto",
                                  "share/fish/vendor_completions.d/sotto.fish", "share/man/man1/sotto.1",
                                  "share/zsh/site-functions/_sotto"])
        version = subprocess.run([prefix / "bin/sotto", "--version"], capture_output=True, text=True)
        self.assertEqual(version.returncode, 0, version.stderr)
        self.assertTrue(os.access(prefix / "share/man/man1/sotto.1", os.R_OK))


if __name__ == "__main__":
    unittest.main()
