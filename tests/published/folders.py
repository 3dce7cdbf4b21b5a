"""Tiny published models: random weights of every family that is imported, a tokenizer, and what their GGUF files must
hold. The names come from the `gguf` package's own map, the reordered rows from numpy's reshape."""
import json
import pathlib
import struct

import gguf
import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXT = ["the quick brown fox jumps over the lazy dog, 12345 times in 2024; it's what they'll do",
        "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich", "    indented\n\n  lines\tand tabs"] * 8
SAMPLES = ["the quick brown fox", " it's 12345\n\n  they'll", "Boxkämpfer über 2024!", "naïve 日本 \U0001F600", "a  b   c    d"]
ARCHITECTURE = {"mistral": "llama", "ministral": "llama", "ministral3": "mistral3", "gemma3_text": "gemma3", "qwen3_moe": "qwen3moe",
                "qwen3_5_text": "qwen35"}
BASE = {"vocab_size": 420, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False}
MORE = {
    "llama": {}, "mistral": {"sliding_window": 16}, "ministral": {"sliding_window": 16, "layer_types":
                                                                 ["sliding_attention", "full_attention"]},
    "ministral3": {"head_dim": 16, "rope_parameters": {
        "rope_type": "yarn", "rope_theta": 1000000.0, "factor": 4.0, "mscale": 1.0, "mscale_all_dim": 1.0,
        "original_max_position_embeddings": 32, "llama_4_scaling_beta": 0.1}},
    "qwen2": {}, "qwen3": {"head_dim": 16},
    "qwen3_moe": {"head_dim": 16, "num_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 24,
                  "norm_topk_prob": True},
    "gemma2": {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 16, "tie_word_embeddings": True,
               "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    "gemma3_text": {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 16, "tie_word_embeddings": True,
                    "num_hidden_layers": 6},
    "phi3": {"original_max_position_embeddings": 64, "rope_scaling": {
        "type": "longrope", "short_factor": [1.0, 1.1, 1.2, 1.3], "long_factor": [1.0, 2.0, 3.0, 4.0]}},
    "smollm3": {"num_hidden_layers": 4, "no_rope_layers": [1, 1, 1, 0]},
    "olmo2": {}, "granite": {"embedding_multiplier": 12.0, "residual_multiplier": 0.22, "attention_multiplier": 0.5,
                             "logits_scaling": 8.0},
    "lfm2": {"norm_eps": 1e-5, "layer_types": ["conv", "full_attention"], "conv_L_cache": 3, "tie_word_embeddings": True,
             "block_ff_dim": 72, "block_auto_adjust_ff_dim": True, "block_multiple_of": 24, "block_ffn_dim_multiplier": 0.9},
    "qwen3_5_text": {"head_dim": 16, "num_hidden_layers": 4, "linear_num_key_heads": 2, "linear_num_value_heads": 6,
                     "linear_key_head_dim": 4, "linear_value_head_dim": 5, "linear_conv_kernel_dim": 4},
    "stablelm": {"layer_norm_eps": 1e-5, "partial_rotary_factor": 0.25, "use_qkv_bias": True},
}


def short_conv_shapes(c):
    """The same of a family whose layers are short convolutions or have attention."""
    d, v, f, h = c["hidden_size"], c["vocab_size"], 48, c["hidden_size"] // c["num_attention_heads"]
    out = {"model.embed_tokens.weight": (v, d), "model.embedding_norm.weight": (d,)}
    for layer, kind in enumerate(c["layer_types"]):
        p = f"model.layers.{layer}."
        out.update({p + "operator_norm.weight": (d,), p + "ffn_norm.weight": (d,), p + "feed_forward.w1.weight": (f, d),
                    p + "feed_forward.w3.weight": (f, d), p + "feed_forward.w2.weight": (d, f)})
        if kind == "conv":
            out.update({p + "conv.in_proj.weight": (3 * d, d), p + "conv.out_proj.weight": (d, d),
                        p + "conv.conv.weight": (d, 1, c["conv_L_cache"])})
        else:
            k, a = c["num_key_value_heads"] * h, p + "self_attn."
            out.update({a + "q_proj.weight": (d, d), a + "k_proj.weight": (k, d), a + "v_proj.weight": (k, d),
                        a + "out_proj.weight": (d, d), a + "q_layernorm.weight": (h,), a + "k_layernorm.weight": (h,)})
    return out


