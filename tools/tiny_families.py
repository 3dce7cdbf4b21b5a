#!/usr/bin/env python3
"""Small random models of every family, as they are published, and what Hugging Face transformers computes with them.

    tiny_families.py OUT [FAMILY…]

For each family a folder OUT/FAMILY with config.json, model.safetensors and tokenizer.json, and besides:
prompt-N.i32 (N token ids, int32), logits-N.f32 (those after each of them, [N, n_vocab] float32, row-major) for each length N,
and greedy.i32: the 64 tokens that follow the prompt of 64 when the likeliest is taken each time.

Seeds are fixed, and the sizes are awkward on purpose: odd numbers of layers, vocabularies that are no multiple of 32. Weights are
drawn so that every part matters: logits have a standard deviation of about 1, norms and biases are not what they begin as.
Needs torch and transformers (tests/requirements-oracle.txt).
"""
import argparse
import copy
import json
import pathlib

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LENGTHS = (1, 7, 64, 600)
N_GREEDY = 64
N_VOCAB = 331
WINDOW = 48
TEXTS = sorted((pathlib.Path(__file__).resolve().parent.parent / "docs").glob("*.md"))


TEXT = {"vocab_size": N_VOCAB, "hidden_size": 96, "intermediate_size": 160, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 1024,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def config(name, **sizes):
    """A configuration class of transformers with small sizes; `sizes` come on top, or hold them in their text part."""
    usual = {} if "text_config" in sizes else TEXT
    return lambda: getattr(transformers, name)(**copy.deepcopy(usual | sizes))  # which it changes


def rope(kind, theta=10000.0, **more):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": theta, **more}}


def factors(first, last, n):
    return np.geomspace(first, last, n).round(4).tolist()


def growing_queries(original, beta, mscale_all_dim=1.0):
    """Ministral 3's rotation, with queries that grow beyond `original` tokens."""
    return rope("yarn", 1e6, factor=8.0, beta_fast=32.0, beta_slow=1.0, mscale=1.0, mscale_all_dim=mscale_all_dim,
                llama_4_scaling_beta=beta, original_max_position_embeddings=original)


LLAMA3 = rope("llama3", 500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=128)
LONG = rope("longrope", short_factor=factors(1, 1.5, 24), long_factor=factors(1, 12, 24)) | {
    "original_max_position_embeddings": 256}
SEEING = {"model_type": "pixtral", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2,
          "head_dim": 16, "image_size": 28, "patch_size": 14}
LINEAR_BESIDE_WINDOWS = {"rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
                                             "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}}
GEMMA4 = {"head_dim": 48, "global_head_dim": 80, "sliding_window": WINDOW, "num_hidden_layers": 7, "tie_word_embeddings": True,
          "layer_types": [("full" if i in (1, 3, 6) else "sliding") + "_attention" for i in range(7)]}
FAMILIES = {
    "llama": config("LlamaConfig", head_dim=64, **LLAMA3),
    "llama-linear": config("LlamaConfig", head_dim=16, attention_bias=True, **rope("linear", factor=4.0)),
    "llama-yarn": config("LlamaConfig", head_dim=32, **rope("yarn", factor=4.0, original_max_position_embeddings=128)),
    "llama-yarn-factor": config("LlamaConfig", head_dim=48, num_attention_heads=2, num_key_value_heads=1, **rope(
        "yarn", factor=6.0, attention_factor=1.4, beta_fast=24.0, beta_slow=0.5, original_max_position_embeddings=100)),
    "llama-dynamic": config("LlamaConfig", head_dim=32, max_position_embeddings=256, **rope("dynamic", factor=2.0)),
    "mistral": config("MistralConfig", head_dim=80, sliding_window=WINDOW, num_hidden_layers=5),
    "ministral": config("MinistralConfig", head_dim=112, sliding_window=WINDOW, num_hidden_layers=5, num_attention_heads=3,
                        num_key_value_heads=1, layer_types=[("full" if i in (0, 3) else "sliding") + "_attention" for i in range(5)],
                        **rope("default", 1e8)),
    "ministral3": config("Ministral3Config", head_dim=48, num_hidden_layers=5, **growing_queries(100, 0.3)),
    "mistral3": config("Mistral3Config", text_config={"model_type": "ministral3", **TEXT, **growing_queries(40, 0.1, 0.6), "head_dim": 80,
                       "tie_word_embeddings": True}, vision_config=SEEING),
    "qwen2": config("Qwen2Config", hidden_size=128, tie_word_embeddings=True),
    "qwen2-yarn": config("Qwen2Config", hidden_size=192, **rope(
        "yarn", factor=4.0, mscale=0.7, mscale_all_dim=1.2, original_max_position_embeddings=128)),
    "qwen3": config("Qwen3Config", head_dim=128, num_hidden_layers=3),
    "qwen3_moe": config("Qwen3MoeConfig", head_dim=32, num_experts=5, num_experts_per_tok=2, moe_intermediate_size=64,
                        norm_topk_prob=True),
    "gemma2": config("Gemma2Config", head_dim=64, sliding_window=WINDOW, query_pre_attn_scalar=64,
                     num_hidden_layers=5, tie_word_embeddings=True),
    "gemma3": config("Gemma3TextConfig", head_dim=256, sliding_window=WINDOW, query_pre_attn_scalar=256,
                     num_hidden_layers=7, tie_word_embeddings=True),
    "gemma3-4b": config("Gemma3TextConfig", hidden_size=160, head_dim=96, sliding_window=WINDOW, query_pre_attn_scalar=96,
                        num_hidden_layers=8, num_attention_heads=5, num_key_value_heads=1, tie_word_embeddings=True, final_logit_softcapping=20.0,
                        **LINEAR_BESIDE_WINDOWS),
    "gemma4": config("Gemma4TextConfig", hidden_size_per_layer_input=40, vocab_size_per_layer_input=N_VOCAB,
                     num_kv_shared_layers=3, use_double_wide_mlp=True, final_logit_softcapping=30.0, **GEMMA4),
    "gemma4-whole": config("Gemma4Config", text_config=TEXT | GEMMA4 | {
        "vocab_size": 619, "bos_token_id": 2, "eos_token_id": 1, "hidden_size_per_layer_input": 0, "attention_k_eq_v": True, "num_global_key_value_heads": 1}),
    "phi3": config("Phi3Config", hidden_size=384, num_key_value_heads=4, sliding_window=WINDOW),
    "phi3-long": config("Phi3Config", hidden_size=192, num_key_value_heads=4, **LONG),
    "phi4-mini": config("Phi3Config", hidden_size=384, num_attention_heads=6, tie_word_embeddings=True,
                        partial_rotary_factor=0.75, **LONG),
    "smollm3": config("SmolLM3Config", hidden_size=128, num_hidden_layers=5, tie_word_embeddings=True),
    "olmo2": config("Olmo2Config", hidden_size=128),
    "granite": config("GraniteConfig", hidden_size=128, embedding_multiplier=12.0, residual_multiplier=0.22,
                      attention_multiplier=0.05, logits_scaling=0.5),
    "ernie4_5": config("Ernie4_5Config", head_dim=48, tie_word_embeddings=True),
    "stablelm": config("StableLmConfig", hidden_size=256, use_qkv_bias=True, layer_norm_eps=1e-5,
                       partial_rotary_factor=0.25),
}


FAMILIES |= {
    "lfm2": config("Lfm2Config", hidden_size=192, num_hidden_layers=5, full_attn_idxs=[2, 4], norm_eps=1e-5,
                   block_multiple_of=32, tie_word_embeddings=True, num_attention_heads=3, num_key_value_heads=1),
    "lfm2-wide": config("Lfm2Config", hidden_size=320, num_hidden_layers=7, conv_L_cache=4, norm_eps=1e-5,
                        block_auto_adjust_ff_dim=False, tie_word_embeddings=False,
                        layer_types=["conv", "conv", "full_attention", "conv", "full_attention", "conv", "conv"]),
    "lfm2-128": config("Lfm2Config", hidden_size=256, num_hidden_layers=3, full_attn_idxs=[1], norm_eps=1e-5,
                       num_attention_heads=2, num_key_value_heads=2, block_auto_adjust_ff_dim=False),
    "qwen3_5": config("Qwen3_5TextConfig", head_dim=64, num_hidden_layers=5, linear_key_head_dim=32,
                      linear_value_head_dim=32, linear_num_key_heads=2, linear_num_value_heads=6),
    "qwen3_5-wide": config("Qwen3_5TextConfig", head_dim=128, hidden_size=160, num_hidden_layers=4,
                           linear_key_head_dim=128, linear_value_head_dim=128, linear_num_key_heads=2,
                           linear_num_value_heads=2, tie_word_embeddings=True),
    "qwen3_5-80": config("Qwen3_5TextConfig", head_dim=80, num_hidden_layers=3, linear_key_head_dim=48,
                         linear_value_head_dim=80, linear_num_key_heads=3, linear_num_value_heads=6,
                         linear_conv_kernel_dim=3, layer_types=["linear_attention", "full_attention", "linear_attention"],
                         **rope("default", 5000.0, partial_rotary_factor=0.4)),
}


def draw_weights(model, generator):
    """Weights of about the size that trained ones have, so that no part of the model is lost in another."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("bias"):
            value = 0.2 * noise
        elif parameter.dim() == 1:  # a norm's
            value = parameter.detach() + 0.2 * noise
        elif "embed" in name:
            value = noise
        else:
            value = noise * parameter.shape[-1] ** -0.5
        parameter.data.copy_(value)
    for name, buffer in model.named_buffers():
        if name.endswith("layer_scalar"):
            buffer.copy_(0.6 + 0.8 * torch.rand(buffer.shape, generator=generator))


def logits_of(model, tokens):
    with torch.no_grad():
        return model(torch.tensor([tokens], dtype=torch.long), use_cache=False).logits[0].float()


def unit_logits(model, tokens):
    """Scales the head so that logits have a standard deviation of 1."""
    spread = logits_of(model, tokens).std().item()
    model.get_output_embeddings().weight.data /= spread


def write_tokenizer(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=N_VOCAB, special_tokens=["<pad>", "<s>", "</s>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train([str(path) for path in TEXTS], trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>",
        "add_bos_token": False}))


def spell_as_published(path):
    """The sizes that differ between layers, as the models' own configurations have them."""
    whole = json.loads(path.read_text())
    text = whole["text_config"]
    wide = next(iter(text.pop("per_layer_config").values()))
    text |= {"global_head_dim": wide["head_dim"], "num_global_key_value_heads": wide["num_key_value_heads"]}
    path.write_text(json.dumps(whole))


MARKS = ["<|turn>", "<turn|>", "<|channel>", "<channel|>", "<|think|>", "<|tool_call>", "<tool_call|>"]
SAMPLES = ["The quick brown fox jumps over the lazy dog.", "  two  spaces\n\n\nand lines\n", "naïve café, 12345 €", "日本語 \U0001F600",
           "▁", "a", " ", "It's <b>bold</b>, isn't it?", "def f(x):\n    return x ** 2  # a comment\n"]
TEMPLATE = """{{ bos_token }}{% for message in messages %}<|turn>{{ 'model' if message.role == 'assistant' else message.role }}
{{ message.content.split('<channel|>')[-1] | trim }}<turn|>
{% endfor %}{% if add_generation_prompt %}<|turn>model
{% endif %}"""


def write_ranked_tokenizer(folder, n_vocab):
    """Characters with bytes to fall back on, merged in the order of a list; what `tokenizers` makes of some texts."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    ends = ["<pad>", "<eos>", "<bos>", "<unk>"]
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer.train([str(path) for path in TEXTS], trainers.BpeTrainer(
        vocab_size=n_vocab - 7, special_tokens=ends + MARKS + byte_tokens, limit_alphabet=100))
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    whole = json.loads(tokenizer.to_str())
    whole["added_tokens"] = [token for token in whole["added_tokens"] if token["content"] not in byte_tokens]
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
        "unk_token": "<unk>"}))
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    (folder / "samples.json").write_text(json.dumps([[text, tokenizer.encode(text).ids] for text in SAMPLES]))


def write_family(name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(sum(name.encode()))
    settings = FAMILIES[name]()
    settings._attn_implementation = "eager"
    kind = transformers.AutoModelForImageTextToText if name == "mistral3" else transformers.AutoModelForCausalLM
    model = kind.from_config(settings).float().eval()
    draw_weights(model, generator)
    tokens = torch.randint(3, settings.get_text_config().vocab_size, (max(LENGTHS),), generator=generator).tolist()
    if not settings.get_text_config().tie_word_embeddings:
        unit_logits(model, tokens[:64])
    model.save_pretrained(folder)
    if name == "gemma4-whole":
        spell_as_published(folder / "config.json")
        write_ranked_tokenizer(folder, settings.get_text_config().vocab_size)
    else:
        write_tokenizer(folder)
    for n in LENGTHS:
        np.array(tokens[:n], dtype=np.int32).tofile(folder / f"prompt-{n}.i32")
        logits_of(model, tokens[:n]).numpy().tofile(folder / f"logits-{n}.f32")
    text = tokens[:64]
    for _ in range(N_GREEDY):
        text.append(int(logits_of(model, text)[-1].argmax()))
    np.array(text[64:], dtype=np.int32).tofile(folder / "greedy.i32")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    options = parser.parse_args()
    for name in options.families or FAMILIES:
        write_family(name, options.out / name)


if __name__ == "__main__":
    main()
