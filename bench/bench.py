#!/usr/bin/env python3
"""Sotto's speed and memory beside its peer's, in turns, on real models and on random weights of larger shapes.

    bench.py [--rounds N] [--models NAME…] [--only speed|start|memory]

Speed: what RUNS says, two threads; in every round each system does each run once, so that a ratio compares neighbours
in time. Start: from exec of `sotto run` to the first byte of the answer to a 10-token prompt. Memory: the peak resident
memory of `sotto run`. Writes bench/results/speed.jsonl, docs/performance.svg and the figures of docs/PERFORMANCE.md;
with --models or --only, or without the peer, it only prints.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import typing

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from machine import MODELS, ROOT, SHAPES, fill_section, program, shape_file, write_results  # noqa: E402

THREADS = 2


class Run(typing.NamedTuple):
    """Reads a prompt, then writes: llama-bench's pp<n_prompt>, and tg<n_gen> at the depth that the prompt makes."""
    n_prompt: int
    n_gen: int

    def works(self):
        """Name, tokens and field of the answer, of what one run measures."""
        depth = f"@d{self.n_prompt}" if self.n_prompt else ""
        if self.n_prompt:
            yield f"pp{self.n_prompt}", self.n_prompt, "prompt_ms"
        if self.n_gen:
            yield f"tg{self.n_gen}{depth}", self.n_gen, "gen_ms"


RUNS = [Run(512, 0), Run(32, 0), Run(0, 128), Run(4096, 32)]
RUNS_OF_SHAPES = [Run(512, 0), Run(32, 0), Run(0, 64)]
CTX_TOKENS = 4096 + 512
START_PROMPT = "The capital of France is a city on the river"
MEMORY_CTX = 1024
PEERS = {"llama.cpp": "0", "llama.cpp, flash attention": "1"}


