#!/usr/bin/env python3
"""Tokens a second with speculation beside plain decode, and beside llama.cpp, on the prompts of bench/texts/edits.

    speculation.py [--rounds N] [--items NAME…] [--model NAME] [--without-peer]

Greedy answers by the model's chat template, two threads, from an empty session each, so that what the gate has to learn
is part of the time; a prompt's reading is not. In every round each system writes the answer once, and ratios compare
neighbours in time. Prints one line of JSON an item, then the medians: items whose name begins with "prose" are
ordinary prose, the others copy or edit. Exits with 1 when an answer with speculation is another than without.
"""
import argparse
import importlib.util
import json
import statistics
import sys

from systems import ROOT, THREADS, Server, program
from machine import MODELS

ITEMS = ROOT / "bench/texts/edits"
MAX_TOKENS = 192
CTX_TOKENS = 4096
PEERS = {"llama.cpp": False, "llama.cpp, flash attention": True}  # with flash attention?


def start_peer(model):
    if importlib.util.find_spec("llama_cpp") is None:
        print("speculation: llama-cpp-python is not installed: measured without the peer", file=sys.stderr)
        return None
    return Server(sys.executable, ROOT / "bench/peer_llama_cpp_answers.py", model, THREADS, CTX_TOKENS)


def measure(item, sotto, peer, rounds):
    """The item's row. The first round warms up."""
    plain_ms, spec_ms, peer_ms = [], [], {name: [] for name in PEERS}
    for _ in range(rounds + 1):
        plain = sotto.ask(f"{item} {MAX_TOKENS} 0")
        spec = sotto.ask(f"{item} {MAX_TOKENS} 1")
        if plain["text"] != spec["text"]:
            sys.exit(f"speculation: {item.stem}: the answers differ:\n{plain['text']}\n---\n{spec['text']}")
        plain_ms.append(plain["gen_ms"])
        spec_ms.append(spec["gen_ms"])
        for name, flash in PEERS.items() if peer else ():
            work = {"prompt": plain["prompt"], "tokens": plain["tokens"], "flash": flash}
            peer_ms[name].append(peer.ask(json.dumps(work))["gen_ms"])
    row = {"kind": "speculation_item", "work": item.stem, "tokens": plain["tokens"], "drafted": spec["drafted"],
           "accepted": spec["accepted"], "plain_tps": rate(plain["tokens"], plain_ms),
           "spec_tps": rate(plain["tokens"], spec_ms), "ratio": ratio(plain_ms, spec_ms)}
    if peer:
        best = min(PEERS, key=lambda name: statistics.median(peer_ms[name][1:]))
        row |= {"peer": best, "peer_tps": rate(plain["tokens"], peer_ms[best]),
                "ratio_to_peer": ratio(peer_ms[best], spec_ms)}
    return row


def rate(tokens, ms):
    return 1000 * tokens / statistics.median(ms[1:])


def ratio(ms, spec_ms):
    """How much faster speculation is than what took `ms`."""
    return statistics.median(theirs / ours for theirs, ours in zip(ms[1:], spec_ms[1:]))


def summaries(model, rows):
    """Medians over the items of each kind of work: how much faster speculation is than plain decode, and than the peer."""
    for work, of_prose in (("copying", False), ("prose", True)):
        for against, field in (("plain", "ratio"), ("llama.cpp", "ratio_to_peer")):
            values = [row[field] for row in rows if field in row and row["work"].startswith("prose") == of_prose]
            if values:
                yield {"kind": "speculation", "model": model, "work": work, "against": against, "values": values,
                       "median": statistics.median(values)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--items", nargs="*", default=sorted(path.stem for path in ITEMS.glob("*.txt")))
    parser.add_argument("--model", choices=MODELS, default="smollm2")
    parser.add_argument("--without-peer", action="store_true")
    options = parser.parse_args()
    model = MODELS[options.model]
    sotto = Server(program("sotto_speculation"), model, THREADS)
    peer = None if options.without_peer else start_peer(model)
    rows = []
    for name in options.items:
        rows.append({"model": options.model, **measure(ITEMS / f"{name}.txt", sotto, peer, options.rounds)})
        print(json.dumps(rows[-1]), flush=True)
    for row in summaries(options.model, rows):
        print(json.dumps(row))
    for server in filter(None, (sotto, peer)):
        server.close()


if __name__ == "__main__":
    main()
