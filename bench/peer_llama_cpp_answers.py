#!/usr/bin/env python3
"""llama.cpp beside sotto_speculation: greedy answers to given tokens, through its Python bindings' C interface.

    peer_llama_cpp_answers.py MODEL THREADS FLASH(0|1) CTX_TOKENS

Reads lines of JSON {"prompt": [token, …], "tokens": how many to write}; the prompt goes in batches of up to 512 tokens
and is not timed. Ends of answers are written on over, so that it writes as many tokens as were asked for.
"""
import ctypes
import json
import sys
import time

import llama_cpp as lc
import numpy

from peer_llama_cpp import BATCH, Peer


def write(peer, prompt, n_tokens):
    """Milliseconds for `n_tokens` greedy tokens after the prompt: each is the likeliest, and is read."""
    lc.llama_memory_clear(lc.llama_get_memory(peer.context), True)
    peer.run([(ctypes.c_int32 * len(part))(*part)
              for part in (prompt[first:first + BATCH] for first in range(0, len(prompt), BATCH))])
    start = time.perf_counter()
    for _ in range(n_tokens):
        logits = numpy.ctypeslib.as_array(lc.llama_get_logits_ith(peer.context, -1), (peer.n_vocab,))
        peer.run([(ctypes.c_int32 * 1)(int(logits.argmax()))])
    return (time.perf_counter() - start) * 1000


def main():
    path, threads, flash, ctx_tokens = sys.argv[1:]
    peer = Peer(path, int(threads), flash == "1", int(ctx_tokens))
    print(json.dumps({"model": path}), flush=True)
    for line in sys.stdin:
        work = json.loads(line)
        print(json.dumps({"gen_ms": write(peer, work["prompt"], work["tokens"])}), flush=True)


if __name__ == "__main__":
    main()
