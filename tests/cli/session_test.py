#!/usr/bin/env python3
"""`sotto run --session FILE`: a conversation that goes on in the next run. Needs the real SmolLM2 and Gemma 3."""
import json
import os
import resource
import signal
import stat
import subprocess
import unittest

from program import CHAT_MODEL, PLAIN_MODEL, PROGRAM, Case, Terminal

GREEDY = ["--temperature", "0", "--max-tokens", "12"]


class Sessions(Case):
    def setUp(self):
        super().setUp()
        self.file = self.home.path / "kept"

    def run_once(self, *arguments, model=CHAT_MODEL, **more):
        return self.home.run("run", self.need(model), "--session", self.file, *arguments, **more)

    def answer(self, *arguments, **more):
        done = self.run_once(*arguments, *GREEDY, "--format", "json", **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_next_run_goes_on_and_reads_only_what_is_new(self):
        first = self.answer("Remember the word zebra.")
        self.assertEqual(first["usage"]["cached_tokens"], 0)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        second = self.answer("Which word was it?")
        usage = second["usage"]
        self.assertGreaterEqual(usage["cached_tokens"], first["usage"]["prompt_tokens"])
        self.assertGreater(usage["prompt_tokens"], first["usage"]["prompt_tokens"] + 12)
        # The same conversation in one process, which never saved anything.
        chat = Terminal(self.home, "run", CHAT_MODEL, *GREEDY, env={"NO_COLOR": "1"}, columns=500)
        self.addCleanup(chat.kill)
        chat.wait_for(">>> ")
        self.assertIn(first["text"].strip(), chat.ask("Remember the word zebra.").replace("\r\n", "\n"))
        self.assertIn(second["text"].strip(), chat.ask("Which word was it?").replace("\r\n", "\n"))

    def test_a_chat_goes_on_and_keeps_its_system_text(self):
        self.answer("Remember the word zebra.", "--system", "Be brief.")
        chat = Terminal(self.home, "run", CHAT_MODEL, "--session", self.file, *GREEDY, columns=300)
        self.addCleanup(chat.kill)
        self.assertIn("goes on after 2 messages", chat.wait_for(">>> "))
        self.assertIn("zebra", chat.ask("/show messages"))
        self.assertIn("Be brief.", chat.ask("/show system"))
        chat.ask("Thank you.")
        chat.send("/bye\r")
        self.assertEqual(chat.finish(), 0)
        again = Terminal(self.home, "run", CHAT_MODEL, "--session", self.file, *GREEDY, columns=300)
        self.addCleanup(again.kill)
        self.assertIn("goes on after 4 messages", again.wait_for(">>> "))
        before = self.file.stat()
        again.send("/bye\r")
        self.assertEqual(again.finish(), 0)
        self.assertEqual((before.st_ino, before.st_mtime_ns), (self.file.stat().st_ino, self.file.stat().st_mtime_ns),
                         "nothing was said and the file was written")

    def test_plain_text_is_read_once(self):
        text = "The sky is blue and the sea is green. " * 20
        first = self.answer("--raw", model=PLAIN_MODEL, text=text)
        second = self.answer("--raw", model=PLAIN_MODEL, text=text + "And the moon")
        self.assertGreater(second["usage"]["cached_tokens"], first["usage"]["prompt_tokens"] - 5)

    def test_a_session_needs_a_file(self):
        self.assert_fails(self.home.run("run", CHAT_MODEL, "Hello", "--session", ""), 2, "--session")

    def test_what_does_not_fit_is_said_and_stays(self):
        self.answer("Hello")
        kept = self.file.read_bytes()
        self.assert_fails(self.run_once("Hello", model=PLAIN_MODEL), 2, "another model")
        self.assert_fails(self.run_once("Hello", "--ctx", "16"), 4, "--ctx")
        self.assert_fails(self.run_once("Hello", env={"SOTTO_ISA": "scalar"}), 5, "scalar")
        self.assertEqual(self.file.read_bytes(), kept)
        for damaged in (kept[:1000], kept[:-1], b"x" + kept[1:], kept[:5000] + b"x" + kept[5001:], b""):
            self.file.write_bytes(damaged)
            self.assert_fails(self.run_once("Hello"), 5, str(self.file))
            self.assertEqual(self.file.read_bytes(), damaged, "a file that is no session is never written over")

    def test_a_place_that_cannot_be_written_is_said_before_the_answer(self):
        self.file = self.home.path / "missing" / "kept"
        done = self.run_once("Hello")
        self.assert_fails(done, 3, "missing")
        self.assertEqual(done.stdout, "")

    def test_a_full_disk_keeps_the_old_file(self):
        self.answer("Hello")
        kept = self.file.read_bytes()
        limit = len(kept) // 2  # of every file that the program writes
        done = subprocess.run([PROGRAM, "run", str(CHAT_MODEL), "--session", str(self.file), "And then?", *GREEDY],
                              env=self.home.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                              preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                                  resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("saving the session", done.stderr)
        self.assertEqual(self.file.read_bytes(), kept)
        self.assertEqual([path.name for path in self.home.path.iterdir() if path.name.startswith("kept")], ["kept"])

    def start_chat(self):
        chat = Terminal(self.home, "run", CHAT_MODEL, "--session", self.file, *GREEDY, columns=300)
        self.addCleanup(chat.kill)
        return chat, chat.wait_for(">>> ")

    def test_a_chat_that_is_told_to_end_is_kept(self):
        chat, _ = self.start_chat()
        chat.ask("Remember the word zebra.")
        os.kill(chat.pid, signal.SIGTERM)
        self.assertEqual(chat.finish(), -signal.SIGTERM)
        chat, greeting = self.start_chat()
        self.assertIn("goes on after 2 messages", greeting)
        chat.ask("Which word was it?")
        os.close(chat.fd)  # the terminal closes
        _, status = os.waitpid(chat.pid, 0)
        chat.code = os.waitstatus_to_exitcode(status)
        self.assertEqual(chat.code, -signal.SIGHUP)
        self.assertIn("goes on after 4 messages", self.start_chat()[1])

    def test_an_answer_that_is_told_to_end_is_kept_as_far_as_it_came(self):
        chat, _ = self.start_chat()
        chat.ask("/set max_tokens 1500")
        chat.send("Tell me a long story.\r")
        chat.wait_for_more(200)
        os.kill(chat.pid, signal.SIGTERM)
        self.assertEqual(chat.finish(), -signal.SIGTERM)
        self.assertIn("goes on after 2 messages", self.start_chat()[1])

    def test_a_stopped_answer_is_kept_as_far_as_it_came(self):
        process = subprocess.Popen([PROGRAM, "run", str(self.need(CHAT_MODEL)), "--session", str(self.file),
                                    "Tell me a story.", "--ignore-eos", "--max-tokens", "1500"], env=self.home.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertTrue(os.read(process.stdout.fileno(), 16))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertGreater(self.answer("Go on.")["usage"]["cached_tokens"], 10)


if __name__ == "__main__":
    unittest.main()
