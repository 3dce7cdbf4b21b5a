#!/usr/bin/env python3
"""Sotto's speed and memory beside its peers', in turns, on real models and on random weights of larger shapes.

    bench.py [--rounds N] [--models NAME…] [--only PART…] [--works WORK…] [--peers all] [--dry]

Parts: speed (what bench/speed.py plans, two threads, with the machine's ceilings); start, memory, cache and eco (of
`sotto run`); and the scripts beside this one that print rows themselves, a line of JSON each with "kind", "model" and the
figure that counts: speculation, warm-start, resume, head, quantize, quantize-1b, quantize-memory, server. In every round each system does each work
once, so that a ratio compares neighbours in time.

Each part writes its rows to bench/results/speed.jsonl as soon as it has them, in place of those of the same kind, model and work;
the others keep their own date. Then docs/PERFORMANCE.md and docs/performance.svg are drawn anew. --dry only prints.
"""
import argparse
import json
import subprocess
import sys

from program import measure_cache, measure_eco, measure_memory, measure_start
from report import KINDS, plot, tables
from speed import measure_speed
from systems import PACKAGES, ROOT
from machine import MODELS, SHAPES, UNQUANTIZED, USUAL, fill_section, model_file, update_results

OF_PROGRAM = {"start": measure_start, "memory": measure_memory, "cache": measure_cache, "eco": measure_eco}
SCRIPTS = {"speculation": ["speculation.py"], "resume": ["resume.py"], "warm-start": ["start.py"], "head": ["head.py"],
           "quantize": ["quantize.py"],
           "quantize-1b": ["quantize.py", "--models", UNQUANTIZED, "--tokens", "1024"],
           "quantize-memory": ["quantize_memory.py"],
           "server": ["server.py"]}
LONG = {"warm-start", "head", "quantize", "quantize-1b", "quantize-memory", "server"}  # only when asked for: they take many minutes
KEYS = ("kind", "model", "work", "against")


def rows_of_script(part):
    """What a script prints: one row a line."""
    script, *arguments = SCRIPTS[part]
    done = subprocess.run([sys.executable, str(ROOT / "bench" / script), *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def measured(options):
    """Lists of rows, each as soon as it is there."""
    parts = options.only or [part for part in ("speed", *OF_PROGRAM, *SCRIPTS) if part not in LONG]
    names = options.models or USUAL
    for name in names if "speed" in parts else ():
        yield measure_speed(name, model_file(name), options.rounds, options.works, options.peers == "all")
    for part, measure in OF_PROGRAM.items():
        for name in names if part in parts else ():
            if name in MODELS:
                yield measure(name, MODELS[name], options.rounds)
    for part in SCRIPTS:
        if part in parts:
            yield rows_of_script(part)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="*", choices=[*MODELS, *SHAPES])
    parser.add_argument("--only", nargs="*", choices=["speed", *OF_PROGRAM, *SCRIPTS])
    parser.add_argument("--works", nargs="*", default=[], help="of speed: pp512, tg128, batch4, …")
    parser.add_argument("--peers", choices=["usual", "all"], default="usual")
    parser.add_argument("--dry", action="store_true")
    options = parser.parse_args()
    for rows in measured(options):
        for row in rows:
            print(json.dumps(row))
        if rows and not options.dry:
            every = update_results("speed", rows, KEYS, *PACKAGES)
            every.sort(key=lambda row: KINDS.index(row["kind"]) if row["kind"] in KINDS else len(KINDS))
            fill_section("docs/PERFORMANCE.md", tables(every))
            plot(every)


if __name__ == "__main__":
    main()
