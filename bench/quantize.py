#!/usr/bin/env python3
"""`sotto quantize` beside llama.cpp's quantizer, with the same importance matrix: what the files lose, and the time.

    bench/quantize.py [--models NAME…] [--types TYPE…] [--tokens N] [--bits B…]

The source is the model's file in F16; the importance matrix is that of `sotto imatrix`. One line of JSON a type: error of
every tensor beside the source (root mean squares weighted by the importance matrix, both dequantized by the `gguf` package;
error_ratio and worst_error_ratio are Sotto's over llama.cpp's, the median and the worst tensor of those that changed), the
time, and the mean KLD of both files from the source, all in float32 arithmetic (`sotto eval --exact`), in nats. One line for
each of --bits: a mix by `sotto quantize --bits`, beside llama.cpp's files at the same size, between two sizes by a line in
log KLD. One line of all with the worst. answer: what llama.cpp goes on with after "The capital of France is"."""
import argparse
import ctypes
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import llama_cpp
import numpy as np
from gguf import GGUFReader, quants

from systems import program
from machine import MODELS, UNQUANTIZED, model_file

TYPES = {"Q8_0": 7, "Q6_K": 18, "Q5_K_M": 17, "Q5_K_S": 16, "Q4_K_M": 15, "Q4_K_S": 14, "IQ4_XS": 30, "IQ4_NL": 25,
         "Q4_0": 2, "Q4_1": 3, "Q3_K_M": 12}
PURE = ("IQ4_NL", "IQ4_XS")  # also without larger types for some tensors: llama.cpp's files of about 4.5 bits
ROWS = 2048  # of a tensor, at most: an embedding has hundreds of thousands
PROMPT = "The capital of France is"
THREADS = 2
IMPORTANCE_TOKENS = 4096


def seconds(work):
    start = time.monotonic()
    work()
    return time.monotonic() - start


def sotto(*arguments):
    return subprocess.run([program("sotto"), *map(str, arguments)], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout


def read_importance(path):
    """{tensor: mean squares of its columns}."""
    tensors = {tensor.name: tensor.data for tensor in GGUFReader(path).tensors}
    return {name[:-len(".in_sum2")]: np.ascontiguousarray(
        sums / np.maximum(tensors[name[:-len(".in_sum2")] + ".counts"].reshape(-1, 1), 1), dtype=np.float32).reshape(-1)
        for name, sums in tensors.items() if name.endswith(".in_sum2")}


def for_llama_cpp(importance):
    """Its array of entries, which ends with an empty one."""
    entries = (llama_cpp.llama_model_imatrix_data * (len(importance) + 1))()
    for entry, (name, values) in zip(entries, importance.items()):
        entry.name, entry.size = name.encode(), values.size
        entry.data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    return entries


def quantize_with_llama_cpp(source, out, kind, importance, pure=False):
    options = llama_cpp.llama_model_quantize_default_params()
    options.nthread, options.ftype, options.allow_requantize, options.pure = THREADS, TYPES[kind], True, pure
    entries = for_llama_cpp(importance)
    options.imatrix = ctypes.cast(entries, ctypes.POINTER(llama_cpp.llama_model_imatrix_data))
    if llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(options)) != 0:
        raise RuntimeError(f"llama.cpp does not quantize {source} to {kind}")


def values_of(tensor):
    return quants.dequantize(tensor.data[:ROWS], tensor.tensor_type)


def error_ratios(source, ours, theirs, importance):
    """{tensor: Sotto's error over llama.cpp's}, of the tensors that both gave the same new type."""
    readers = [{tensor.name: tensor for tensor in GGUFReader(path).tensors} for path in (source, ours, theirs)]
    ratios = {}
    for name, tensor in readers[0].items():
        kinds = [reader[name].tensor_type for reader in readers]
        if kinds[1] != kinds[2] or kinds[0] == kinds[1] or name not in importance:
            continue
        before, mine, other = (values_of(reader[name]) for reader in readers)
        weights = importance[name][:before.shape[-1]]
        ratios[name] = float(np.sqrt((weights * (mine - before) ** 2).sum() / (weights * (other - before) ** 2).sum()))
    return ratios


def types_that_differ(ours, theirs):
    kinds = [{tensor.name: tensor.tensor_type.name for tensor in GGUFReader(path).tensors} for path in (ours, theirs)]
    return sorted(name for name in kinds[0] if kinds[0][name] != kinds[1].get(name))


def answer(path):
    model = llama_cpp.Llama(str(path), n_ctx=128, n_threads=THREADS, verbose=False)
    return model(PROMPT, max_tokens=6, temperature=0)["choices"][0]["text"]


