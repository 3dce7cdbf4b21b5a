#!/usr/bin/env python3
"""How many short sentences a second `sotto embed` turns into vectors, on two threads.

    embed.py [--rounds N] [--at-least N]

The model is all-MiniLM-L6-v2, imported as it is published; the sentences are those of bench/texts that have 4 to 12 words.
Prints a JSON line: sentences a second of whole runs, start and output included, and what more sentences cost, which is
without the start; medians. Ends with 1 when the former is below --at-least.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from systems import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from fetch_test_data import data_folder  # noqa: E402

THREADS = 2
FEW, MANY = 200, 1000


def sentences(n):
    """n short ones, repeated in turn where the texts have fewer."""
    found = []
    for name in ("prose", "technical", "before"):
        words = " ".join((ROOT / f"bench/texts/{name}.txt").read_text().split())
        found += [s for s in re.split(r"(?<=[.!?])\s+", words) if 4 <= len(s.split()) <= 12]
    return [found[i % len(found)] for i in range(n)]


def seconds(program, model, n):
    text = "".join(line + "\n" for line in sentences(n))
    begun = time.perf_counter()
    done = subprocess.run([program, "embed", model, "--threads", str(THREADS)], input=text, text=True, capture_output=True)
    taken = time.perf_counter() - begun
    if done.returncode != 0 or done.stdout.count("\n") != n:
        sys.exit(f"embed: {done.stderr}")
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-least", type=float, default=0)
    options = parser.parse_args()
    program = ROOT / "build/release/apps/cli/sotto"
    with tempfile.TemporaryDirectory(prefix="sotto-embed-") as scratch:
        model = pathlib.Path(scratch) / "minilm.gguf"
        subprocess.run([program, "import", data_folder() / "all-MiniLM-L6-v2", "-o", model, "--force"], check=True, capture_output=True)
        seconds(program, model, FEW)
        pairs = [(seconds(program, model, FEW), seconds(program, model, MANY)) for _ in range(options.rounds)]
    whole = statistics.median(FEW / few for few, _ in pairs)
    more = statistics.median((MANY - FEW) / (many - few) for few, many in pairs)
    holds = whole >= options.at_least
    print(json.dumps({"kind": "embed", "model": "all-MiniLM-L6-v2", "threads": THREADS, "sentences": FEW,
                      "sentences_per_s": round(whole), "without_start_per_s": round(more), "enough": "yes" if holds else "no"}))
    sys.exit(not holds)


if __name__ == "__main__":
    main()
