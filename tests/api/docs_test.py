#!/usr/bin/env python3
"""The curl lines of docs/api-*.md, as they stand there, but for the port and the models' names."""
import pathlib
import re
import subprocess
import unittest

from coder_model import write_coder
from server_program import CHAT, CHAT_MODEL, REPOSITORY, Server

FENCE = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
COMMAND = re.compile(r"^curl (?:[^'\\\n]|'[^']*'|\\\n)*$", re.M)


def commands(page):
    return [match[0] for fence in FENCE.findall(page.read_text()) for match in COMMAND.finditer(fence)]


class CurlLines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(encoder=True)
        cls.addClassCleanup(cls.server.remove)
        write_coder(CHAT_MODEL, cls.server.home.models / "my-coder.gguf")

    def test_all_of_them_work(self):
        pages = sorted((REPOSITORY / "docs").glob("api-*.md"))
        self.assertGreaterEqual(len(pages), 4)
        for page in pages:
            found = commands(page)
            self.assertTrue(found, page)
            for command in found:
                with self.subTest(page=page.name, command=command):
                    here = command.replace("127.0.0.1:11434", f"127.0.0.1:{self.server.port}").replace('"smollm2"', f'"{CHAT}"')
                    done = subprocess.run(here.replace("curl ", "curl --silent --show-error --fail-with-body ", 1), shell=True,
                                          capture_output=True, text=True, timeout=120)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    self.assertTrue(done.stdout)


if __name__ == "__main__":
    unittest.main()
