#!/usr/bin/env python3
"""What llama.cpp makes of a GGUF file that Sotto imported, by its Python bindings.

    oracle_peer.py greedy MODEL PROMPT.i32 N OUT.i32
    oracle_peer.py embed MODEL TEXTS.json OUT.f32

greedy: the N tokens that follow the prompt's when the likeliest is taken each time, int32.
embed: a vector for each text of the list, [n_texts, n_dims] float32, row-major, of length 1.
Needs llama-cpp-python (bench/requirements.txt).
"""
import json
import pathlib
import sys

import llama_cpp
import numpy as np


def greedy(model, prompt, n, out):
    llama = llama_cpp.Llama(model, n_ctx=1024, verbose=False)
    tokens = []
    for token in llama.generate(np.fromfile(prompt, dtype=np.int32).tolist(), top_k=1, temp=0.0, repeat_penalty=1.0):
        tokens.append(token)
        if len(tokens) == int(n):
            break
    np.array(tokens, dtype=np.int32).tofile(out)


def embed(model, texts, out):
    llama = llama_cpp.Llama(model, n_ctx=512, embedding=True, verbose=False)
    vectors = [np.array(llama.embed(text, normalize=True), dtype=np.float32) for text in json.loads(pathlib.Path(texts).read_text())]
    np.stack(vectors).tofile(out)


if __name__ == "__main__":
    {"greedy": greedy, "embed": embed}[sys.argv[1]](*sys.argv[2:])
