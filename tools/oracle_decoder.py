#!/usr/bin/env python3
"""Decoders in float32, as the papers give them: the oracle that Sotto's forward pass is held to.

    oracle_decoder.py MODEL.gguf TOKENS OUT [--chunk N]

TOKENS: int32 values, or text with numbers. OUT: next-token logits [n, n_vocab] f32, row-major. With --chunk N each run
of N tokens starts from an empty state. Weights are dequantized by gguf_types.py; the arithmetic is PyTorch's or, where
PyTorch is not installed, numpy's: the expressions below are the same in both.

Llama: 2307.09288, 2407.21783. Gemma 3: 2503.19786. RMS norm: 1910.07467. Rotary embedding: 2104.09864. Gated feed-forward:
2002.05202. Two facts of the file format: the rows of a llama file's q and k stand so that rotation pairs neighbours, and
a gemma file's norm weights hold 1 + weight.
"""
import argparse
import math
import pathlib

import gguf
import numpy as np

import gguf_types

try:
    import torch as xp

    def tensor(array):
        return xp.from_numpy(array)
except ImportError:
    xp = np
    np.seterr(over="ignore")

    def tensor(array):
        return array

GEMMA_WINDOW_THETA = 10000.0  # 2503.19786, section 2.1: rotation base of the window layers; GGUF files do not say it
GEMMA_PATTERN = 6             # five window layers, then one that sees everything


