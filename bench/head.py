#!/usr/bin/env python3
"""Whether the vocabulary head in two passes chooses as the full one does, on 20,000 tokens of text of each real model.

    bench/head.py [--tokens 20000]

Prints one line of JSON a model: see bench/head_check.cpp."""
import argparse
import json
import subprocess

from systems import ROOT, program
from machine import MODELS

TEXTS = sorted([*ROOT.glob("bench/texts/*.txt"), *ROOT.glob("docs/*.md")])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=20000)
    options = parser.parse_args()
    for name, model in MODELS.items():
        command = [program("sotto_head_check"), model, *TEXTS, "--tokens", options.tokens]
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        same = min(found["same_greedy"], found["same_top_40"]) / found["tokens"]
        print(json.dumps({"kind": "head", "model": name, "work": "two passes", "same": same, **found}), flush=True)


if __name__ == "__main__":
    main()
