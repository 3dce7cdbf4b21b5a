"""Runs the program as a person or a script would: on pipes, and on a terminal of a given size."""
import errno
import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SOTTO_PROGRAM", str(REPOSITORY / "build/release/apps/cli/sotto"))
DATA = pathlib.Path(os.environ.get("SOTTO_TEST_DATA") or pathlib.Path.home() / ".cache/sotto-test")
CHAT_MODEL = DATA / "SmolLM2-135M-Instruct.Q4_1.gguf"
PLAIN_MODEL = DATA / "gemma-3-270m-Q4_K_M.gguf"
DEADLINE_S = 60


class Home:
    """A home folder of its own, so that nothing of the account is read or changed."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="sotto-cli-"))
        self.models = self.path / "models"
        self.state = self.path / "state"
        (self.path / "run").mkdir(mode=0o700)
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("XDG_", "SOTTO_", "LC_")) and key not in ("NO_COLOR", "TERM")}
        self.env.update(HOME=str(self.path), SOTTO_MODELS=str(self.models), XDG_STATE_HOME=str(self.state),
                        XDG_CACHE_HOME=str(self.path / "cache"), XDG_CONFIG_HOME=str(self.path / "config"),
                        XDG_RUNTIME_DIR=str(self.path / "run"), LANG="C.UTF-8", TERM="xterm")

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def run(self, *arguments, stdin=subprocess.DEVNULL, text=None, env=None, **more):
        """`text`: what is piped in. Gives the completed process with its output as text."""
        if text is not None:
            more["input"], stdin = text, None
        return subprocess.run([PROGRAM, *map(str, arguments)], stdin=stdin, stdout=more.pop("stdout", subprocess.PIPE),
                              stderr=subprocess.PIPE, env={**self.env, **(env or {})}, timeout=DEADLINE_S,
                              encoding="utf-8", errors="surrogateescape", **more)


class Case(unittest.TestCase):
    """A test with a home of its own."""

    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.remove)

    def need(self, model):
        self.assertTrue(model.exists(), f"{model} is missing: tools/fetch_test_data.py fetches it")
        return model

    def assert_fails(self, done, code, *parts):
        """The exit code, and one line on standard error that holds each of `parts`."""
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertTrue(done.stderr.startswith("sotto: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)


class Terminal:
    """The program on a terminal of its own; what it prints is collected in `screen`."""

    def __init__(self, home, *arguments, env=None, columns=80, cwd=None, program=PROGRAM):
        self.screen = ""
        self.seen = 0  # up to where wait_for() has looked
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd or ".")
            os.execvpe(program, [program, *map(str, arguments)], {**home.env, **(env or {})})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.code = None

    def read(self, seconds):
        """Whether something came."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError as problem:
            if problem.errno != errno.EIO:
                raise
            data = b""
        self.screen += data.decode("utf-8", "replace")
        return bool(data)

    def wait_for(self, text, seconds=DEADLINE_S):
        """Reads until `text` has come, and gives everything from the last wait up to it."""
        end = time.monotonic() + seconds
        start = self.seen
        while text not in self.screen[start:]:
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                raise AssertionError(f"{text!r} did not come; the screen holds {self.screen[start:]!r}")
        self.seen = self.screen.index(text, start) + len(text)
        return self.screen[start:self.seen]

    def wait_for_more(self, count, seconds=DEADLINE_S):
        """Reads until `count` more characters have come."""
        end = time.monotonic() + seconds
        wanted = len(self.screen) + count
        while len(self.screen) < wanted:
            if not self.read(max(0, end - time.monotonic())):
                raise AssertionError(f"nothing more came; the screen holds {self.screen[self.seen:]!r}")

    def send(self, text):
        os.write(self.fd, text.encode())

    def ask(self, text, prompt=">>> "):
        """Types a line and gives what comes until the next prompt."""
        self.send(text + "\r")
        return self.wait_for(prompt)

    def finish(self, seconds=DEADLINE_S):
        """Waits for the end and gives the exit code, negative for a signal."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(max(0, end - time.monotonic())):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        os.close(self.fd)
        return self.code

    def kill(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.finish(5)
