#!/usr/bin/env python3
"""--schema and --grammar of `sotto run`."""
import json
import unittest

from program import CHAT_MODEL, Case

SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}, "size": {"type": "integer"}},
          "required": ["city", "size"], "additionalProperties": False}


class Structured(Case):
    def run_with(self, name, text, *flags):
        path = self.home.path / name
        path.write_text(text)
        return self.home.run("run", self.need(CHAT_MODEL), "Tell me of Paris as JSON.", *flags, path, "--max-tokens", "200")

    def test_an_answer_is_valid(self):
        done = self.run_with("city.json", json.dumps(SCHEMA), "--schema")
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(list(answer), ["city", "size"])
        self.assertIs(type(answer["size"]), int)

    def test_an_answer_follows_a_grammar(self):
        done = self.run_with("yes.gbnf", 'root ::= ("yes" | "no") "!"', "--grammar")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(done.stdout.strip(), ("yes!", "no!"))

    def test_any_object(self):
        done = self.home.run("run", self.need(CHAT_MODEL), "Tell me of Paris as JSON.", "--schema", "json", "--max-tokens", "40")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("{"), done.stdout)

    def test_what_cannot_be_honoured_is_refused(self):
        done = self.run_with("not.json", '{"properties": {"a": {"not": {}}}}', "--schema")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertIn("#/properties/a/not", done.stderr)
        done = self.run_with("broken.gbnf", "root ::= x", "--grammar")
        self.assertIn("line 1, column 10: there is no rule x", done.stderr)

    def test_files_and_flags_are_checked(self):
        missing = self.home.run("run", self.need(CHAT_MODEL), "x", "--schema", self.home.path / "none.json")
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("none.json", missing.stderr)
        both = self.home.run("run", self.need(CHAT_MODEL), "x", "--schema", "json", "--grammar", "g")
        self.assertNotEqual(both.returncode, 0)
        self.assertIn("--grammar", both.stderr)


if __name__ == "__main__":
    unittest.main()
