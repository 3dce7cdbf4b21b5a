#!/usr/bin/env python3
"""Holds Sotto's next-token distributions to float32 arithmetic on the same dequantized weights.

    quality.py [--short] [--models NAME…] [--tokens N] [--depths N…] [--systems NAME…]

For each model and two texts of bench/texts, N tokens in chunks of 512, each from an empty state (depth 0), and one chunk
after so many tokens of another text (depth 4000); by the oracle (tools/oracle_decoder.py), by Sotto, with both kinds of
cache where it has them, by Sotto with float32 activations, and by llama.cpp's Python bindings. Each result replaces the
same one in bench/results/quality.jsonl, and the table of docs/quality.md is written anew. --short: a few tokens, no peer,
nothing written; fails over a limit.
"""
import argparse
import json
import subprocess
import sys

import numpy as np

from machine import MODELS, ROOT, Notes, fill_section, program, update_results
from oracle_decoder import Decoder

TEXTS = ("prose", "technical")
BEFORE = "before"  # what stands before the measured text at a depth
CHUNK = 512
PACKAGES = ("llama-cpp-python", "torch", "gguf", "numpy")
SHORT_LIMITS = {"sotto": 0.003, "sotto-exact": 1e-5}  # mean KL divergence over few tokens


def tokenize(model, text, *flags):
    done = subprocess.run([program("sotto"), "tokenize", str(model), "--json", *flags], input=text,
                          capture_output=True, check=True)
    return json.loads(done.stdout)


def read_text(name):
    return (ROOT / f"bench/texts/{name}.txt").read_bytes()


def tokens_of(model, text):
    """(what a text begins with, the text)."""
    ids = tokenize(model, text, "--no-bos")
    with_bos = tokenize(model, text)
    return with_bos[: len(with_bos) - len(ids)], ids


def chunk_at_depth(model, text, n_tokens, depth):
    """n_tokens ids after `depth` others; the whole begins as the model was trained to."""
    bos, ids = tokens_of(model, text)
    before = tokens_of(model, read_text(BEFORE))[1]
    if len(before) < depth - len(bos) or len(ids) < n_tokens:
        sys.exit(f"quality: the texts have {len(before)} and {len(ids)} tokens of {depth} and {n_tokens}")
    return bos + before[len(before) - depth + len(bos) :] + ids[:n_tokens]


def chunks_of(model, text, n_tokens, chunk):
    """n_tokens ids; each chunk begins as the model was trained to."""
    bos, ids = tokens_of(model, text)
    step = chunk - len(bos)
    n_chunks = n_tokens // chunk
    if len(ids) < n_chunks * step:
        sys.exit(f"quality: the text has {len(ids)} tokens of {n_chunks * step}")
    return [bos + ids[start : start + step] for start in range(0, n_chunks * step, step)]


class Sotto:
    """Streams the logits of all chunks, but those of their first `depth` tokens, from one run of sotto_logits."""

    def __init__(self, model, chunks, n_vocab, depth, *flags):
        command = [program("sotto_logits"), str(model), "--chunk", str(len(chunks[0])), "--first", str(depth),
                   "--threads", "2", *flags]
        self.run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.depth = depth
        self.run.stdin.write(" ".join(str(token) for chunk in chunks for token in chunk).encode())
        self.run.stdin.close()
        self.n_vocab = n_vocab

    def logits(self, chunk):
        n_rows = len(chunk) - self.depth
        wanted = n_rows * self.n_vocab * 4
        raw = self.run.stdout.read(wanted)
        if len(raw) != wanted:
            sys.exit(f"quality: sotto_logits ended early, exit code {self.run.wait()}")
        return np.frombuffer(raw, dtype="<f4").reshape(n_rows, self.n_vocab)


class LlamaCpp:
    """The peer, on the same file; float16 cache and its other defaults."""

    def __init__(self, model, chunks, n_vocab, depth, flash_attention=False):
        import llama_cpp

        self.low, self.n_vocab, self.depth = llama_cpp, n_vocab, depth
        self.llama = llama_cpp.Llama(str(model), n_ctx=len(chunks[0]), n_batch=CHUNK, n_ubatch=CHUNK, n_threads=2,
                                     n_threads_batch=2, flash_attn=flash_attention, verbose=False)
        self.batch = llama_cpp.llama_batch_init(CHUNK, 0, 1)

    def decode(self, tokens, first, wanted):
        """One batch at position `first`; its logits [n, n_vocab], or nothing where they are not wanted."""
        self.batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            self.batch.token[i], self.batch.pos[i], self.batch.logits[i] = token, first + i, wanted
            self.batch.n_seq_id[i], self.batch.seq_id[i][0] = 1, 0
        context = self.llama.ctx
        if self.low.llama_decode(context, self.batch) != 0:
            sys.exit("quality: llama_decode failed")
        if not wanted:
            return None
        return np.ctypeslib.as_array(self.low.llama_get_logits(context), (len(tokens), self.n_vocab)).copy()

    def logits(self, chunk):
        self.low.llama_memory_clear(self.low.llama_get_memory(self.llama.ctx), True)
        for first in range(0, self.depth, CHUNK):
            self.decode(chunk[first : min(first + CHUNK, self.depth)], first, wanted=False)
        return self.decode(chunk[self.depth :], self.depth, wanted=True)