class Server:
    """A program that answers each line of work with a line of JSON."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.load = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.process.args[0]} ended with exit code {self.process.wait()}")
        return json.loads(line)

    def measure(self, run):
        self.process.stdin.write(f"{run.n_prompt} {run.n_gen} 0\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def servers_for(model):
    servers = {"sotto": Server([program("sotto_speed"), str(model), str(THREADS)])}
    try:
        import llama_cpp  # noqa: F401
    except ImportError:
        print("bench: llama-cpp-python is not installed: measured without the peer", file=sys.stderr)
        return servers
    for name, flash in PEERS.items():
        script = str(ROOT / "bench/peer_llama_cpp.py")
        servers[name] = Server([sys.executable, script, str(model), str(THREADS), flash, str(CTX_TOKENS)])
    return servers


def measure_speed(name, model, runs, rounds):
    servers = servers_for(model)
    ms = {(work, system): [] for run in runs for work, _, _ in run.works() for system in servers}
    for server in servers.values():
        server.measure(Run(64, 8))
    for n in range(rounds):
        print(f"{name}: round {n + 1} of {rounds}", file=sys.stderr)
        for run in runs:
            order = list(servers)
            for system in order[n % len(order):] + order[: n % len(order)]:
                answer = servers[system].measure(run)
                for work, _, field in run.works():
                    ms[work, system].append(answer[field])
                time.sleep(0.2)  # threads that still wait for work go to sleep
    for server in servers.values():
        server.close()
    works = {work: tokens for run in runs for work, tokens, _ in run.works()}
    rows = [{"kind": "speed", "model": name, "work": work, "tokens": works[work], "threads": THREADS, "system": system,
             "ms": values} for (work, system), values in ms.items()]
    return rows + [ratio(name, work, ms) for work in works if len(servers) > 1]


def ratio(name, work, ms):
    """Sotto's speed over the faster of the peer's two ways, round by round."""
    peers = [system for (w, system) in ms if w == work and system != "sotto"]
    best = min(peers, key=lambda system: statistics.median(ms[work, system]))
    pairs = [theirs / ours for theirs, ours in zip(ms[work, best], ms[work, "sotto"])]
    return {"kind": "ratio", "model": name, "work": work, "peer": best, "ratios": pairs,
            "median": statistics.median(pairs)}


def run_command(model, prompt, *flags):
    return [program("sotto"), "run", str(model), prompt, "--raw", "--temperature", "0", "--repeat-penalty", "1",
            "--threads", str(THREADS), *flags]


def measure_start(name, rounds):
    ids = json.loads(subprocess.run([program("sotto"), "tokenize", str(MODELS[name]), "--json"], check=True,
                                    input=START_PROMPT.encode(), capture_output=True).stdout)
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        process = subprocess.Popen(run_command(MODELS[name], START_PROMPT, "--max-tokens", "4"),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = os.read(process.stdout.fileno(), 1)
        times.append((time.perf_counter() - start) * 1000)
        _, complaint = process.communicate()
        if process.returncode != 0 or not first:
            sys.exit(f"bench: sotto run gave no answer: {complaint.decode()}")
    return [{"kind": "start", "model": name, "prompt_tokens": len(ids), "ms": times[1:],  # the first warms up
             "median_ms": statistics.median(times[1:])}]


def measure_memory(name):
    """The prompt fills most of the context, so that the cache counts in full."""
    prompt = (ROOT / "bench/texts/prose.txt").read_text()[:3600]
    info = json.loads(subprocess.run([program("sotto_logits"), str(MODELS[name]), "--info", "--ctx", str(MEMORY_CTX)],
                                     check=True, capture_output=True).stdout)
    process = subprocess.Popen(run_command(MODELS[name], prompt, "--max-tokens", "16", "--ctx", str(MEMORY_CTX)),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"bench: {' '.join(process.args[:3])} … failed")
    peak = usage.ru_maxrss * 1024
    return [{"kind": "memory", "model": name, "ctx_tokens": MEMORY_CTX, "peak_bytes": peak,
             "file_bytes": info["file_bytes"], "kv_bytes": info["kv_bytes"],
             "share_of_file": (peak - info["kv_bytes"]) / info["file_bytes"]}]


def tokens_per_second(row):
    rates = sorted(1000 * row["tokens"] / ms for ms in row["ms"])
    return statistics.median(rates), rates[0], rates[-1]


def tables(rows):
    lines = []
    speed, ratios, starts, memory = ([r for r in rows if r["kind"] == kind]
                                     for kind in ("speed", "ratio", "start", "memory"))
    if speed:
        lines += ["![Tokens a second](performance.svg)", "", "| model | work | system | tokens/s, median (range) |",
                  "|---|---|---|---|"]
    for r in speed:
        median, low, high = tokens_per_second(r)
        lines.append(f"| {r['model']} | {r['work']} | {r['system']} | {median:.0f} ({low:.0f} to {high:.0f}) |")
    if ratios:
        lines += ["", "| model | work | Sotto over the faster of llama.cpp's ways, median of pairs (range) |", "|---|---|---|"]
    for r in ratios:
        lines.append(f"| {r['model']} | {r['work']} | {r['median']:.2f} ({min(r['ratios']):.2f} to {max(r['ratios']):.2f}), "
                     f"{r['peer']} |")
    if starts:
        lines += ["", "| model | exec to first byte of the answer, median (range) |", "|---|---|"]
    for r in starts:
        lines.append(f"| {r['model']}, prompt of {r['prompt_tokens']} tokens | {statistics.median(r['ms']):.0f} ms "
                     f"({min(r['ms']):.0f} to {max(r['ms']):.0f}) |")
    if memory:
        lines += ["", "| model | peak resident memory | file | cache | (peak - cache) / file |", "|---|---|---|---|---|"]
    for r in memory:
        lines.append(f"| {r['model']}, {r['ctx_tokens']} tokens of context | {r['peak_bytes'] / 1e6:.0f} MB | "
                     f"{r['file_bytes'] / 1e6:.0f} MB | {r['kv_bytes'] / 1e6:.0f} MB | {r['share_of_file']:.2f} |")
    return "\n".join(lines)


def plot(rows):
    """A row of charts for each work, a chart for each model."""
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    rows = [r for r in rows if r["kind"] == "speed"]
    models, works = (list(dict.fromkeys(r[key] for r in rows)) for key in ("model", "work"))
    size = (2.2 * len(models), 2.2 * len(works) + 0.4)
    figure, grid = pyplot.subplots(len(works), len(models), figsize=size, squeeze=False, layout="constrained")
    for axes, work in zip(grid, works):
        for axis, model in zip(axes, models):
            bars = [r for r in rows if (r["work"], r["model"]) == (work, model)]
            axis.set_visible(bool(bars))
            axis.set_title(f"{model}\n{work}", fontsize=9)
            axis.set_xticks([])
            axis.spines[["top", "right"]].set_visible(False)
            for x, r in enumerate(bars):
                median, low, high = tokens_per_second(r)
                axis.bar(x, median, yerr=[[median - low], [high - median]], capsize=4, label=r["system"],
                         color=("#2a6f97", "#a9a9a9", "#d0d0d0")[x])
                axis.text(x, median / 2, f"{median:.0f}", ha="center", color="black", backgroundcolor="#ffffffb0")
    figure.supylabel("tokens a second, median and range", fontsize=9)
    figure.legend(*grid[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(ROOT / "docs/performance.svg", metadata={"Date": None})


def measure(name, only, rounds):
    """All rows of one model; start and memory need a real one."""
    real = name in MODELS
    rows = []
    if only in (None, "speed"):
        model, runs = (MODELS[name], RUNS) if real else (shape_file(name), RUNS_OF_SHAPES)
        rows += measure_speed(name, model, runs, rounds)
    if real and only in (None, "start"):
        rows += measure_start(name, rounds)
    if real and only in (None, "memory"):
        rows += measure_memory(name)
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="*", choices=[*MODELS, *SHAPES])
    parser.add_argument("--only", choices=("speed", "start", "memory"))
    options = parser.parse_args()
    rows = []
    for name in options.models or [*MODELS, *SHAPES]:
        rows += measure(name, options.only, options.rounds)
    print(tables(rows))
    whole = not options.models and not options.only and any(r["kind"] == "ratio" for r in rows)
    if not whole:
        print("bench: a part of the work, or no peer: nothing is written", file=sys.stderr)
    else:
        packages = ("llama-cpp-python",)
        write_results("speed", rows, *packages)
        fill_section("docs/PERFORMANCE.md", tables(rows), *packages)
        plot(rows)


if __name__ == "__main__":
    main()
