"""What the tests of this folder share: where things lie, what an oracle made once and is kept with the test data, and models
imported for one test."""
import fcntl
import hashlib
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SOTTO_BUILD") or ROOT / "build/release")
DATA = pathlib.Path(os.environ.get("SOTTO_TEST_DATA") or pathlib.Path.home() / ".cache/sotto-test")
PROGRAM = BUILD / "apps/cli/sotto"
REQUIREMENTS = ROOT / "tests/requirements-oracle.txt"
PYTHON = os.environ.get("SOTTO_ORACLE_PYTHON") or str(ROOT / ".venv-oracle/bin/python")


def kept(name, maker, fill, more=b""):
    """A folder of the test data, named after what makes it. Where it is missing, fill(folder, run) makes it; run(*arguments)
    runs `maker` in the oracle's environment. Another process that wants it meanwhile waits."""
    key = hashlib.sha256(maker.read_bytes() + REQUIREMENTS.read_bytes() + more).hexdigest()[:12]
    folder = DATA / f"{name}-{key}"
    with open(DATA / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            scratch = pathlib.Path(tempfile.mkdtemp(dir=DATA))
            fill(scratch, lambda *arguments: subprocess.run([PYTHON, maker, *arguments], check=True,
                                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            scratch.rename(folder)
    return folder


class OracleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)

    def sotto(self, *arguments, text=None):
        return subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True)

    def made(self, name, arguments):
        """The file `name`, which the command `sotto arguments(path)` writes, made once."""
        out = pathlib.Path(self.scratch.name) / name
        if not out.exists():
            done = self.sotto(*arguments(out))
            self.assertEqual(done.returncode, 0, done.stderr)
        return out

    def imported(self, folder, *flags):
        return self.made(f"{folder.name}{''.join(flags)}.gguf", lambda out: ["import", folder, "-o", out, *flags])
