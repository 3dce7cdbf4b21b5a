#!/usr/bin/env python3
"""The chat in the terminal, typed into as a person would. Needs the real SmolLM2."""
import fcntl
import json
import os
import signal
import stat
import struct
import termios
import unittest

from program import CHAT_MODEL, PLAIN_MODEL, PROGRAM, Case, Terminal

ASK = ["--seed", "1", "--temperature", "0"]
# Enough to run for long, so that there is something to stop.
ENDLESS = ["--ignore-eos", "--max-tokens", "2000"]


class Chat(Case):
    def open(self, *flags, env=None, columns=80):
        terminal = Terminal(self.home, "run", self.need(CHAT_MODEL), *ASK, *flags, env=env, columns=columns)
        self.addCleanup(terminal.kill)
        terminal.wait_for(">>> ")
        return terminal

    def test_answers_and_remembers(self):
        chat = self.open()
        self.assertIn("Paris", chat.ask("What is the capital of France? Answer in one word."))
        chat.ask("Thank you.")
        said = chat.ask("/show messages")
        self.assertIn("you: What is the capital of France?", said)
        self.assertIn("you: Thank you.", said)
        chat.send("/bye\r")
        self.assertEqual(chat.finish(), 0)

    def test_ctrl_c_while_weights_are_packed_leaves_nothing_unfinished(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)):
            answer = Terminal(self.home, "run", self.need(PLAIN_MODEL), "Hello", *ASK, *ENDLESS)
            self.addCleanup(answer.kill)
            answer.wait_for("packing ")
            os.kill(answer.pid, number)
            self.assertEqual(answer.finish(), code, answer.screen)
            self.assertEqual([str(file) for file in self.home.path.rglob("*.part")], [])

    def test_ctrl_d_ends(self):
        chat = self.open()
        chat.send("\x04")
        self.assertEqual(chat.finish(), 0)

    def test_ctrl_c_stops_the_answer_and_keeps_the_chat(self):
        chat = self.open(*ENDLESS)
        chat.send("Tell me a long story.\r")
        chat.wait_for("story.")
        chat.wait_for_more(40)
        chat.send("\x03")
        self.assertIn("stopped", chat.wait_for(">>> ", 10))
        self.assertIn("you: Tell me a long story.", chat.ask("/show messages"))
        chat.send("/bye\r")
        self.assertEqual(chat.finish(), 0)

    def test_ctrl_c_at_the_prompt_clears_the_line_and_a_block(self):
        chat = self.open()
        chat.send("half a line\x03")
        chat.wait_for(">>> ")
        chat.send('"""secret\r')
        chat.wait_for("... ")
        chat.send("\x03")
        chat.wait_for(">>> ")
        self.assertIn("nothing has been said", chat.ask("/show messages"))

    def test_the_way_out_is_said_to_who_looks_for_it(self):
        chat = self.open(env={"NO_COLOR": "1"})
        hint = "Ctrl-D or /bye ends"
        for word in ("exit", "quit"):
            self.assertIn(hint, chat.ask(word))
        chat.send("half a line\x03")
        self.assertNotIn(hint, chat.wait_for(">>> "))
        chat.send("\x03")
        self.assertIn(hint, chat.wait_for(">>> "))
        chat.send("\x03")
        self.assertNotIn(hint, chat.wait_for(">>> "))
        self.assertIn("nothing has been said", chat.ask("/show messages"))

    def test_a_suspended_chat_goes_on_where_it_was(self):
        chat = f"{PROGRAM} run {self.need(CHAT_MODEL)} {' '.join(ASK)}"
        shell = Terminal(self.home, "-c", f"set -m; {chat}; echo suspended; stty -a; fg", program="bash")
        self.addCleanup(shell.kill)
        shell.wait_for(">>> ")
        shell.send("/show sys")
        shell.wait_for("/show sys")
        shell.send("\x1a")
        shell.wait_for("suspended")
        self.assertIn(" icanon", shell.wait_for(" run "))  # the shell has its terminal back; fg names the command
        shell.wait_for(">>> /show sys")
        fcntl.ioctl(shell.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        shell.send("tem\r")
        shell.wait_for("no system message is set")
        shell.send("/bye\r")
        self.assertEqual(shell.finish(), 0)

    def test_several_lines(self):
        chat = self.open("--max-tokens", "5")
        chat.send('"""first line\r')
        chat.wait_for("... ")
        chat.ask('second line"""')
        self.assertIn("first line\r\nsecond line", chat.ask("/show messages"))

    def test_a_pasted_text_is_one_message(self):
        chat = self.open("--max-tokens", "5")
        chat.send("\x1b[200~pasted one\rpasted two\n/bye\x1b[201~")
        chat.wait_for("/bye")
        chat.ask("", prompt="as asked for")  # the editor may print its prompt again while it shows what was pasted
        chat.wait_for(">>> ")
        said = chat.ask("/show messages")
        self.assertIn("you: pasted one\r\npasted two\r\n/bye\r\n", said)

    def test_text_of_every_script_arrives_as_typed(self):
        chat = self.open("--max-tokens", "3")
        chat.ask("Grüße, 你好, नमस्ते, 🚀")
        self.assertIn("you: Grüße, 你好, नमस्ते, 🚀", chat.ask("/show messages"))

    def test_settings(self):
        chat = self.open()
        self.assertIn("temperature is 0.5", chat.ask("/set temperature 0.5"))
        self.assertIn("top_k is 3", chat.ask("/set parameter top_k 3"))
        self.assertIn("top_k cannot be", chat.ask("/set top_k many"))
        self.assertIn("/set nonsense", chat.ask("/set nonsense 1"))
        table = chat.ask("/show parameters")
        self.assertRegex(table, r"repeat_penalty +1\.1 \(default\)")
        self.assertRegex(table, r"ctx +4096 \(default\)")
        self.assertRegex(table, r"temperature +0\.5")
        self.assertRegex(table, r"top_k +3")
        chat.ask("/set system You are a pirate.")
        self.assertIn("You are a pirate.", chat.ask("/show system"))
        self.assertIn("512 tokens", chat.ask("/set ctx 512") + chat.ask("/show info"))
        self.assertIn("no such command", chat.ask("/nonsense"))
        for command in ("/set", "/show", "/save", "/load", "/clear", "/help", "/bye"):
            self.assertIn(command, chat.ask("/help"))

    def test_verbose_prints_figures(self):
        chat = self.open("--verbose", "--max-tokens", "8")
        answer = chat.ask("Hello")
        for figure in ("load duration:", "prompt eval rate:", "eval rate:"):
            self.assertIn(figure, answer)
        chat.ask("/set quiet")
        self.assertNotIn("eval rate:", chat.ask("Hello again"))

    def test_a_second_question_reads_only_what_is_new(self):
        chat = self.open("--verbose", "--max-tokens", "8")
        chat.ask("Name three colours that are often seen in a garden in spring.")
        self.assertRegex(chat.ask("And one more?"), r"prompt eval count: +\d+ tokens \(\d{2,} of them known already\)")

    def test_saving_and_loading(self):
        chat = self.open("--max-tokens", "8")
        chat.ask("Remember the word zebra.")
        self.assertIn("saved to", chat.ask("/save animals"))
        chat.ask("/clear")
        self.assertIn("nothing has been said", chat.ask("/show messages"))
        self.assertIn("2 messages", chat.ask("/load animals"))
        self.assertIn("zebra", chat.ask("/show messages"))
        saved = self.home.state / "sotto/chats/animals.json"
        self.assertEqual(stat.S_IMODE(saved.stat().st_mode), 0o600)
        self.assertEqual(json.loads(saved.read_text())["messages"][0]["content"], "Remember the word zebra.")
        self.assertIn("no model is called", chat.ask("/load no-such-thing"))
        self.assertIn("zebra", chat.ask("/show messages"))

    def test_saving_never_loses_a_file(self):
        notes = self.home.path / "notes.txt"
        notes.write_text("my notes")
        chat = self.open("--max-tokens", "3", columns=300)
        for save in ("/save", "/save!"):
            self.assertIn("is no saved chat", chat.ask(f"{save} {notes}"))
        self.assertEqual(notes.read_text(), "my notes")
        missing = self.home.path / "missing"
        self.assertIn("No such file or directory", chat.ask(f"/save {missing}/chat.json"))
        self.assertFalse(missing.exists())
        self.assertIn("saved to", chat.ask("/save mine"))
        self.assertIn("saved to", chat.ask("/save mine"), "a chat may be saved again")
        self.assertIn("saved to", chat.ask("/save other"))
        self.assertIn("/save! mine replaces it", chat.ask("/save mine"))
        self.assertIn("saved to", chat.ask("/save! mine"))
        chat.ask("/load other")
        self.assertIn("saved to", chat.ask("/save other"))

    def test_another_model_is_taken_into_the_chat(self):
        chat = self.open("--max-tokens", "3", columns=300)
        self.assertIn("goes on with the chat", chat.ask(f"/load {CHAT_MODEL}"))
        said = chat.ask(f"/load {self.need(PLAIN_MODEL)}")
        self.assertIn("has no chat template", said)
        self.assertNotIn("goes on with the chat", said)

    def test_loading_says_what_there_is(self):
        chat = self.open("--max-tokens", "3", columns=300)
        self.assertIn("no chats are saved", chat.ask("/load"))
        chat.ask("/save zoo")
        chat.ask("/save animals")
        self.assertIn("saved chats: animals, zoo", chat.ask("/load"))
        self.assertIn("saved chats: animals, zoo", chat.ask("/load nosuch"))
        self.assertIn("saved chats: animals, zoo", chat.ask("/load ./nosuch.json"))

    def test_loading_says_what_it_changes(self):
        chat = self.open("--max-tokens", "3", columns=300)
        chat.ask("Hello")
        chat.ask("/save first")
        self.assertNotIn("it set", chat.ask("/load first"))
        chat.ask("/set top_k 3")
        chat.ask("/set system Be brief.")
        self.assertIn("it set top_k to 40, system to none", chat.ask("/load first"))

    def test_a_chat_outlives_its_model(self):
        folder = self.home.path / "folder"
        folder.mkdir()
        (folder / "gone.gguf").symlink_to(self.need(CHAT_MODEL))
        old = Terminal(self.home, "run", "./gone.gguf", "--max-tokens", "3", cwd=folder)
        self.addCleanup(old.kill)
        old.wait_for(">>> ")
        old.ask("Remember the word zebra.")
        old.ask("/save animals")
        saved = json.loads((self.home.state / "sotto/chats/animals.json").read_text())
        self.assertEqual(saved["model"], str(folder / "gone.gguf"))
        (folder / "gone.gguf").unlink()
        chat = self.open("--max-tokens", "3", columns=300)
        self.assertIn("smollm2:135m goes on with it", chat.ask("/load animals"))
        self.assertIn("zebra", chat.ask("/show messages"))

    def test_history_comes_back_in_the_next_chat(self):
        chat = self.open("--max-tokens", "3")
        chat.ask("an unusual question")
        chat.send("/bye\r")
        chat.finish()
        history = self.home.state / "sotto/history"
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        again = self.open()
        again.send("\x1b[A\x1b[A")
        again.wait_for("an unusual question")

    def test_history_can_be_turned_off(self):
        chat = self.open("--max-tokens", "3")
        chat.ask("/set nohistory")
        chat.ask("a private question")
        chat.send("/bye\r")
        chat.finish()
        self.assertNotIn("private", (self.home.state / "sotto/history").read_text())
        other = self.open("--no-history", "--max-tokens", "3")
        other.ask("another private question")
        other.send("/bye\r")
        other.finish()
        self.assertNotIn("private", (self.home.state / "sotto/history").read_text())

    def test_a_chat_that_outgrows_the_context_says_so_and_goes_on(self):
        chat = self.open("--ctx", "128", "--max-tokens", "30")
        long_text = "word " * 200
        answer = chat.ask(long_text)
        self.assertRegex(answer, r"128")
        self.assertIn("/clear", answer)
        self.assertIn("/set ctx", answer)
        self.assertIn("nothing has been said", chat.ask("/show messages"))
        self.assertNotIn("/clear starts", chat.ask("Say hello."))

    def test_an_answer_cut_by_the_context_is_said(self):
        chat = self.open("--ctx", "96", "--ignore-eos")
        answer = chat.ask("Tell me a story.")
        self.assertRegex(answer.replace("\r\n", " "), r"cut: the context of 96 tokens is full \(\d+ of the prompt, \d+ of the answer\)")

    def test_colours_can_be_turned_off(self):
        colour = r"\x1b\[[0-9;]*[1-9][0-9;]*m"
        self.assertRegex(self.open().screen, colour)
        self.assertNotRegex(self.open(env={"NO_COLOR": "1"}).screen, colour)

    def test_the_model_is_listed_while_it_runs(self):
        chat = self.open()
        running = json.loads(self.home.run("ps", "--json").stdout)["models"]
        self.assertEqual([model["pid"] for model in running], [chat.pid])
        chat.send("/bye\r")
        chat.finish()
        self.assertEqual(json.loads(self.home.run("ps", "--json").stdout)["models"], [])

    def test_the_terminal_is_left_as_it_was(self):
        chat = self.open()
        chat.send("/bye\r")
        chat.wait_for("/bye")
        self.assertEqual(chat.finish(), 0)
        self.assertGreater(chat.screen.rfind("\x1b[?2004l"), chat.screen.rfind("\x1b[?2004h"))


if __name__ == "__main__":
    unittest.main()
