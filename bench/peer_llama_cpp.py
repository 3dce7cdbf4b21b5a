#!/usr/bin/env python3
"""llama.cpp beside sotto_speed: the same lines in, the same lines out, through its Python bindings' C interface.

    peer_llama_cpp.py MODEL THREADS CTX_TOKENS

A line is "PROMPT GENERATED DEPTH" and, as a fourth word, "flash" for flash attention. Both ways share the model. Prompts
go in batches of up to 512 tokens (n_batch = n_ubatch = 512), logits for the last token, as llama-bench does.
"""
import ctypes
import json
import random
import sys
import time

import llama_cpp as lc

BATCH = 512


class Peer:
    def __init__(self, path, threads, ctx_tokens):
        self.quiet = lc.llama_log_callback(lambda *_: None)
        lc.llama_log_set(self.quiet, None)
        lc.llama_backend_init()
        self.model = lc.llama_load_model_from_file(path.encode(), lc.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"peer_llama_cpp: cannot load {path}")
        self.contexts = {flash: self.new_context(threads, flash, ctx_tokens) for flash in (False, True)}
        self.n_vocab = lc.llama_vocab_n_tokens(lc.llama_model_get_vocab(self.model))
        self.random = random.Random(1)

    def new_context(self, threads, flash, ctx_tokens):
        params = lc.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = ctx_tokens, BATCH, BATCH
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = 1 if flash else 0
        return lc.llama_init_from_model(self.model, params)

    def batches(self, n_tokens, size):
        sizes = [min(size, n_tokens - first) for first in range(0, n_tokens, size)]
        return [(ctypes.c_int32 * n)(*(self.random.randrange(self.n_vocab) for _ in range(n))) for n in sizes]

    def elapsed(self, n_prompt, n_gen, n_depth, flash):
        """What a line is answered with: n_prompt and n_gen tokens, timed, after n_depth."""
        context = self.contexts[flash]

        def run(batches):
            for tokens in batches:
                if lc.llama_decode(context, lc.llama_batch_get_one(tokens, len(tokens))) != 0:
                    raise SystemExit("peer_llama_cpp: llama_decode failed")
            lc.llama_synchronize(context)

        lc.llama_memory_clear(lc.llama_get_memory(context), True)
        prompt, answer = self.batches(n_prompt, BATCH), self.batches(n_gen, 1)
        run(self.batches(n_depth, BATCH))
        start, cpu_start = time.perf_counter(), time.process_time()
        run(prompt)
        middle = time.perf_counter()
        run(answer)
        end, cpu_end = time.perf_counter(), time.process_time()
        return {"prompt_ms": (middle - start) * 1000, "gen_ms": (end - middle) * 1000,
                "cpu_ms": (cpu_end - cpu_start) * 1000}


def main():
    start = time.perf_counter()
    path, threads, ctx_tokens = sys.argv[1:]
    peer = Peer(path, int(threads), int(ctx_tokens))
    print(json.dumps({"load_ms": (time.perf_counter() - start) * 1000, "threads": int(threads)}), flush=True)
    for line in sys.stdin:
        n_prompt, n_gen, n_depth, *ways = line.split()
        print(json.dumps(peer.elapsed(int(n_prompt), int(n_gen), int(n_depth), "flash" in ways)), flush=True)


if __name__ == "__main__":
    main()