def delta_shapes(c):
    """The same where three of four layers have the delta rule."""
    d, v, f, h = c["hidden_size"], c["vocab_size"], c["intermediate_size"], c["head_dim"]
    q, k, n = c["num_attention_heads"] * h, c["num_key_value_heads"] * h, c["linear_num_value_heads"]
    values = n * c["linear_value_head_dim"]
    channels = 2 * c["linear_num_key_heads"] * c["linear_key_head_dim"] + values
    out = {"model.embed_tokens.weight": (v, d), "model.norm.weight": (d,), "lm_head.weight": (v, d)}
    for layer in range(c["num_hidden_layers"]):
        p = f"model.layers.{layer}."
        out.update({p + "input_layernorm.weight": (d,), p + "post_attention_layernorm.weight": (d,),
                    p + "mlp.gate_proj.weight": (f, d), p + "mlp.up_proj.weight": (f, d), p + "mlp.down_proj.weight": (d, f)})
        if layer % 4 == 3:
            a = p + "self_attn."
            out.update({a + "q_proj.weight": (2 * q, d), a + "k_proj.weight": (k, d), a + "v_proj.weight": (k, d),
                        a + "o_proj.weight": (d, q), a + "q_norm.weight": (h,), a + "k_norm.weight": (h,)})
        else:
            a = p + "linear_attn."
            out.update({a + "in_proj_qkv.weight": (channels, d), a + "in_proj_z.weight": (values, d),
                        a + "in_proj_a.weight": (n, d), a + "in_proj_b.weight": (n, d), a + "dt_bias": (n,), a + "A_log": (n,),
                        a + "conv1d.weight": (channels, 1, c["linear_conv_kernel_dim"]),
                        a + "norm.weight": (c["linear_value_head_dim"],), a + "out_proj.weight": (d, values)})
    return out


