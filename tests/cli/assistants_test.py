#!/usr/bin/env python3
"""Assistants: create, run, show, edit, rm. Needs the real SmolLM2."""
import json
import unittest

from program import CHAT_MODEL, Case, Terminal

MODELFILE = '''# Mario
FROM plumber
PARAMETER temperature 0
PARAMETER num_predict 3
PARAMETER stop "Luigi:"
SYSTEM """
You are Mario.
Say "It's me".
"""
MESSAGE user Who are you?
MESSAGE assistant It's-a me!
LICENSE MIT
'''


class Assistants(Case):
    def setUp(self):
        super().setUp()
        done = self.home.run("import", self.need(CHAT_MODEL), "--name", "plumber")
        self.assertEqual(done.returncode, 0, done.stderr)

    def create(self, text, name="mario", *flags, file="Modelfile"):
        (self.home.path / file).write_text(text)
        return self.home.run("create", name, "-f", self.home.path / file, *flags)

    def made(self, *arguments):
        done = self.create(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def shown(self, *flags, name="mario"):
        done = self.home.run("show", name, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_modelfile_comes_round(self):
        self.assertIn("try it: sotto run mario", self.made(MODELFILE).stdout)
        first = self.shown("--file")
        parts = json.loads(self.shown("--json"))
        self.assertEqual(parts["base"], "plumber")
        self.assertEqual(parts["parameters"], {"temperature": "0", "max_tokens": "3", "stop": ["Luigi:"]})
        self.assertEqual(parts["system"], '\nYou are Mario.\nSay "It\'s me".\n')
        self.assertEqual([message["role"] for message in parts["messages"]], ["user", "assistant"])
        done = self.create(first, "again", file="assistant.toml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.shown("--file", name="again"), first.replace('"mario"', '"again"'))
        self.assertEqual(json.loads(self.shown("--json", name="again"))["parameters"], parts["parameters"])

    def test_it_runs_as_a_model(self):
        self.made(MODELFILE)
        ask = lambda *flags: self.home.run("run", "mario", "Hello", "--format", "json", *flags)
        done = ask()
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["model"], answer["finish_reason"], answer["usage"]["completion_tokens"]), ("mario", "length", 3))
        plain = self.home.run("run", "plumber", "Hello", "--format", "json", "--max-tokens", "3", "--temperature", "0")
        tokens = lambda text: json.loads(text)["usage"]["prompt_tokens"]
        self.assertGreater(tokens(done.stdout), tokens(plain.stdout) + 10)  # the system prompt and the examples
        self.assertEqual(json.loads(ask("--max-tokens", "2").stdout)["usage"]["completion_tokens"], 2)
        self.assertLess(tokens(ask("--system", "x").stdout), tokens(done.stdout))

    def test_list_show_and_rm(self):
        self.made(MODELFILE)
        line = next(line for line in self.home.run("list").stdout.splitlines() if line.startswith("mario "))
        self.assertIn("of plumber", line)
        self.assertIn("MIT", line)
        text = self.shown()
        for part in ("plumber", "temperature 0", "You are Mario.", "It's-a me!", "licence of the base:"):
            self.assertIn(part, text)
        self.assertIn("MIT", self.shown("--license"))
        self.assertIn("plumber: Apache-2.0", self.shown("--license"))
        done = self.home.run("rm", "plumber")
        self.assertNotEqual(done.returncode, 0)
        self.assert_fails(done, done.returncode,
                          "plumber is the base of mario")
        self.assertEqual(self.home.run("rm", "mario", "plumber").returncode, 0)
        self.assertEqual(json.loads(self.home.run("list", "--json").stdout)["models"], [])

    def test_a_chat_begins_with_the_greeting(self):
        self.made('base = "plumber"\ngreeting = "Mamma mia!"\n')
        terminal = Terminal(self.home, "run", "mario")
        self.addCleanup(terminal.kill)
        before = terminal.wait_for(">>> ")
        self.assertIn("Mamma mia!", before)
        self.assertIn("mario", before)
        terminal.send("\x04")
        self.assertEqual(terminal.finish(), 0)

    def test_mistakes_name_the_line_and_keep_nothing(self):
        for text, part in ((MODELFILE + "PARAMETER temprature 1\n", "Modelfile:13: there is no parameter \"temprature\""),
                           (MODELFILE + "PARAMETER top_k many\n", "Modelfile:13: top_k cannot be \"many\""),
                           (MODELFILE + "num_predict 3\n", "Modelfile:13: found the instruction \"NUM_PREDICT\""),
                           (MODELFILE + "PARAMETER max_tokens 4\n", "Modelfile:13: the parameter max_tokens stands in line 4"),
                           ("base = 'plumber'\n[parameters]\ntop_p = 2\n", "Modelfile:3: top_p cannot be \"2\"")):
            self.assert_fails(self.create(text), 5, part)
        self.assert_fails(self.create("FROM plumber\nADAPTER ./absent\n"), 3, "absent does not exist")
        self.assert_fails(self.create("FROM nothing-here\n"), 3, "the base nothing-here")
        self.assert_fails(self.home.run("create", "mario", "-f", "/nowhere"), 3, "/nowhere")
        self.assertEqual([model["name"] for model in json.loads(self.home.run("list", "--json").stdout)["models"]], ["plumber"])

    def test_what_is_left_out_is_said(self):
        done = self.made(MODELFILE + "TEMPLATE {{ .System }} {{ .Prompt }}\nPARAMETER mirostat 1\n")
        self.assertIn("Modelfile:13: TEMPLATE is left out", done.stderr)
        self.assertIn("Modelfile:14: the parameter mirostat is left out", done.stderr)

    def test_names_are_taken_once(self):
        self.made(MODELFILE)
        done = self.create(MODELFILE)
        self.assert_fails(done, done.returncode, "--force")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.create(MODELFILE.replace("Mario", "Wario"), "mario", "--force").returncode, 0)
        self.assertIn("Wario", self.shown())

    def edit(self, script):
        path = self.home.path / "editor"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        drafts = self.home.path / "drafts"
        drafts.mkdir(exist_ok=True)
        done = self.home.run("edit", "mario", env={"EDITOR": str(path), "TMPDIR": str(drafts)})
        return done, list(drafts.iterdir())

    def test_edit(self):
        self.made(MODELFILE)
        done, drafts = self.edit('sed -i s/Mario/Peach/ "$1"')
        self.assertEqual((done.returncode, drafts), (0, []), done.stderr)
        self.assertIn("Peach", self.shown())
        done, drafts = self.edit("true")
        self.assertEqual((done.returncode, drafts), (0, []))
        self.assertIn("nothing was changed", done.stderr)
        done, drafts = self.edit('echo "broken =" >> "$1"')
        self.assert_fails(done, 5, "mario is as it was", str(drafts[0]))
        self.assertIn("Peach", self.shown())
        self.assertIn("broken =", drafts[0].read_text())
        done, _ = self.edit("exit 3")
        self.assert_fails(done, 1, "ended with 3")
        self.assert_fails(self.home.run("edit", "plumber"), 3, "no assistant is called")

    def test_a_template_of_its_own(self):
        self.made('base = "plumber"\ntemplate = "{{ messages[0].content }} and"\n[parameters]\nmax_tokens = 1\n')
        done = self.home.run("run", "mario", "one", "--format", "json")
        self.assertEqual(json.loads(done.stdout)["usage"]["prompt_tokens"], 2, done.stderr)

    def test_any_model_gives_a_file_to_begin_with(self):
        self.assertEqual(self.shown("--file", name="plumber"), 'base = "plumber"\n')


if __name__ == "__main__":
    unittest.main()
