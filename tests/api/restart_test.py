#!/usr/bin/env python3
"""What a server has read is there when it is started again with --sessions, and only then."""
import pathlib
import tempfile
import unittest

from server_program import CHAT, Server

SYSTEM = "You are a librarian. " + " ".join(f"Shelf {i} holds books about subject {i}." for i in range(60))


class Restart(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.remove)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.kept = pathlib.Path(folder.name) / "kept"

    def restart(self, *arguments):
        self.assertEqual(self.server.stop(), 0, self.server.log_text())
        self.server.start(*arguments)

    def ask(self, question="Where is subject 7?"):
        """(the answer, which part of the prompt was there already)"""
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
        got = self.server.json("POST", "/v1/chat/completions",
                               {"model": CHAT, "messages": messages, "temperature": 0, "max_tokens": 12})
        usage = got["usage"]
        return got["choices"][0]["message"]["content"], usage["prompt_tokens_details"]["cached_tokens"] / usage["prompt_tokens"]

    def files(self):
        return [path for path in self.kept.rglob("*") if path.is_file()]

    def test_what_was_read_is_kept(self):
        self.restart("--sessions", self.kept)
        first, cached = self.ask()
        self.assertEqual(cached, 0)
        self.restart("--sessions", self.kept)
        self.assertEqual([file.stat().st_mode & 0o777 for file in self.files()], [0o600])
        again, cached = self.ask()
        self.assertEqual(again, first)
        self.assertGreater(cached, 0.9)
        self.restart("--sessions", self.kept)
        self.assertGreater(self.ask("And subject 30?")[1], 0.8)

    def test_without_the_flag_nothing_is(self):
        self.ask()
        self.restart()
        self.assertEqual(self.ask()[1], 0)

    def test_a_damaged_file_costs_its_time_and_no_answer(self):
        self.restart("--sessions", self.kept)
        first, _ = self.ask()
        self.restart()
        for file in self.files():
            data = bytearray(file.read_bytes())
            data[len(data) // 2] ^= 1
            file.write_bytes(data)
        self.restart("--sessions", self.kept)
        self.assertEqual(self.ask(), (first, 0))
        self.assertIn(".session", self.server.log_text())


if __name__ == "__main__":
    unittest.main()