def tiled_values(name, values, c):
    """Heads of values, grouped by key head, with those of equal number side by side; and what else the file changes."""
    groups, n, size = c["linear_num_key_heads"], c["linear_num_value_heads"], c["linear_value_head_dim"]

    def tile(rows, block):
        return rows.reshape(groups, n // groups, block, -1).swapaxes(0, 1).reshape(rows.shape)

    if ".linear_attn." not in name:
        return values + np.float32(1) if name.endswith("norm.weight") else values
    if "in_proj_qkv" in name or "conv1d" in name:
        values = values.reshape(values.shape[0], -1)
        return np.concatenate([values[:-n * size], tile(values[-n * size:], size)])
    if "in_proj_z" in name:
        return tile(values, size)
    if "out_proj" in name:
        return tile(values.T.copy(), size).T
    if "linear_attn.norm" in name:
        return values
    return -np.exp(tile(values, 1)) if name.endswith("A_log") else tile(values, 1)


def shapes(family, c):
    """{published name: shape}, in the order of a layer."""
    if family == "lfm2":
        return short_conv_shapes(c)
    if family == "qwen3_5_text":
        return delta_shapes(c)
    d, f, v = c["hidden_size"], c["intermediate_size"], c["vocab_size"]
    h = c.get("head_dim", d // c["num_attention_heads"])
    q, k = c["num_attention_heads"] * h, c["num_key_value_heads"] * h
    out = {"model.embed_tokens.weight": (v, d), "model.norm.weight": (d,)}
    if not c["tie_word_embeddings"]:
        out["lm_head.weight"] = (v, d)
    for layer in range(c["num_hidden_layers"]):
        p = f"model.layers.{layer}."
        norms = {"olmo2": ["post_attention_layernorm", "post_feedforward_layernorm"]}.get(
            family, ["input_layernorm", "post_attention_layernorm"])
        if family.startswith("gemma"):
            norms = norms + ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
        out.update({p + n + ".weight": (d,) for n in norms})
        a = p + "self_attn."
        if family == "phi3":
            out[a + "qkv_proj.weight"] = (q + 2 * k, d)
            out[p + "mlp.gate_up_proj.weight"] = (2 * f, d)
        else:
            out.update({a + "q_proj.weight": (q, d), a + "k_proj.weight": (k, d), a + "v_proj.weight": (k, d)})
        out[a + "o_proj.weight"] = (d, q)
        if family in ("qwen2", "stablelm"):
            out.update({a + "q_proj.bias": (q,), a + "k_proj.bias": (k,), a + "v_proj.bias": (k,)})
        if family in ("qwen3", "qwen3_moe", "gemma3_text"):
            out.update({a + "q_norm.weight": (h,), a + "k_norm.weight": (h,)})
        if family == "olmo2":
            out.update({a + "q_norm.weight": (q,), a + "k_norm.weight": (k,)})
        if family == "stablelm":
            out.update({p + n + ".bias": (d,) for n in norms})
        if family == "qwen3_moe":
            m = c["moe_intermediate_size"]
            out[p + "mlp.gate.weight"] = (c["num_experts"], d)
            for e in range(c["num_experts"]):
                x = p + f"mlp.experts.{e}."
                out.update({x + "gate_proj.weight": (m, d), x + "up_proj.weight": (m, d), x + "down_proj.weight": (d, m)})
        else:
            if family != "phi3":
                out.update({p + "mlp.gate_proj.weight": (f, d), p + "mlp.up_proj.weight": (f, d)})
            out[p + "mlp.down_proj.weight"] = (d, f)
    if family == "stablelm":
        out["model.norm.bias"] = (d,)
    return out


def bf16_bits(values):
    """Nearest, ties to even."""
    bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def save_safetensors(path, tensors, dtype):
    """{name: f32 array}; the header as its specification describes it."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, values in tensors.items():
        raw = {"BF16": lambda v: bf16_bits(v).tobytes(), "F16": lambda v: v.astype(np.float16).tobytes(),
               "F32": lambda v: v.astype(np.float32).tobytes()}[dtype](values)
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def rounded(values, dtype):
    """As the file holds them."""
    if dtype == "BF16":
        return from_bf16(bf16_bits(values))
    return values.astype({"F16": np.float16, "F32": np.float32}[dtype]).astype(np.float32)


def expected(family, config, tensors):
    """{GGUF name: f32 array}"""
    architecture = ARCHITECTURE.get(family, family)
    arch = next(a for a, n in gguf.MODEL_ARCH_NAMES.items() if n == architecture)
    names = gguf.get_tensor_name_map(arch, config["num_hidden_layers"])
    out, stacks = {}, {}
    for name, values in tensors.items():
        if family in ("llama", "mistral", "ministral", "ministral3", "smollm3", "granite"):
            for part, heads in (("q_proj", config["num_attention_heads"]), ("k_proj", config["num_key_value_heads"])):
                if part in name:
                    rows = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
                    values = rows.swapaxes(1, 2).reshape(values.shape)
        if family == "qwen3_5_text":
            values = tiled_values(name, values, config)
            name = name.replace("dt_bias", "dt_proj.bias")
        if family == "lfm2" and "conv.conv" in name:
            values = values.squeeze(1)
        if family.startswith("gemma") and name.endswith("norm.weight"):
            values = values + np.float32(1)
        head, expert, tail = name.partition(".experts.")
        if expert:
            number, _, tail = tail.partition(".")
            stacks.setdefault(f"{head}.experts.{tail}", {})[int(number)] = values
        else:
            out[names.get_name(name, try_suffixes=(".weight", ".bias"))] = values
    for name, parts in stacks.items():
        stack = np.stack([parts[i] for i in range(len(parts))])
        out[names.get_name(name, try_suffixes=(".weight", ".bias"))] = stack
    return out


def byte_level_tokenizer(folder, pre=None, normalizer=None, whole_words=False, **config):
    tokenizer = Tokenizer(models.BPE(ignore_merges=whole_words))
    steps = [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pre is None)]
    if pre == "digits":
        steps = [pre_tokenizers.Digits(individual_digits=True),
                 pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    elif pre:
        steps = [pre_tokenizers.Split(Regex(pre), behavior="isolated")] + steps
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<|pad|>", "<|begin|>", "<|end|>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    if config.pop("with_bos", False):
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<|begin|> $A", special_tokens=[("<|begin|>", tokenizer.token_to_id("<|begin|>"))])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"bos_token": "<|begin|>", "eos_token": {"content": "<|end|>"}, "pad_token": "<|pad|>", **config}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return tokenizer


def letters_of_bytes():
    """{letter: byte} of byte-level vocabularies: printable bytes are their own letter, the others the next ones from 256."""
    printed = [b for b in range(256) if chr(b).isprintable() and b not in (0x20, 0xA0, 0xAD)]
    others = [b for b in range(256) if b not in printed]
    return {chr(b): b for b in printed} | {chr(256 + i): b for i, b in enumerate(others)}


def make(folder, family, dtype="BF16", shards=1, seed=3, **changes):
    """Weights and config.json; gives the configuration and what the GGUF file must hold, in f32."""
    folder = pathlib.Path(folder)
    config = {"model_type": family, **BASE, **MORE[family], **changes}
    random = np.random.default_rng(seed)
    tensors = {name: rounded(random.standard_normal(shape).astype(np.float32), dtype)
               for name, shape in shapes(family, config).items()}
    (folder / "config.json").write_text(json.dumps(config))
    if shards == 1:
        save_safetensors(folder / "model.safetensors", tensors, dtype)
    else:
        index = {}
        for shard in range(shards):
            name = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
            part = {tensor: tensors[tensor] for tensor in list(tensors)[shard::shards]}
            save_safetensors(folder / name, part, dtype)
            index.update({tensor: name for tensor in part})
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    return config, expected(family, config, tensors)
