#!/usr/bin/env python3
"""OpenVINO GenAI beside sotto_speed: the same lines in, the same lines out.

    peer_openvino.py MODEL THREADS CTX_TOKENS

It reads a GGUF file itself (llama and qwen architectures). The prompt's time is that to the first token; it has no way
to begin at a depth other than by a prompt, so DEPTH must be 0.
"""
import json
import os
import sys
import time

import numpy as np
import openvino
import openvino_genai

VOCABULARY = range(1000, 32000)  # tokens that every model has and that control nothing


class Peer:
    def __init__(self, path, threads):
        self.pipe = openvino_genai.LLMPipeline(path, "CPU", INFERENCE_NUM_THREADS=threads)
        self.random = np.random.default_rng(1)

    def seconds(self, n_prompt, n_new):
        """(until the first token, after it)."""
        ids = self.random.integers(VOCABULARY.start, VOCABULARY.stop, (1, n_prompt), dtype=np.int64)
        inputs = openvino_genai.TokenizedInputs(openvino.Tensor(ids), openvino.Tensor(np.ones_like(ids)))
        start = time.perf_counter()
        metrics = self.pipe.generate(inputs, max_new_tokens=n_new, ignore_eos=True, do_sample=False).perf_metrics
        total = time.perf_counter() - start
        first = metrics.get_ttft().mean / 1000
        return first, total - first

    def elapsed(self, n_prompt, n_gen, n_depth):
        if n_depth:
            raise SystemExit("peer_openvino: a depth other than 0 cannot be had")
        cpu_start = time.process_time()
        first, rest = self.seconds(max(n_prompt, 1), n_gen + 1)
        return {"prompt_ms": first * 1000, "gen_ms": rest * 1000, "cpu_ms": (time.process_time() - cpu_start) * 1000}


def main():
    path, threads, _ = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the library prints is no answer
    start = time.perf_counter()
    peer = Peer(path, int(threads))
    print(json.dumps({"load_ms": (time.perf_counter() - start) * 1000, "threads": int(threads)}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(peer.elapsed(*map(int, line.split()))), file=answers, flush=True)


if __name__ == "__main__":
    main()
