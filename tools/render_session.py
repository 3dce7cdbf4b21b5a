#!/usr/bin/env python3
"""Draws a recorded terminal session (docs/session.txt) as a picture (docs/session.svg).

    python3 tools/render_session.py [TEXT [SVG]]

Lines that begin with "$ " or ">>> " are what a person typed. Needs nothing but Python.
"""
import pathlib
import sys
import textwrap
from xml.sax.saxutils import escape

COLUMNS = 92
CHAR_WIDTH, LINE_HEIGHT, FONT_SIZE = 8.4, 19, 14
MARGIN, TITLE_HEIGHT = 18, 34
BACKGROUND, BAR, TEXT, DIM = "#16181d", "#23262e", "#d7dae0", "#8b919d"
PROMPTS = {"$ ": "#7fd08a", ">>> ": "#e3b866"}


def wrapped(text):
    """Each line of the recording as the lines that a terminal of COLUMNS shows, with the prompt they belong to."""
    for line in text.rstrip("\n").split("\n"):
        prompt = next((mark for mark in PROMPTS if line.startswith(mark)), "")
        pieces = textwrap.wrap(line, COLUMNS, drop_whitespace=False, replace_whitespace=False) or [""]
        for number, piece in enumerate(pieces):
            yield piece.rstrip(), prompt if number == 0 else ""


def text_element(x, y, content, colour, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-weight="{weight}" xml:space="preserve">'
            f"{escape(content)}</text>")


def draw_line(line, prompt, y):
    if not prompt:
        dim = line.startswith("sotto: ")
        return [text_element(MARGIN, y, line, DIM if dim else TEXT)]
    typed = MARGIN + len(prompt) * CHAR_WIDTH
    return [text_element(MARGIN, y, prompt.rstrip(), PROMPTS[prompt], "bold"),
            text_element(typed, y, line[len(prompt):], "#ffffff")]


def render(text):
    lines = list(wrapped(text))
    width = 2 * MARGIN + COLUMNS * CHAR_WIDTH
    height = TITLE_HEIGHT + 2 * MARGIN + len(lines) * LINE_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" role="img" aria-label="A terminal session with sotto">',
        f'<rect width="100%" height="100%" rx="9" fill="{BACKGROUND}"/>',
        f'<path d="M0 {TITLE_HEIGHT}V9a9 9 0 0 1 9-9h{width - 18:.0f}a9 9 0 0 1 9 9v{TITLE_HEIGHT - 9}z" fill="{BAR}"/>',
    ]
    for number, colour in enumerate(("#e0655c", "#e3b866", "#7fd08a")):
        parts.append(f'<circle cx="{20 + 20 * number}" cy="{TITLE_HEIGHT / 2}" r="6" fill="{colour}"/>')
    parts.append('<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
                 f'font-size="{FONT_SIZE}">')
    for number, (line, prompt) in enumerate(lines):
        if line:
            parts += draw_line(line, prompt, TITLE_HEIGHT + MARGIN + (number + 0.75) * LINE_HEIGHT)
    return "\n".join(parts + ["</g>", "</svg>", ""])


def main():
    docs = pathlib.Path(__file__).resolve().parent.parent / "docs"
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else docs / "session.txt"
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else docs / "session.svg"
    target.write_text(render(source.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
