#!/usr/bin/env python3
"""How much memory `sotto quantize` and `sotto imatrix` take with a model of eight billion (random) weights.

    quantize_memory.py

Prints a line of JSON each. peak_gib: resident memory (ru_maxrss), with the pages of the mapped file, which the system takes
back when it needs them. own_gib: without those, the greatest RssAnon seen, 10 times a second. Writes 8 GB beside the model's
file, and removes them."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

from systems import program
from machine import shape_file

MODEL = "8b-q4_k_m"
TYPE = "Q8_0"  # the largest file, and the fastest search
TEXT_TOKENS = "32"


def anonymous_kib(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
    except (FileNotFoundError, StopIteration, ProcessLookupError):
        return 0


def watch(process, done, found):
    while not done.wait(0.1):
        found.append(anonymous_kib(process.pid))


def peaks(*arguments):
    """(resident, anonymous) memory of the program, GiB."""
    process = subprocess.Popen([program("sotto"), *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=sys.stderr)
    done, found = threading.Event(), [0]
    watcher = threading.Thread(target=watch, args=(process, done, found))
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    done.set()
    watcher.join()
    if status != 0:
        sys.exit(f"sotto {arguments[0]} failed")
    return usage.ru_maxrss / 2**20, max(found) / 2**20


def main():
    source = shape_file(MODEL)
    with tempfile.TemporaryDirectory(dir=pathlib.Path(source).parent) as folder:
        out = pathlib.Path(folder) / "out.gguf"
        for work, arguments in (("quantize", ("quantize", source, out, "--type", TYPE, "--no-eval", "--force")),
                                ("imatrix", ("imatrix", source, "-o", out, "--tokens", TEXT_TOKENS, "--force"))):
            resident, own = peaks(*arguments)
            print(json.dumps({"kind": "quantize_memory", "model": MODEL, "work": work, "peak_gib": round(resident, 3),
                              "own_gib": round(own, 3)}), flush=True)


if __name__ == "__main__":
    main()
