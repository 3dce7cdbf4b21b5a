#!/usr/bin/env python3
"""Holds the documents to the tree: links lead somewhere, paths in backticks exist, what a diff adds stands in the file that it
names, every Debian package has its reason, and the README's example is the file in examples/, which compiles against the public headers.

    check_docs.py [--compiler C++]
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
DIFF = re.compile(r"^```diff\n(.*?)^```", re.M | re.S)
PATH = re.compile(r"`((?:src|include|apps|tests|tools|bench|docs|cmake|packaging|examples)/[\w./*-]*)`")


def documents():
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def check_document(path):
    text = FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), path.read_text())
    for pattern, base in ((LINK, path.parent), (PATH, ROOT)):
        for match in pattern.finditer(text):
            target = match[1]
            if "://" in target or any(base.glob(target.rstrip("/"))) or (base / target).exists():
                continue
            yield f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {target} does not exist"


def check_diffs(path):
    text = path.read_text()
    for fence in DIFF.finditer(text):
        first = text.count("\n", 0, fence.start(1)) + 1
        target, there = "", []
        for number, line in enumerate(fence[1].splitlines(), first):
            where = f"{path.relative_to(ROOT)}:{number}"
            if line.startswith("+++ b/"):
                target = line.removeprefix("+++ b/")
                there = (ROOT / target).read_text().splitlines() if (ROOT / target).exists() else []
                if not there:
                    yield f"{where}: {target} does not exist"
            elif line.startswith("+") and line[1:] not in there:
                yield f"{where}: {target} has no line {line[1:]!r}"


def check_packages():
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text()
    for line in (ROOT / "packaging/debian-packages.txt").read_text().splitlines():
        if re.match(r"[a-z]", line) and not re.search(rf"(?<![\w+-]){re.escape(line.split()[0])}(?![\w+-])", reasons):
            yield f"docs/decisions/0002-dependencies.md: gives no reason for {line}"


def check_example(compiler):
    example = ROOT / "examples/ask.cpp"
    if f"```cpp\n{example.read_text()}```" not in (ROOT / "README.md").read_text():
        yield "README.md: its example is not examples/ask.cpp"
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{ROOT}/include", str(example)]
    compiled = subprocess.run(command, capture_output=True, text=True)
    if compiled.returncode != 0:
        yield compiled.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", default="c++")
    options = parser.parse_args()
    wrong = [problem for path in documents() for problem in [*check_document(path), *check_diffs(path)]]
    wrong += [*check_packages(), *check_example(options.compiler)]
    print("\n".join(wrong) or f"docs: {len(documents())} documents hold")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
