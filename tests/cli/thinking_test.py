#!/usr/bin/env python3
"""Thoughts before the answer: SmolLM2 with a chat template that opens one, as those of models that think do."""
import json
import struct
import unittest

from program import CHAT_MODEL, Case, Terminal

TEMPLATE = ("{%- for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n"
            "{%- endfor %}<|im_start|>assistant\n{% if enable_thinking is not defined or enable_thinking %}"
            "<think>\n{% endif %}")
ASK = ["--temperature", "0", "--format", "json", "--max-tokens", "60"]


def with_template(source, path):
    """A copy of a GGUF file whose template is TEMPLATE, filled up to the same length."""
    data = bytearray(source.read_bytes())
    key = b"tokenizer.chat_template" + struct.pack("<I", 8)
    at = data.index(key) + len(key)
    (length,) = struct.unpack_from("<Q", data, at)
    text = TEMPLATE.encode()
    data[at + 8:at + 8 + length] = text + b"{#" + b"-" * (length - len(text) - 4) + b"#}"
    path.write_bytes(data)


class Thinking(Case):
    def setUp(self):
        super().setUp()
        self.model = self.home.path / "thinker.gguf"
        with_template(self.need(CHAT_MODEL), self.model)

    def ask(self, *flags):
        done = self.home.run("run", self.model, "What is the capital of France?", *ASK, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_a_thought_is_no_part_of_the_answer(self):
        answer = self.ask("--ignore-eos")
        self.assertEqual(answer["text"], "")  # nobody taught this model to end a thought
        self.assertGreater(len(answer["thought"]), 20)
        self.assertEqual(answer["usage"]["thought_tokens"], 60)

    def test_a_budget_ends_it(self):
        answer = self.ask("--think=4")
        self.assertGreater(len(answer["thought"]), 5)
        self.assertGreater(len(answer["text"]), 5)
        self.assertNotIn("think>", answer["thought"] + answer["text"])
        self.assertTrue(self.ask()["thought"].startswith(answer["thought"].strip()))
        self.assertTrue(4 < answer["usage"]["thought_tokens"] < 16, answer["usage"])

    def test_it_can_be_turned_off(self):
        for off in (["--think=off"], ["--think", "off"], ["--think=false"]):
            answer = self.ask(*off)
            self.assertEqual((answer["thought"], answer["usage"]["thought_tokens"]), ("", 0))
            self.assertIn("Paris", answer["text"])

    def test_stop_texts_end_the_answer_alone(self):
        thought = self.ask("--think=4")["thought"]
        self.assertEqual(self.ask("--think=4", "--stop", thought.split()[0])["thought"], thought)

    def test_what_does_nothing_is_said(self):
        done = self.home.run("run", self.need(CHAT_MODEL), "Hi", "--think", "--max-tokens", "1")
        self.assertIn("does not think", done.stderr)

    def test_a_raw_prompt_has_none(self):
        done = self.home.run("run", self.model, "--raw", "Paris is <think>", *ASK)
        self.assertEqual(json.loads(done.stdout)["thought"], "")

    def test_a_chat_folds_it(self):
        chat = Terminal(self.home, "run", self.model, "--temperature", "0", "--max-tokens", "40")
        self.addCleanup(chat.kill)
        chat.wait_for(">>> ")
        chat.ask("/set think 4")
        said = chat.ask("What is the capital of France?")
        self.assertIn("(thought for ", said)
        thought = chat.ask("/show thought").split("\n", 1)[1].rsplit("\n", 1)[0].strip()
        self.assertGreater(len(thought), 5)
        self.assertNotIn(thought, said)
        self.assertIn("think is off", chat.ask("/set nothink"))
        self.assertIn("think is on", chat.ask("/set think"))
        self.assertIn("on, off", chat.ask("/set think perhaps"))


if __name__ == "__main__":
    unittest.main()
