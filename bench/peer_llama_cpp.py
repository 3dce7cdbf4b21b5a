#!/usr/bin/env python3
"""llama.cpp beside sotto_speed: the same lines in, the same lines out, through its Python bindings' C interface.

    peer_llama_cpp.py MODEL THREADS CTX_TOKENS

A line is "PROMPT GENERATED DEPTH" and, as a fourth word, "flash" for flash attention. Both ways share the model. Prompts
go in batches of up to 512 tokens (n_batch = n_ubatch = 512), logits for the last token, as llama-bench does.
"""
import json
import random
import sys
import time

BATCH = 512


class Peer:
    """lc: the bindings' C interface. What differs between llama.cpp and its descendants is in methods of their own."""

    def __init__(self, lc, path, threads, ctx_tokens):
        self.lc = lc
        lc.llama_backend_init()
        self.model = self.load(path)
        if not self.model:
            raise SystemExit(f"{sys.argv[0]}: cannot load {path}")
        self.contexts = {flash: self.new_context(threads, flash, ctx_tokens) for flash in (False, True)}
        self.n_vocab = lc.llama_vocab_n_tokens(lc.llama_model_get_vocab(self.model))
        self.batch = lc.llama_batch_init(BATCH, 0, 1)
        self.random = random.Random(1)

    def load(self, path):
        return self.lc.llama_model_load_from_file(path.encode(), self.lc.llama_model_default_params())

    def use_flash(self, params, flash):
        params.flash_attn_type = 1 if flash else 0

    def clear(self, context):
        self.lc.llama_memory_clear(self.lc.llama_get_memory(context), True)

    def new_context(self, threads, flash, ctx_tokens):
        params = self.lc.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = ctx_tokens, BATCH, BATCH
        params.n_threads = params.n_threads_batch = threads
        self.use_flash(params, flash)
        return self.lc.llama_init_from_model(self.model, params)

    def decode(self, context, first, n_tokens):
        """One batch of random tokens at position `first`; logits for the last."""
        self.batch.n_tokens = n_tokens
        for i in range(n_tokens):
            self.batch.token[i], self.batch.pos[i] = self.random.randrange(self.n_vocab), first + i
            self.batch.n_seq_id[i], self.batch.seq_id[i][0] = 1, 0
            self.batch.logits[i] = i + 1 == n_tokens
        if self.lc.llama_decode(context, self.batch) != 0:
            raise SystemExit(f"{sys.argv[0]}: llama_decode failed")
        self.lc.llama_get_logits_ith(context, -1)  # waits until they are there

    def run(self, context, first, n_tokens, size):
        for done in range(0, n_tokens, size):
            self.decode(context, first + done, min(size, n_tokens - done))

    def elapsed(self, n_prompt, n_gen, n_depth, flash):
        """What a line is answered with: n_prompt and n_gen tokens, timed, after n_depth."""
        context = self.contexts[flash]
        self.clear(context)
        self.run(context, 0, n_depth, BATCH)
        start, cpu_start = time.perf_counter(), time.process_time()
        self.run(context, n_depth, n_prompt, BATCH)
        middle = time.perf_counter()
        self.run(context, n_depth + n_prompt, n_gen, 1)
        end, cpu_end = time.perf_counter(), time.process_time()
        return {"prompt_ms": (middle - start) * 1000, "gen_ms": (end - middle) * 1000,
                "cpu_ms": (cpu_end - cpu_start) * 1000}


def serve(peer_class, lc):
    start = time.perf_counter()
    path, threads, ctx_tokens = sys.argv[1:]
    peer = peer_class(lc, path, int(threads), int(ctx_tokens))
    print(json.dumps({"load_ms": (time.perf_counter() - start) * 1000, "threads": int(threads)}), flush=True)
    for line in sys.stdin:
        n_prompt, n_gen, n_depth, *ways = line.split()
        print(json.dumps(peer.elapsed(int(n_prompt), int(n_gen), int(n_depth), "flash" in ways)), flush=True)


if __name__ == "__main__":
    import llama_cpp

    quiet = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(quiet, None)
    serve(Peer, llama_cpp)
