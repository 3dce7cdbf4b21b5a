"""Runs sotto-server on a free port, with a home and a models folder of its own."""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import CHAT_MODEL, DATA, PROGRAM, REPOSITORY, Home  # noqa: E402

SERVER = os.environ.get("SOTTO_SERVER", str(REPOSITORY / "build/release/apps/cli/sotto-server"))
CHAT = "smollm2:135m"  # by its file's name, which the catalog has
ENDLESS = {"0": -100, "2": -100}  # a logit_bias: none of its tokens that end an answer
ENCODER_FOLDER = DATA / "all-MiniLM-L6-v2"


class Server:
    """A running server. `port`, and `url` without a slash at the end."""

    def __init__(self, *arguments, encoder=False, prepare=lambda home: None):
        self.home = Home()
        prepare(self.home)
        self.home.models.mkdir()
        for needed in [CHAT_MODEL] + [ENCODER_FOLDER] * encoder:
            assert needed.exists(), f"{needed} is missing: tools/fetch_test_data.py fetches it"
        (self.home.models / CHAT_MODEL.name).symlink_to(CHAT_MODEL)
        if encoder:
            done = self.home.run("import", ENCODER_FOLDER, "--name", "minilm")
            assert done.returncode == 0, done.stderr
        self.log = open(self.home.path / "server.log", "w+")
        self.start(*arguments)

    def start(self, *arguments):
        """What __init__ does, and after stop() may be done again."""
        self.process = subprocess.Popen([SERVER, "--port", "0", *map(str, arguments)], env=self.home.env,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        match = re.search(r"(https?)://127\.0\.0\.1:(\d+)", line)
        assert match, f"the server did not start: {line}{self.log_text()}"
        self.port = int(match[2])
        self.url = f"{match[1]}://127.0.0.1:{self.port}"
        self.home.env["SOTTO_HOST"] = f"127.0.0.1:{self.port}"

    def log_text(self):
        self.log.flush()
        return (self.home.path / "server.log").read_text()

    def call(self, method, path, body=None, headers=None, timeout=120):
        """(status, headers, text) of one request; `body`: bytes, or what becomes JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def json(self, method, path, body=None):
        return json.loads(self.call(method, path, body)[2])

    def stop(self, seconds=60):
        """Asks it to end; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()

    def remove(self):
        self.stop()
        self.log.close()
        self.home.remove()
