#!/usr/bin/env python3
"""llama.cpp beside sotto_speed: the same lines in, the same lines out, through its Python bindings' C interface.

    peer_llama_cpp.py MODEL THREADS FLASH(0|1)

One batch of up to 512 tokens a call (n_batch = n_ubatch = 512), logits for the last token, as llama-bench does.
"""
import ctypes
import json
import random
import sys
import time

import llama_cpp as lc


class Peer:
    def __init__(self, path, threads, flash):
        self.quiet = lc.llama_log_callback(lambda *_: None)
        lc.llama_log_set(self.quiet, None)
        lc.llama_backend_init()
        self.model = lc.llama_load_model_from_file(path.encode(), lc.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"peer_llama_cpp: cannot load {path}")
        params = lc.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = 512, 512, 512
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = 1 if flash else 0
        self.context = lc.llama_init_from_model(self.model, params)
        self.n_vocab = lc.llama_vocab_n_tokens(lc.llama_model_get_vocab(self.model))
        self.random = random.Random(1)

    def calls(self, n_calls, n_tokens):
        """Milliseconds for n_calls batches of n_tokens random tokens from an empty cache."""
        lc.llama_memory_clear(lc.llama_get_memory(self.context), True)
        batches = []
        for _ in range(n_calls):
            tokens = [self.random.randrange(self.n_vocab) for _ in range(n_tokens)]
            batches.append((ctypes.c_int32 * n_tokens)(*tokens))
        start = time.perf_counter()
        for tokens in batches:
            if lc.llama_decode(self.context, lc.llama_batch_get_one(tokens, n_tokens)) != 0:
                raise SystemExit("peer_llama_cpp: llama_decode failed")
        lc.llama_synchronize(self.context)
        return (time.perf_counter() - start) * 1000


def main():
    start = time.perf_counter()
    peer = Peer(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1")
    print(json.dumps({"load_ms": (time.perf_counter() - start) * 1000, "threads": int(sys.argv[2])}), flush=True)
    for line in sys.stdin:
        work, n = line.split()
        ms = peer.calls(1, int(n)) if work == "prefill" else peer.calls(int(n), 1)
        print(json.dumps({"work": work, "tokens": int(n), "ms": ms}), flush=True)


if __name__ == "__main__":
    main()
