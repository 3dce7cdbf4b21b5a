#!/usr/bin/env python3
"""What resuming a session from disk saves: reading 4,000 tokens beside restoring their state, in turns, round by round.

    bench/resume.py [--rounds 5] [--tokens 4000] [--threads 2] [--models NAME…]

Prints one line of JSON a model with the medians. The session file lies in the folder for temporary files (TMPDIR)."""
import argparse
import json
import statistics
import subprocess
import tempfile

from systems import THREADS, program
from machine import MODELS


def rounds_of(options, model):
    with tempfile.TemporaryDirectory() as folder:
        command = [program("sotto_resume"), MODELS[model], f"{folder}/session", options.tokens, options.rounds,
                   options.threads]
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def summary(model, rounds):
    middle = {name: round(statistics.median(each[name] for each in rounds), 1)
              for name in ("prefill_ms", "restore_ms", "save_ms")}
    ratios = [each["prefill_ms"] / each["restore_ms"] for each in rounds]
    return {"kind": "resume", "model": model, "tokens": rounds[0]["tokens"], **middle, "values": ratios,
            "median": statistics.median(ratios), "file_bytes": rounds[0]["file_bytes"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=THREADS)
    options = parser.parse_args()
    for model in options.models:
        print(json.dumps(summary(model, rounds_of(options, model))), flush=True)


if __name__ == "__main__":
    main()
