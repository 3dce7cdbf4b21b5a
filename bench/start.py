#!/usr/bin/env python3
"""How long a start takes, and what stays resident, in turns with llama.cpp.

    start.py [--rounds N] [--models NAME…]

Prints JSON lines. "warm_start": the model file and the packed weights are in the page cache. ready_ms is from the start
of the process to a model that can take tokens; first_token_ms to the logits after one token. llama.cpp runs through its
C interface; the time that its Python takes to start and to import is taken off, so that its own work counts alone.
A ratio compares the first tokens of a pair. "resident": VmHWM after that token over file and cache.
"""
import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time

from systems import ROOT, THREADS, program
from machine import MODELS, SHAPES, model_file

CTX_TOKENS = 512


def peak_bytes(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def start(command, interpreted):
    """A process that prints a line when it is ready and one after each line it is given."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    first = json.loads(process.stdout.readline())
    ready = (time.perf_counter() - begun) * 1000
    process.stdin.write("0 1 0\n")
    process.stdin.flush()
    process.stdout.readline()
    token = (time.perf_counter() - begun) * 1000
    peak = peak_bytes(process.pid)
    process.stdin.close()
    process.wait()
    interpreter = ready - first["load_ms"] if interpreted else 0
    return {"ready_ms": ready - interpreter, "first_token_ms": token - interpreter, "peak_bytes": peak,
            "kv_bytes": first.get("kv_bytes", 0)}


def commands(model, packed):
    found = {"sotto": [program("sotto_speed"), model, THREADS, packed]}
    if importlib.util.find_spec("llama_cpp") is None:
        print("start: llama-cpp-python is not installed: measured without llama.cpp", file=sys.stderr)
    else:
        found["llama.cpp"] = [sys.executable, ROOT / "bench/peer_llama_cpp.py", model, THREADS, CTX_TOKENS]
    return {name: [str(word) for word in command] for name, command in found.items()}


def measure(name, model, rounds):
    with tempfile.TemporaryDirectory(prefix="sotto-packed-") as scratch:
        systems = commands(model, scratch + "/packed")
        runs = {system: [] for system in systems}
        for n in range(rounds + 1):  # the first packs, and brings the files into the page cache
            for system, command in systems.items():
                run = start(command, system == "llama.cpp")
                if n > 0:
                    runs[system].append(run)
    yield from rows_of(name, runs, model.stat().st_size)


def rows_of(name, runs, file_bytes):
    """What each system took, how Sotto compares in pairs, and Sotto's memory."""
    for system, of_system in runs.items():
        times = {key: [run[key] for run in of_system] for key in ("ready_ms", "first_token_ms")}
        yield {"kind": "warm_start", "model": name, "work": system, **times}
    if "llama.cpp" in runs:
        ratios = [theirs["first_token_ms"] / ours["first_token_ms"]
                  for theirs, ours in zip(runs["llama.cpp"], runs["sotto"])]
        yield {"kind": "warm_start", "model": name, "work": "ratio", "against": "llama.cpp", "values": ratios,
               "median": statistics.median(ratios)}
    shares = [run["peak_bytes"] / (file_bytes + run["kv_bytes"]) for run in runs["sotto"]]
    yield {"kind": "resident", "model": name, "work": "resident", "values": shares, "median": statistics.median(shares)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="*", choices=[*MODELS, *SHAPES], default=["8b-q4_k_m"])
    options = parser.parse_args()
    for name in options.models:
        for row in measure(name, model_file(name), options.rounds):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