class Files:
    """All files of one model, in a folder that goes when the measurement ends."""

    def __init__(self, name, folder):
        self.folder = pathlib.Path(folder)
        self.source, self.matrix = self.path("source"), self.path("matrix")
        sotto("quantize", model_file(name), self.source, "--type", "F16", "--no-eval")
        sotto("imatrix", self.source, "-o", self.matrix, "--tokens", IMPORTANCE_TOKENS)
        self.importance = read_importance(self.matrix)

    def path(self, name):
        return self.folder / f"{name}.gguf"

    def ours(self, kind):
        return self.path(f"sotto-{kind}")

    def theirs(self, kind):
        return self.path(f"peer-{kind}")

    def make(self, kind):
        """(Sotto's seconds, llama.cpp's)."""
        own_s = seconds(lambda: sotto("quantize", self.source, self.ours(kind), "--type", kind, "--imatrix", self.matrix,
                                      "--no-eval", "--threads", THREADS))
        return own_s, seconds(lambda: quantize_with_llama_cpp(self.source, self.theirs(kind), kind, self.importance))

    def make_mix(self, bits):
        sotto("quantize", self.source, self.ours(bits), "--bits", bits, "--imatrix", self.matrix, "--no-eval")

    def evaluate(self, paths, n_tokens):
        """{path: its row of `sotto eval`}."""
        rows = json.loads(sotto("eval", *paths, "--against", self.source, "--exact", "--json", "--tokens", n_tokens))
        return {pathlib.Path(row["model"]): row for row in rows["models"]}


def at_size(rows, n_bytes):
    """The KLD of files of this size: a line in log KLD between the two sizes beside it; of the smallest or largest file
    where the size lies beyond them."""
    points = sorted((row["bytes"], math.log(row["mean_kld"])) for row in rows)
    kept = [point for point in points if not any(other[0] <= point[0] and other[1] < point[1] for other in points)]
    sizes, logs = zip(*kept)
    return math.exp(np.interp(n_bytes, sizes, logs))


def measure(name, kinds, bits, n_tokens):
    with tempfile.TemporaryDirectory() as folder:
        files = Files(name, folder)
        times = {kind: files.make(kind) for kind in kinds}
        pure = [kind for kind in PURE if kind in kinds]
        for kind in pure:
            quantize_with_llama_cpp(files.source, files.theirs(f"{kind}-pure"), kind, files.importance, pure=True)
        for each in bits:
            files.make_mix(each)
        peers = [files.theirs(kind) for kind in (*kinds, *(f"{kind}-pure" for kind in pure))]
        found = files.evaluate([*(files.ours(kind) for kind in (*kinds, *bits)), *peers], n_tokens)
        for kind in kinds:
            ratios = error_ratios(files.source, files.ours(kind), files.theirs(kind), files.importance)
            worst = max(ratios, key=ratios.get)
            kld, peer_kld = found[files.ours(kind)]["mean_kld"], found[files.theirs(kind)]["mean_kld"]
            own_s, peer_s = times[kind]
            yield {"kind": "quantize", "model": name, "work": kind, "seconds": round(own_s, 2),
                   "peer_seconds": round(peer_s, 2), "time_ratio": own_s / peer_s,
                   "error_ratio": statistics.median(ratios.values()), "worst_error_ratio": ratios[worst], "worst": worst,
                   "tensors": len(ratios), "other_types": len(types_that_differ(files.ours(kind), files.theirs(kind))),
                   "bytes": found[files.ours(kind)]["bytes"], "peer_bytes": found[files.theirs(kind)]["bytes"],
                   "kld": kld, "peer_kld": peer_kld, "kld_ratio": kld / peer_kld, "tokens": n_tokens}
        for each in bits:
            row = found[files.ours(each)]
            peer_kld = at_size([found[path] for path in peers], row["bytes"])
            for path in peers:
                print(path.stem, found[path]["bytes"], found[path]["mean_kld"], file=sys.stderr)
            yield {"kind": "quantize", "model": name, "work": f"{each}-bits", "bytes": row["bytes"], "kld": row["mean_kld"],
                   "peer_kld": peer_kld, "kld_ratio": row["mean_kld"] / peer_kld, "tokens": n_tokens}
        yield {"kind": "quantize", "model": name, "work": "answer", "answer": answer(files.ours(kinds[0]))}


def summary(name, rows):
    of_types = [row for row in rows if "error_ratio" in row]
    return {"kind": "quantize", "model": name, "work": "all",
            "worst_error_ratio": max(row["worst_error_ratio"] for row in of_types),
            "error_ratio": max(row["error_ratio"] for row in of_types),
            "worst_kld_ratio": max(row["kld_ratio"] for row in of_types),
            "time_ratio": max(row["time_ratio"] for row in of_types),
            "answers": int(bool(rows[-1]["answer"].strip()))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*", choices=[*MODELS, UNQUANTIZED], default=list(MODELS))
    parser.add_argument("--types", nargs="*", choices=TYPES, default=list(TYPES))
    parser.add_argument("--tokens", type=int, default=768, help="that files are evaluated on")
    parser.add_argument("--bits", nargs="*", type=float, default=[4.5])
    options = parser.parse_args()
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, None)
    for name in options.models:
        start, rows = time.monotonic(), []
        for row in measure(name, options.types, options.bits, options.tokens):
            rows.append(row)
            print(json.dumps(row), flush=True)
        print(json.dumps(summary(name, rows)), flush=True)
        print(f"{name}: {time.monotonic() - start:.0f} seconds", file=sys.stderr)


if __name__ == "__main__":
    main()