SYSTEMS = {
    "sotto": Sotto,
    "sotto-f16-cache": lambda *a: Sotto(*a, "--kv", "f16"),
    "sotto-int8-cache": lambda *a: Sotto(*a, "--kv", "int8"),
    "sotto-exact": lambda *a: Sotto(*a, "--exact"),
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


def measure(model, decoder, text, systems, n_tokens, depth):
    """{system: Scores} for one text."""
    chunk = min(CHUNK, n_tokens)
    text_bytes = read_text(text)
    chunks = ([chunk_at_depth(model, text_bytes, chunk, depth)] if depth else
              chunks_of(model, text_bytes, n_tokens, chunk))
    runs = {name: SYSTEMS[name](model, chunks, decoder.n_vocab, depth) for name in systems}
    scores = {name: Scores() for name in systems}
    for n, chunk in enumerate(chunks):
        print(f"{model.name}, {text}, depth {depth}: chunk {n + 1} of {len(chunks)}", file=sys.stderr)
        oracle = decoder.logits(chunk, depth)
        for name, run in runs.items():
            scores[name].add(chunk[depth:], oracle, run.logits(chunk))
    return scores


def has_kinds_of_cache():
    help_text = subprocess.run([program("sotto_logits"), "--help"], capture_output=True, text=True).stdout
    return "--kv" in help_text


def present_systems(names):
    if not has_kinds_of_cache():
        names = [name for name in names if not name.endswith("cache")]
    try:
        import llama_cpp  # noqa: F401
    except ImportError:
        if any(name.startswith("llama") for name in names):
            print("quality: llama-cpp-python is not installed: measured without the peer", file=sys.stderr)
        names = [name for name in names if not name.startswith("llama")]
    return names


def measure_model(name, systems, n_tokens, depth):
    decoder = Decoder(MODELS[name])
    by_text = {text: measure(MODELS[name], decoder, text, systems, n_tokens, depth) for text in TEXTS}
    rows = []
    for system in systems:
        place = {"model": name, "depth": depth, "system": system}
        for text in TEXTS:
            rows.append({**place, "text": text, **by_text[text][system].row()})
        both = Scores().merge([by_text[text][system] for text in TEXTS])
        rows.append({**place, "text": "all", **both.row()})
    return rows


def line(row, mark=""):
    return (f"| {row['model']} | {row['depth']} | {row['text']} | {row['system']} | {row['tokens']} | {row['mean_kld']:.2g} "
            f"| {row['p99_kld']:.2g} | {100 * row['top1']:.2f} % | {row['perplexity']:.3f} "
            f"| {row['oracle_perplexity']:.3f} | {mark} |")


def table(rows):
    notes = Notes()
    lines = ["| model | depth | text | system | tokens | mean KLD | p99 KLD | same top token | perplexity | of float32 | |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    lines += [line(row, notes.mark(row)) for row in rows]
    return "\n".join(lines) + "\n\n" + notes.text()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS))
    parser.add_argument("--tokens", type=int, default=2048, help="of each text at depth 0; a multiple of 512")
    parser.add_argument("--depths", nargs="*", type=int, default=[0, 4000])
    options = parser.parse_args()
    systems = list(SHORT_LIMITS) if options.short else present_systems(options.systems)
    if options.short:
        rows = [row for name in options.models for row in measure_model(name, systems, 64, 0)]
        print("\n".join(map(line, rows)))
        sys.exit(any(not row["mean_kld"] <= SHORT_LIMITS[row["system"]] for row in rows if row["text"] == "all"))
    for name in options.models:
        for depth in options.depths:
            # float32 arithmetic takes minutes for a long chunk, and depth 0 shows already that it is right
            here = [system for system in systems if depth == 0 or system != "sotto-exact"]
            rows = measure_model(name, here, options.tokens, depth)
            print("\n".join(map(line, rows)))
            every = update_results("quality", rows, ("model", "depth", "text", "system"), *PACKAGES)
            fill_section("docs/quality.md", table(every))


if __name__ == "__main__":
    main()
