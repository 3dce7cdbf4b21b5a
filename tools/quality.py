#!/usr/bin/env python3
"""Holds Sotto's next-token distributions to float32 arithmetic on the same dequantized weights.

    quality.py [--short] [--models NAME…] [--tokens N] [--systems NAME…]

For each model and each text of bench/texts, N tokens in chunks of 512, each from an empty state, by the oracle
(tools/oracle_decoder.py), by Sotto, by Sotto with float32 activations, and by llama.cpp's Python bindings. Writes
bench/results/quality.jsonl and the table of docs/quality.md. --short: a few tokens, no peer, nothing written; fails over a limit.
"""
import argparse
import json
import subprocess
import sys

import numpy as np

from machine import MODELS, ROOT, fill_section, program, write_results
from oracle_decoder import Decoder

TEXTS = ("prose", "technical")
CHUNK = 512
SHORT_LIMITS = {"sotto": 0.003, "sotto-exact": 1e-5}  # mean KL divergence over few tokens


def tokenize(model, text, *flags):
    done = subprocess.run([program("sotto"), "tokenize", str(model), "--json", *flags], input=text,
                          capture_output=True, check=True)
    return json.loads(done.stdout)


def chunks_of(model, text, n_tokens, chunk):
    """n_tokens ids; each chunk begins as the model was trained to."""
    ids = tokenize(model, text, "--no-bos")
    with_bos = tokenize(model, text)
    bos = with_bos[: len(with_bos) - len(ids)]
    step = chunk - len(bos)
    n_chunks = n_tokens // chunk
    if len(ids) < n_chunks * step:
        sys.exit(f"quality: the text has {len(ids)} tokens of {n_chunks * step}")
    return [bos + ids[start : start + step] for start in range(0, n_chunks * step, step)]


class Sotto:
    """Streams the logits of all chunks from one run of sotto_logits."""

    def __init__(self, model, chunks, n_vocab, exact=False):
        command = [program("sotto_logits"), str(model), "--chunk", str(len(chunks[0])), "--threads", "2"]
        self.run = subprocess.Popen(command + (["--exact"] if exact else []),
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.run.stdin.write(" ".join(str(token) for chunk in chunks for token in chunk).encode())
        self.run.stdin.close()
        self.n_vocab = n_vocab

    def logits(self, chunk):
        wanted = len(chunk) * self.n_vocab * 4
        raw = self.run.stdout.read(wanted)
        if len(raw) != wanted:
            sys.exit(f"quality: sotto_logits ended early, exit code {self.run.wait()}")
        return np.frombuffer(raw, dtype="<f4").reshape(len(chunk), self.n_vocab)


class LlamaCpp:
    """The peer, on the same file; float16 cache and its other defaults."""

    def __init__(self, model, chunks, n_vocab, flash_attention=False):
        import llama_cpp

        size = len(chunks[0])
        self.llama = llama_cpp.Llama(str(model), n_ctx=size, n_batch=size, n_ubatch=size, n_threads=2,
                                     n_threads_batch=2, logits_all=True, flash_attn=flash_attention, verbose=False)

    def logits(self, chunk):
        self.llama.reset()
        self.llama.eval(chunk)
        return self.llama.scores[: len(chunk)]


SYSTEMS = {
    "sotto": Sotto,
    "sotto-exact": lambda *a: Sotto(*a, exact=True),
    "llama.cpp": LlamaCpp,
    "llama.cpp-flash": lambda *a: LlamaCpp(*a, flash_attention=True),
}


def log_softmax(logits):
    x = logits.astype(np.float64)
    x -= x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


class Scores:
    """Per-position figures of one system beside the oracle's."""

    def __init__(self):
        self.kld, self.same_top, self.nll, self.oracle_nll = [], [], [], []

    def add(self, tokens, oracle, ours, rows=32):
        for first in range(0, len(tokens), rows):
            p, q = log_softmax(oracle[first : first + rows]), log_softmax(ours[first : first + rows])
            self.kld.extend((np.exp(p) * (p - q)).sum(-1))
            self.same_top.extend(p.argmax(-1) == q.argmax(-1))
            following = tokens[first + 1 : first + 1 + len(p)]
            at = np.arange(len(following)), np.asarray(following, dtype=np.int64)
            self.oracle_nll.extend(-p[at])
            self.nll.extend(-q[at])

    def merge(self, others):
        for name in vars(self):
            getattr(self, name).extend(value for other in others for value in getattr(other, name))
        return self

    def row(self):
        perplexity, of_oracle = float(np.exp(np.mean(self.nll))), float(np.exp(np.mean(self.oracle_nll)))
        return {
            "tokens": len(self.kld),
            "mean_kld": float(np.mean(self.kld)),
            "p99_kld": float(np.percentile(self.kld, 99)),
            "top1": float(np.mean(self.same_top)),
            "perplexity": perplexity,
            "oracle_perplexity": of_oracle,
            "perplexity_error": abs(perplexity / of_oracle - 1),
        }


def measure(model, decoder, text, systems, n_tokens):
    """{system: Scores} for one text."""
    chunks = chunks_of(model, (ROOT / f"bench/texts/{text}.txt").read_bytes(), n_tokens, min(CHUNK, n_tokens))
    runs = {name: SYSTEMS[name](model, chunks, decoder.n_vocab) for name in systems}
    scores = {name: Scores() for name in systems}
    for n, chunk in enumerate(chunks):
        print(f"{model.name}, {text}: chunk {n + 1} of {len(chunks)}", file=sys.stderr)
        oracle = decoder.logits(chunk)
        for name, run in runs.items():
            scores[name].add(chunk, oracle, run.logits(chunk))
    return scores


def present_systems(names):
    try:
        import llama_cpp  # noqa: F401
    except ImportError:
        if any(name.startswith("llama") for name in names):
            print("quality: llama-cpp-python is not installed: measured without the peer", file=sys.stderr)
        names = [name for name in names if not name.startswith("llama")]
    return names


def measure_model(name, systems, n_tokens):
    decoder = Decoder(MODELS[name])
    by_text = {text: measure(MODELS[name], decoder, text, systems, n_tokens) for text in TEXTS}
    rows = []
    for system in systems:
        for text in TEXTS:
            rows.append({"model": name, "text": text, "system": system, **by_text[text][system].row()})
        both = Scores().merge([by_text[text][system] for text in TEXTS])
        rows.append({"model": name, "text": "all", "system": system, **both.row()})
    return rows


def table(rows):
    lines = ["| model | text | system | tokens | mean KLD | p99 KLD | same top token | perplexity | of float32 |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        lines.append(f"| {r['model']} | {r['text']} | {r['system']} | {r['tokens']} | {r['mean_kld']:.2g} "
                     f"| {r['p99_kld']:.2g} | {100 * r['top1']:.2f} % | {r['perplexity']:.3f} "
                     f"| {r['oracle_perplexity']:.3f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS))
    parser.add_argument("--tokens", type=int, default=2048, help="of each text; a multiple of 512")
    options = parser.parse_args()
    systems = list(SHORT_LIMITS) if options.short else present_systems(options.systems)
    rows = []
    for name in options.models:
        rows += measure_model(name, systems, 64 if options.short else options.tokens)
    print(table(rows))
    if options.short:
        sys.exit(any(not row["mean_kld"] <= SHORT_LIMITS[row["system"]] for row in rows if row["text"] == "all"))
    packages = ("llama-cpp-python", "torch", "gguf", "numpy")
    write_results("quality", rows, *packages)
    fill_section("docs/quality.md", table(rows), *packages)


if __name__ == "__main__":
    main()
