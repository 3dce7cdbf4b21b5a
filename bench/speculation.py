#!/usr/bin/env python3
"""Tokens a second with speculation beside plain decode, and beside llama.cpp, on the prompts of bench/texts/edits.

    speculation.py [--rounds N] [--items NAME…] [--model NAME] [--without-peer]

Greedy answers by the model's chat template, two threads, from an empty session each, so that what the gate has to learn
is part of the time; a prompt's reading is not. In every round each system writes the answer once, and ratios compare
neighbours in time. Prints one line of JSON an item and a line of the whole: items whose name begins with "prose" are
ordinary prose, the others copy or edit. Exits with 1 when an answer with speculation is another than without.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from bench import Server, THREADS  # noqa: E402
from machine import MODELS, ROOT, program  # noqa: E402

ITEMS = ROOT / "bench/texts/edits"
MAX_TOKENS = 192
CTX_TOKENS = 4096
PEERS = {"llama.cpp": "0", "llama.cpp, flash attention": "1"}


def ask(server, line):
    server.process.stdin.write(line + "\n")
    server.process.stdin.flush()
    return server.answer()


def start_peers(model):
    try:
        import llama_cpp  # noqa: F401
    except ImportError:
        print("speculation: llama-cpp-python is not installed: measured without the peer", file=sys.stderr)
        return {}
    script = str(ROOT / "bench/peer_llama_cpp_answers.py")
    return {name: Server([sys.executable, script, str(model), str(THREADS), flash, str(CTX_TOKENS)])
            for name, flash in PEERS.items()}


def measure(item, sotto, peers, rounds):
    """The item's row. The first round warms up."""
    plain_ms, spec_ms, peer_ms = [], [], {name: [] for name in peers}
    for _ in range(rounds + 1):
        plain = ask(sotto, f"{item} {MAX_TOKENS} 0")
        spec = ask(sotto, f"{item} {MAX_TOKENS} 1")
        if plain["text"] != spec["text"]:
            sys.exit(f"speculation: {item.stem}: the answers differ:\n{plain['text']}\n---\n{spec['text']}")
        plain_ms.append(plain["gen_ms"])
        spec_ms.append(spec["gen_ms"])
        for name, peer in peers.items():
            work = {"prompt": plain["prompt"], "tokens": plain["tokens"]}
            peer_ms[name].append(ask(peer, json.dumps(work))["gen_ms"])
    row = {"kind": "speculation", "item": item.stem, "tokens": plain["tokens"], "drafted": spec["drafted"],
           "accepted": spec["accepted"], "plain_tps": rate(plain["tokens"], plain_ms),
           "spec_tps": rate(plain["tokens"], spec_ms), "ratio": ratio(plain_ms, spec_ms)}
    if peers:
        best = min(peers, key=lambda name: statistics.median(peer_ms[name][1:]))
        row |= {"peer": best, "peer_tps": rate(plain["tokens"], peer_ms[best]),
                "ratio_to_peer": ratio(peer_ms[best], spec_ms)}
    return row


def rate(tokens, ms):
    return 1000 * tokens / statistics.median(ms[1:])


def ratio(ms, spec_ms):
    """How much faster speculation is than what took `ms`."""
    return statistics.median(theirs / ours for theirs, ours in zip(ms[1:], spec_ms[1:]))


def summary(rows):
    row = {"kind": "speculation", "item": "all"}
    for kind, of_kind in (("prose", True), ("edits", False)):
        for field in ("ratio", "ratio_to_peer"):
            values = [r[field] for r in rows if field in r and r["item"].startswith("prose") == of_kind]
            if values:
                row |= {f"{kind}_{field}": statistics.median(values), f"{kind}_{field}_least": min(values)}
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--items", nargs="*", default=sorted(path.stem for path in ITEMS.glob("*.txt")))
    parser.add_argument("--model", choices=MODELS, default="smollm2")
    parser.add_argument("--without-peer", action="store_true")
    options = parser.parse_args()
    model = MODELS[options.model]
    sotto = Server([program("sotto_speculation"), str(model), str(THREADS)])
    peers = {} if options.without_peer else start_peers(model)
    rows = []
    for name in options.items:
        rows.append(measure(pathlib.Path(ITEMS / f"{name}.txt"), sotto, peers, options.rounds))
        print(json.dumps(rows[-1]), flush=True)
    print(json.dumps(summary(rows)))
    for server in (sotto, *peers.values()):
        server.close()


if __name__ == "__main__":
    main()
