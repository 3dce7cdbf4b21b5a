"""Figures of `sotto run` as a whole: its start, its memory, and what --eco saves."""
import json
import os
import statistics
import subprocess
import sys
import time

from systems import ROOT, THREADS, program

START_PROMPT = "The capital of France is a city on the river"
MEMORY_CTX = 1024
CACHE_CTX = (4096, 32768)
ECO_TOKENS = (8, 72)  # a short and a longer answer: their difference is what writing costs


def run_command(model, prompt, *flags):
    return [program("sotto"), "run", str(model), prompt, "--raw", "--temperature", "0", "--repeat-penalty", "1", *flags]


def measure_start(name, model, rounds):
    """From exec to the first byte of the answer, the model in the system's file cache."""
    ids = json.loads(subprocess.run([program("sotto"), "tokenize", str(model), "--json"], check=True,
                                    input=START_PROMPT.encode(), capture_output=True).stdout)
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        process = subprocess.Popen(run_command(model, START_PROMPT, "--max-tokens", "4", "--threads", str(THREADS)),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = os.read(process.stdout.fileno(), 1)
        times.append((time.perf_counter() - start) * 1000)
        _, complaint = process.communicate()
        if process.returncode != 0 or not first:
            sys.exit(f"bench: sotto run gave no answer: {complaint.decode()}")
    return [{"kind": "start", "model": name, "prompt_tokens": len(ids), "ms": times[1:],  # the first warms up
             "median_ms": statistics.median(times[1:])}]


def finish(command):
    """Runs it to its end: (seconds, what the system counted)."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"bench: {' '.join(command[:3])} … failed")
    return time.perf_counter() - start, usage


def measure_memory(name, model, _):
    """The prompt fills most of the context, so that the cache counts in full."""
    prompt = (ROOT / "bench/texts/prose.txt").read_text()[:3600]
    info = json.loads(subprocess.run([program("sotto_logits"), str(model), "--info", "--ctx", str(MEMORY_CTX)],
                                     check=True, capture_output=True).stdout)
    command = run_command(model, prompt, "--max-tokens", "16", "--ctx", str(MEMORY_CTX), "--threads", str(THREADS))
    finish(command)  # packs the weights, where that is still to be done
    _, usage = finish(command)
    peak = usage.ru_maxrss * 1024
    return [{"kind": "memory", "model": name, "ctx_tokens": MEMORY_CTX, "peak_bytes": peak,
             "file_bytes": info["file_bytes"], "kv_bytes": info["kv_bytes"],
             "share_of_file": (peak - info["kv_bytes"]) / info["file_bytes"]}]


def measure_cache(name, model, _):
    """What the keys and values of a whole context take, by the program's own account."""
    rows = []
    for ctx_tokens in CACHE_CTX:
        info = json.loads(subprocess.run([program("sotto_logits"), str(model), "--info", "--ctx", str(ctx_tokens)],
                                         check=True, capture_output=True).stdout)
        rows.append({"kind": "cache", "model": name, "ctx_tokens": ctx_tokens, "megabytes": info["kv_bytes"] / 1e6})
    return rows


def writing_costs(model, flags):
    """Seconds and processor seconds for each token of an answer."""
    answers = [finish(run_command(model, START_PROMPT, "--ignore-eos", "--max-tokens", str(n), *flags))
               for n in ECO_TOKENS]
    n_tokens = ECO_TOKENS[1] - ECO_TOKENS[0]
    (short_s, short), (long_s, long) = answers
    cpu_s = long.ru_utime + long.ru_stime - short.ru_utime - short.ru_stime
    return (long_s - short_s) / n_tokens, cpu_s / n_tokens


def measure_eco(name, model, rounds):
    """Writing with --eco and without, in turns."""
    modes = {"usual": (), "eco": ("--eco",)}
    costs = {mode: [] for mode in modes}
    for _ in range(rounds):
        for mode, flags in modes.items():
            costs[mode].append(writing_costs(model, flags))
    rows = []
    for mode, pairs in costs.items():
        seconds, cpu_s = (statistics.median(values) for values in zip(*pairs))
        rows.append({"kind": "eco", "model": name, "mode": mode, "tokens_per_s": 1 / seconds,
                     "cpu_ms_per_token": 1000 * cpu_s, "cores_busy": cpu_s / seconds})
    return rows
