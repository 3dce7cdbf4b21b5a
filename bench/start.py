#!/usr/bin/env python3
"""How long a start takes, and what stays resident, in turns with llama.cpp.

    start.py [--rounds N] [--peer-python PYTHON] MODEL…

Prints JSON lines. "warm_start": the model file and the packed weights are in the page cache. ready_ms is from the start
of the process to a model that can take tokens; first_token_ms to the logits after one token. llama.cpp runs through its
C interface; the time that its Python takes to start and to import is taken off, so that its own work counts alone.
"resident": peak_bytes is VmHWM after that token; share is peak_bytes / (file_bytes + kv_bytes).
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SPEED = HERE.parent / "build/release/bench/sotto_speed"
THREADS, CTX_TOKENS = "2", 512


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


def commands(model, packed, peer_python):
    found = {"sotto": [SPEED, model, THREADS, packed]}
    if peer_python:
        found["llama.cpp"] = [peer_python, HERE / "peer_llama_cpp.py", model, THREADS, "1", str(CTX_TOKENS)]
    return found


def measure(model, rounds, peer_python):
    with tempfile.TemporaryDirectory(prefix="sotto-packed-") as scratch:
        systems = commands(model, scratch + "/packed", peer_python)
        runs = {name: [] for name in systems}
        for n in range(rounds + 1):  # the first packs, and brings the files into the page cache
            for name, command in systems.items():
                run = start(command, name == "llama.cpp")
                if n > 0:
                    runs[name].append(run)
    label, file_bytes = pathlib.Path(model).name, pathlib.Path(model).stat().st_size
    for name, all_runs in runs.items():
        times = {key: [round(run[key], 1) for run in all_runs] for key in ("ready_ms", "first_token_ms")}
        print(json.dumps({"kind": "warm_start", "model": label, "system": name, **times}), flush=True)
        peak, kv_bytes = max(run["peak_bytes"] for run in all_runs), all_runs[0]["kv_bytes"]
        print(json.dumps({"kind": "resident", "model": label, "system": name, "peak_bytes": peak,
                          "file_bytes": file_bytes, "kv_bytes": kv_bytes,
                          "share": round(peak / (file_bytes + kv_bytes), 3)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-python", help="a Python with llama-cpp-python; without it the peer is left out")
    parser.add_argument("models", nargs="+", metavar="MODEL")
    options = parser.parse_args()
    if not options.peer_python:
        print("start: no --peer-python: llama.cpp is missing from these lines", file=sys.stderr)
    for model in options.models:
        measure(model, options.rounds, options.peer_python)


if __name__ == "__main__":
    main()
