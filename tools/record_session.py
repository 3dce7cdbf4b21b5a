#!/usr/bin/env python3
"""Records docs/session.txt: runs the program on a terminal, types into it, and writes down what was on the screen.

    python3 tools/record_session.py [PROGRAM]

Uses a home folder of its own and pulls the default model into it, so it needs the package index that pip is
configured for.
"""
import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests/cli"))

import program  # noqa: E402

COLUMNS = 92
NOTES = """Meeting on Tuesday. Anna will order the new sensors by Friday. Ben tests the pump in
the north hall and reports back. The budget for the second quarter was approved.
"""
CONTROL = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


def screen_text(raw):
    """What a terminal shows in the end after `raw`: lines overwritten in place count once."""
    lines, column, i = [[]], 0, 0
    while i < len(raw):
        control = CONTROL.match(raw, i)
        if control:
            if control[2] == "K":
                del lines[-1][column:]
            elif control[2] == "C":
                column += int(control[1] or 1)
            i = control.end()
            continue
        char, i = raw[i], i + 1
        if char == "\n":
            lines.append([])
            column = 0
        elif char == "\r":
            column = 0
        elif char == "\b":
            column = max(0, column - 1)
        else:
            line = lines[-1]
            line.extend(" " * (column + 1 - len(line)))
            line[column] = char
            column += 1
    return "\n".join("".join(line).rstrip() for line in lines)


def shown(home, command, *arguments):
    terminal = program.Terminal(home, *arguments, columns=COLUMNS)
    terminal.finish(600)
    return f"$ {command}\n{screen_text(terminal.screen)}"


def chat(home, *typed):
    terminal = program.Terminal(home, columns=COLUMNS)
    terminal.wait_for(">>> ")
    for line in typed:
        terminal.ask(line)
    terminal.send("/bye\r")
    terminal.finish()
    return f"$ sotto\n{screen_text(terminal.screen)}"


def main():
    if len(sys.argv) > 1:
        program.PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
    home = program.Home()
    del home.env["SOTTO_MODELS"]
    try:
        parts = [
            shown(home, "sotto pull smollm2", "pull", "smollm2"),
            shown(home, 'sotto run smollm2 "What is the capital of France? Answer in one word."', "run", "smollm2",
                  "What is the capital of France? Answer in one word.", "--seed", "1"),
            '$ cat notes.txt | sotto run smollm2 "Summarize in one sentence:"\n'
            + home.run("run", "smollm2", "Summarize in one sentence:", "--seed", "1", text=NOTES).stdout,
            chat(home, "Name three uses of copper, briefly.", "/set temperature 0", "/show info"),
        ]
        text = "\n".join(part.strip("\n") + "\n" for part in parts).replace(str(home.path), "~")
        (REPOSITORY / "docs/session.txt").write_text(text, encoding="utf-8")
    finally:
        home.remove()


if __name__ == "__main__":
    main()
