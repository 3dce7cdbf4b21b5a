#!/usr/bin/env python3
"""The command line itself: help, version, wrong arguments, completion, the man page. Needs no model."""
import os
import re
import shutil
import subprocess
import unittest

from program import PROGRAM, REPOSITORY, Case

COMMANDS = ["run", "pull", "list", "models", "show", "rm", "import", "quantize", "eval", "imatrix", "ps", "serve", "token", "stop", "bench", "tokenize", "embed", "doctor", "completion"]


def flags_of(help_text):
    return set(re.findall(r"--[a-z][a-z-]+", help_text)) - {"--help"}


class Help(Case):
    def test_names_every_command(self):
        done = self.home.run("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", done.stdout)

    def test_version(self):
        done = self.home.run("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"\Asotto \d+\.\d+\.\d+\n\Z")

    def test_each_command_has_its_own(self):
        for command in COMMANDS:
            done = self.home.run(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"sotto {command}", done.stdout)

    def test_defaults_are_shown(self):
        said = self.home.run("run", "--help").stdout
        for option in ("--ctx N=4096", "--threads N=0", "--temperature X=0.2 (0.8 with --raw)", "--top-k N=40",
                       "--repeat-penalty X=1.1", "--max-tokens N=-1", "--kv TYPE=int8", "--seed N=random"):
            self.assertIn(f" {option} ", said.replace("\n", " "))
        self.assertRegex(said, r"--format TEXT:\{text,json\}=text\s")

    def test_other_spellings(self):
        self.assertEqual(self.home.run("ls", "--all").stdout, self.home.run("list", "--all").stdout)
        self.assertEqual(self.home.run("help").stdout, self.home.run("--help").stdout)
        self.assertEqual(self.home.run("help", "run").stdout, self.home.run("run", "--help").stdout)

    def test_no_colours_on_a_pipe(self):
        for arguments in (["--help"], ["list", "--all"], ["doctor"], ["run", "no-such-model", "hi"]):
            done = self.home.run(*arguments)
            self.assertNotIn("\x1b", done.stdout + done.stderr)


class Errors(Case):
    def test_wrong_command_lines(self):
        for arguments in (["nonsense"], ["run"], ["run", "m", "--no-such-flag", "hi"], ["run", "m", "hi", "--top-k"],
                          ["run", "m", "hi", "--top-k", "many"], ["run", "m", "hi", "--temperature", "-1"],
                          ["run", "m", "hi", "--top-p", "nan"], ["run", "m", "hi", "--seed", "1.5"],
                          ["run", "m", "hi", "--ctx", "99999999999"], ["run", "m", "hi", "--format", "xml"],
                          ["pull"], ["show"], ["rm"], ["completion", "tcsh"], ["list", "surplus"], ["show", "m", "--json", "--template"], ["bench", "-p", "-1"], ["bench", "-p", "many"], ["bench", "-r", "0"],
                          ["bench", "--pg", "512"], ["bench", "-o", "xml"]):
            with self.subTest(arguments):
                self.assert_fails(self.home.run(*arguments), 2, "--help")

    def test_a_mistake_is_named_once_with_what_was_meant(self):
        for arguments, said in ((["run", "m", "--temprature", "1", "hi"], "did you mean --temperature?"),
                                (["run", "m", "--foo", "hi"], "unknown option --foo; put -- before a prompt that begins"),
                                (["smollm2", "hi"], "to run a model: sotto run smollm2"),
                                (["run"], "sotto: run: MODEL is required")):
            done = self.home.run(*arguments)
            self.assert_fails(done, 2, said)
            self.assertNotIn("sotto: sotto", done.stderr)

    def test_an_empty_value_is_no_other_value(self):
        for arguments, said in ((["run", "m", "--threads=", "4"], "takes a whole number from 0 to 1024"),
                                (["run", "m", "--threads="], "takes a whole number from 0 to 1024"),
                                (["run", "m", "--temperature=", "hi"], "takes a number from 0 to 100"),
                                (["run", "m", "--kv=", "f16"], "takes int8 or f16"),
                                (["run", "m", "--think=", "hi"], "takes on, off, default, or a number"),
                                (["run", "m", "--eco=", "hi"], "not in range 1"),
                                (["run", "m", "--session=", "hi"], "a session needs the name of a file"),
                                (["run", "m", "--no-such=", "hi"], "unknown option --no-such;"),
                                (["bench", "--repetitions=", "2"], "not in range 1 to 10000"),
                                (["embed", "m", "--threads=", "2"], "not in range 0 to 1024")):
            with self.subTest(arguments):
                self.assert_fails(self.home.run(*arguments), 2, said)
        self.assert_fails(self.home.run("run", "no-such-model", "--system=", "hi"), 3, "no-such-model")
        self.assert_fails(self.home.run("run", "no-such-model", "--", "--threads="), 3, "no-such-model")

    def test_a_prompt_is_needed(self):
        self.assert_fails(self.home.run("run", "smollm2"), 2, "prompt")
        self.assert_fails(self.home.run("run", "smollm2", text="\n"), 2, "prompt")

    def test_unknown_models(self):
        self.assert_fails(self.home.run("run", "no-such-model", "hi"), 3, "no-such-model")
        self.assert_fails(self.home.run("run", "smolm2", "hi"), 3, "smollm2")
        self.assert_fails(self.home.run("run", "/no/such/file.gguf", "hi"), 3, "/no/such/file.gguf")
        self.assert_fails(self.home.run("show", "no-such-model"), 3)
        self.assert_fails(self.home.run("rm", "no-such-model"), 3, "no-such-model", "there is no model in")
        self.assert_fails(self.home.run("pull", "no-such-model"), 3)
        self.assert_fails(self.home.run("tokenize", "no-such-model", text="x"), 3)

    def test_files_that_are_no_models(self):
        path = self.home.path / "notes.gguf"
        path.write_text("these are notes\n" * 100)
        for command in ("run", "show", "bench", "tokenize", "embed", "import"):
            with self.subTest(command):
                self.assert_fails(self.home.run(command, path, text="hi") if command != "import"
                                  else self.home.run(command, path), 5, "notes.gguf")

    def test_a_control_character_in_a_name_is_not_echoed(self):
        done = self.home.run("run", "no\x1b[31m\nmodel", "hi")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("\x1b", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_full_disk_behind_the_output_is_said(self):
        with open("/dev/full", "w") as full:
            for arguments in (["--help"], ["list", "--all"], ["doctor", "--json"], ["completion", "bash"]):
                with self.subTest(arguments):
                    self.assert_fails(self.home.run(*arguments, stdout=full), 1, "No space left")

    def test_a_reader_that_has_gone_is_no_news(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        with os.fdopen(write_end, "w") as closed:
            done = self.home.run("list", "--all", stdout=closed)
        self.assertEqual((done.returncode, done.stderr), (141, ""))


class Completion(Case):
    def words(self, line):
        """What bash would offer at the end of `line`."""
        script = self.home.run("completion", "bash").stdout
        words = line.split(" ")
        quoted = " ".join(f"'{word}'" for word in words)
        bash = f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _sotto; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        env = {**self.home.env, "PATH": f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "--norc", "-c", bash], env=env, capture_output=True, text=True, timeout=20)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_offers_commands_flags_and_models(self):
        self.assertIn("tokenize", self.words("sotto t"))
        self.assertIn("--temperature", self.words("sotto run smollm2 --te"))
        self.assertIn("smollm2:135m", self.words("sotto pull smol"))
        self.assertEqual(self.words("sotto completion f"), ["fish"])

    def test_every_shell_and_the_man_page_know_every_flag(self):
        pages = {shell: self.home.run("completion", shell).stdout for shell in ("bash", "zsh", "fish")}
        manual = (REPOSITORY / "packaging/sotto.1").read_text().replace("\\-", "-")
        for command in COMMANDS:
            flags = flags_of(self.home.run(command, "--help").stdout)
            for shell, page in pages.items():
                known = {f"--{name}" for name in re.findall(r"-l ([a-z-]+)", page)} if shell == "fish" else flags_of(page)
                self.assertLessEqual(flags, known, f"{shell}, {command}")
                self.assertIn(command, page)
            self.assertLessEqual(flags, flags_of(manual), command)

    def test_the_scripts_parse(self):
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell) is None:
                continue
            script = self.home.run("completion", shell).stdout
            done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_the_man_page_is_clean(self):
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", str(REPOSITORY / "packaging/sotto.1")],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
