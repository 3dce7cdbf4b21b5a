#!/usr/bin/env python3
"""`sotto quantize` beside llama.cpp's quantizer, on one thread each: error of every tensor, time, and whether llama.cpp
runs the file.

    bench/quantize.py [--models NAME…] [--types TYPE…]

Prints one line of JSON a model and type. Errors are root mean squares of the difference to the file that is read, both
dequantized by the `gguf` package; error_ratio and worst_error_ratio are Sotto's over llama.cpp's, the median and the
worst tensor of those that changed. answer: what llama.cpp goes on with after "The capital of France is"."""
import argparse
import ctypes
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import llama_cpp
import numpy as np
from gguf import GGUFReader, quants

from systems import program
from machine import MODELS

TYPES = {"Q8_0": 7, "Q6_K": 18, "Q5_K_M": 17, "Q4_K_M": 15, "Q4_K_S": 14, "IQ4_XS": 30, "IQ4_NL": 25, "Q5_0": 8, "Q4_0": 2,
         "Q3_K_M": 12}
ROWS = 4096  # of a tensor, at most: an embedding has hundreds of thousands
PROMPT = "The capital of France is"


def seconds(work):
    start = time.monotonic()
    work()
    return time.monotonic() - start


def quantize_with_sotto(source, out, kind):
    subprocess.run([program("sotto"), "quantize", source, out, "--type", kind, "--threads", "1"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def quantize_with_llama_cpp(source, out, kind):
    options = llama_cpp.llama_model_quantize_default_params()
    options.nthread, options.ftype, options.allow_requantize = 1, TYPES[kind], True
    if llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(options)) != 0:
        raise RuntimeError(f"llama.cpp does not quantize {source} to {kind}")


def values_of(tensor):
    return quants.dequantize(tensor.data[:ROWS], tensor.tensor_type)


def error_ratios(source, ours, theirs):
    """{tensor: Sotto's error over llama.cpp's}, of the tensors that both gave the same new type."""
    readers = [{tensor.name: tensor for tensor in GGUFReader(path).tensors} for path in (source, ours, theirs)]
    ratios = {}
    for name, tensor in readers[0].items():
        kinds = [reader[name].tensor_type for reader in readers]
        if kinds[1] != kinds[2] or kinds[0] == kinds[1]:
            continue
        before, mine, other = (values_of(reader[name]) for reader in readers)
        ratios[name] = float(np.sqrt(((mine - before) ** 2).sum() / ((other - before) ** 2).sum()))
    return ratios


def types_that_differ(ours, theirs):
    kinds = [{tensor.name: tensor.tensor_type.name for tensor in GGUFReader(path).tensors} for path in (ours, theirs)]
    return sorted(name for name in kinds[0] if kinds[0][name] != kinds[1].get(name))


def answer(path):
    model = llama_cpp.Llama(str(path), n_ctx=128, n_threads=2, verbose=False)
    return model(PROMPT, max_tokens=6, temperature=0)["choices"][0]["text"]


def measure(name, kind):
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = pathlib.Path(folder, "ours.gguf"), pathlib.Path(folder, "theirs.gguf")
        own_s = seconds(lambda: quantize_with_sotto(MODELS[name], ours, kind))
        their_s = seconds(lambda: quantize_with_llama_cpp(MODELS[name], theirs, kind))
        ratios = error_ratios(MODELS[name], ours, theirs)
        worst = max(ratios, key=ratios.get)
        return {"kind": "quantize", "model": name, "work": kind, "seconds": round(own_s, 2),
                "peer_seconds": round(their_s, 2), "time_ratio": own_s / their_s,
                "error_ratio": statistics.median(ratios.values()), "worst_error_ratio": ratios[worst], "worst": worst,
                "tensors": len(ratios), "other_types": len(types_that_differ(ours, theirs)), "answer": answer(ours)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", choices=MODELS, default=list(MODELS))
    parser.add_argument("--types", nargs="*", choices=TYPES, default=list(TYPES))
    options = parser.parse_args()
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, None)
    for name in options.models:
        rows = []
        for kind in options.types:
            rows.append(measure(name, kind))
            print(json.dumps(rows[-1]), flush=True)
        print(json.dumps({"kind": "quantize", "model": name, "work": "all",
                          "worst_error_ratio": max(row["worst_error_ratio"] for row in rows),
                          "error_ratio": max(row["error_ratio"] for row in rows),
                          "time_ratio": max(row["time_ratio"] for row in rows),
                          "answers": int(all(row["answer"].strip() for row in rows))}), flush=True)


if __name__ == "__main__":
    main()
