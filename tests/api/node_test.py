#!/usr/bin/env python3
"""Runs tests/api/node/clients.test.js against a server: the clients from npm, which tools/node_clients.sh installs."""
import os
import pathlib
import shutil
import subprocess
import unittest

from server_program import CHAT, REPOSITORY, Server

HERE = pathlib.Path(__file__).resolve().parent / "node"
INSTALLED = REPOSITORY / ".node-clients"


class NodeClients(unittest.TestCase):
    def test_clients(self):
        self.assertTrue((INSTALLED / ".ready").exists(), "the clients are missing: make data installs them")
        self.assertIsNotNone(shutil.which("node"), "nodejs is missing: tools/packages.sh all installs it")
        server = Server(encoder=True)
        self.addCleanup(server.remove)
        # Modules are looked for beside the file that imports them.
        script = INSTALLED / "clients.test.js"
        shutil.copyfile(HERE / script.name, script)
        done = subprocess.run(["node", "--test", script], cwd=INSTALLED, env={**os.environ, "SOTTO_URL": server.url, "SOTTO_CHAT": CHAT},
                              capture_output=True, text=True, timeout=500)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^(#|ℹ) pass [1-9]", "no test ran")


if __name__ == "__main__":
    unittest.main()