class Spec:
    """What the metadata of a GGUF file says of the decoder."""

    def __init__(self, reader):
        arch = reader.fields["general.architecture"].contents()

        def value(key, default=None):
            field = reader.fields.get(f"{arch}.{key}")
            if field is None and default is None:
                raise SystemExit(f"oracle: {arch}.{key} is missing")
            return default if field is None else field.contents()

        if arch not in ("llama", "gemma3"):
            raise SystemExit(f"oracle: architecture {arch} is not known")
        self.gemma = arch == "gemma3"
        self.n_layers = value("block_count")
        self.n_heads = value("attention.head_count")
        self.n_kv_heads = value("attention.head_count_kv", self.n_heads)
        self.dim = value("embedding_length")
        self.head_dim = value("attention.key_length", self.dim // self.n_heads)
        self.rope_dim = value("rope.dimension_count", self.head_dim)
        self.epsilon = value("attention.layer_norm_rms_epsilon")
        self.theta = value("rope.freq_base", 10000.0)
        linear = value("rope.scaling.type", "none") == "linear"
        self.position_scale = 1.0 / value("rope.scaling.factor", 1.0) if linear else 1.0
        self.window = value("attention.sliding_window", 0) if self.gemma else 0
        # Gemma 3 27B alone scales queries by dim / heads instead of the head's size.
        scaled_by = self.dim // self.n_heads if self.gemma and self.n_layers == 62 else self.head_dim
        self.query_scale = 1.0 / math.sqrt(scaled_by)
        self.embedding_scale = float(np.float32(math.sqrt(self.dim))) if self.gemma else 1.0

    def windowed(self, layer):
        return self.window > 0 and (layer + 1) % GEMMA_PATTERN != 0


def rms_norm(x, weight, epsilon):
    return x / xp.sqrt(xp.mean(x * x, -1, keepdims=True) + epsilon) * weight


def softmax(x):
    e = xp.exp(x - xp.amax(x, -1, keepdims=True))
    return e / xp.sum(e, -1, keepdims=True)


def silu(x):
    return x / (1 + xp.exp(-x))


def gelu_tanh(x):
    return 0.5 * x * (1 + xp.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def rotate(x, cos, sin, halves):
    """x: [n_tokens, n_heads, head_dim]; the first 2 * cos.shape[-1] values of a head are rotated in pairs."""
    n = cos.shape[-1] * 2
    if halves:
        a, b = x[..., : n // 2], x[..., n // 2 : n]
        return xp.concatenate((a * cos - b * sin, b * cos + a * sin, x[..., n:]), -1)
    a, b = x[..., 0:n:2], x[..., 1:n:2]
    pairs = xp.stack((a * cos - b * sin, b * cos + a * sin), -1)
    return xp.concatenate((pairs.reshape((x.shape[0], x.shape[1], n)), x[..., n:]), -1)


class Decoder:
    def __init__(self, path):
        gguf_types.teach_package()
        reader = gguf.GGUFReader(path)
        self.spec = Spec(reader)
        self.weights = {t.name: tensor(np.array(gguf_types.dequantize(t.data, t.tensor_type)))
                        for t in reader.tensors}
        self.n_vocab = self.weights["token_embd.weight"].shape[0]

    def rope_table(self, n_tokens, theta, position_scale):
        """cos and sin: [n_tokens, 1, rope_dim / 2]. `rope_freqs` (Llama 3.1 on) divides the frequencies."""
        n = self.spec.rope_dim // 2
        frequency = theta ** (-np.arange(n, dtype=np.float64) / n)
        if "rope_freqs.weight" in self.weights:
            frequency = frequency / np.asarray(self.weights["rope_freqs.weight"], dtype=np.float64)
        angle = np.arange(n_tokens, dtype=np.float64)[:, None, None] * position_scale * frequency
        return tensor(np.cos(angle).astype(np.float32)), tensor(np.sin(angle).astype(np.float32))

    def mask(self, n_tokens, window):
        """0 where a query sees a key, -inf elsewhere: [n_tokens, n_tokens]. A window counts the token itself."""
        back = np.arange(n_tokens)[:, None] - np.arange(n_tokens)[None, :]
        seen = (back >= 0) & ((back < window) if window else True)
        return tensor(np.where(seen, 0, -np.inf).astype(np.float32))

    def attention(self, x, layer, cos, sin, mask):
        s, w = self.spec, self.weights
        name = f"blk.{layer}.attn_"
        n = x.shape[0]
        q = (x @ w[name + "q.weight"].T).reshape((n, s.n_heads, s.head_dim))
        k = (x @ w[name + "k.weight"].T).reshape((n, s.n_kv_heads, s.head_dim))
        v = (x @ w[name + "v.weight"].T).reshape((n, s.n_kv_heads, s.head_dim))
        if s.gemma:
            q = rms_norm(q, w[name + "q_norm.weight"], s.epsilon)
            k = rms_norm(k, w[name + "k_norm.weight"], s.epsilon)
        q, k = rotate(q, cos, sin, s.gemma), rotate(k, cos, sin, s.gemma)
        heads = []
        for head in range(s.n_heads):
            kv_head = head * s.n_kv_heads // s.n_heads
            share = softmax(q[:, head] @ k[:, kv_head].T * s.query_scale + mask)
            heads.append(share @ v[:, kv_head])
        return xp.concatenate(heads, -1) @ w[name + "output.weight"].T

    def feed_forward(self, x, layer):
        w, name = self.weights, f"blk.{layer}.ffn_"
        activation = gelu_tanh if self.spec.gemma else silu
        gate, up = x @ w[name + "gate.weight"].T, x @ w[name + "up.weight"].T
        return (activation(gate) * up) @ w[name + "down.weight"].T

    def logits(self, tokens, first=0):
        """tokens: int sequence, from an empty state. Returns numpy [n - first, n_vocab] f32: those after tokens[first:]."""
        s, w = self.spec, self.weights
        n = len(tokens)
        everything = self.rope_table(n, s.theta, s.position_scale), self.mask(n, 0)
        window = (self.rope_table(n, GEMMA_WINDOW_THETA, 1.0), self.mask(n, s.window)) if s.window else everything
        x = w["token_embd.weight"][np.asarray(tokens, dtype=np.int64)] * s.embedding_scale
        for layer in range(s.n_layers):
            name = f"blk.{layer}."
            (cos, sin), mask = window if s.windowed(layer) else everything
            y = self.attention(rms_norm(x, w[name + "attn_norm.weight"], s.epsilon), layer, cos, sin, mask)
            x = x + (rms_norm(y, w[name + "post_attention_norm.weight"], s.epsilon) if s.gemma else y)
            y = self.feed_forward(rms_norm(x, w[name + "ffn_norm.weight"], s.epsilon), layer)
            x = x + (rms_norm(y, w[name + "post_ffw_norm.weight"], s.epsilon) if s.gemma else y)
        x = rms_norm(x[first:], w["output_norm.weight"], s.epsilon)
        return np.asarray(x @ w.get("output.weight", w["token_embd.weight"]).T)


def read_tokens(path):
    raw = pathlib.Path(path).read_bytes()
    try:
        return [int(word) for word in raw.decode("ascii").replace(",", " ").strip(" []\n").split()]
    except ValueError:
        return np.frombuffer(raw, dtype="<i4").tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("tokens")
    parser.add_argument("out")
    parser.add_argument("--chunk", type=int, default=0, help="0: all tokens in one run")
    options = parser.parse_args()
    tokens = read_tokens(options.tokens)
    step = options.chunk or len(tokens)
    decoder = Decoder(options.model)
    with open(options.out, "wb") as out:
        for start in range(0, len(tokens), step):
            decoder.logits(tokens[start : start + step]).tofile(out)


if __name__ == "__main__":
    main()
