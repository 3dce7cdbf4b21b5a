#!/usr/bin/env python3
"""llama.cpp beside sotto_speculation: greedy answers to given tokens, through its Python bindings' C interface.

    peer_llama_cpp_answers.py MODEL THREADS CTX_TOKENS

Reads lines of JSON {"prompt": [token, …], "tokens": how many to write, "flash": whether with flash attention}; the prompt
goes in batches of up to 512 tokens and is not timed. Ends of answers are written on over, so that it writes as many
tokens as were asked for.
"""
import ctypes
import json
import sys
import time

import llama_cpp as lc
import numpy

from peer_llama_cpp import BATCH, Peer


def read(context, tokens):
    array = (ctypes.c_int32 * len(tokens))(*tokens)
    if lc.llama_decode(context, lc.llama_batch_get_one(array, len(tokens))) != 0:
        raise SystemExit("peer_llama_cpp_answers: llama_decode failed")


def write(peer, context, prompt, n_tokens):
    """Milliseconds for `n_tokens` greedy tokens after the prompt: each is the likeliest, and is read."""
    peer.clear(context)
    for first in range(0, len(prompt), BATCH):
        read(context, prompt[first:first + BATCH])
    start = time.perf_counter()
    for _ in range(n_tokens):
        logits = numpy.ctypeslib.as_array(lc.llama_get_logits_ith(context, -1), (peer.n_vocab,))
        read(context, [int(logits.argmax())])
    lc.llama_synchronize(context)
    return (time.perf_counter() - start) * 1000


def main():
    quiet = lc.llama_log_callback(lambda *_: None)
    lc.llama_log_set(quiet, None)
    path, threads, ctx_tokens = sys.argv[1:]
    peer = Peer(lc, path, int(threads), int(ctx_tokens))
    print(json.dumps({"model": path}), flush=True)
    for line in sys.stdin:
        work = json.loads(line)
        ms = write(peer, peer.contexts[work["flash"]], work["prompt"], work["tokens"])
        print(json.dumps({"gen_ms": ms}), flush=True)


if __name__ == "__main__":
    main()
