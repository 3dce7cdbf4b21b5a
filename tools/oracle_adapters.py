#!/usr/bin/env python3
"""Small random models with random LoRA adapters, and what Hugging Face transformers and PEFT compute with them.

    oracle_adapters.py OUT

For each family a folder OUT/FAMILY, a published model as tools/tiny_families.py makes them, and besides: prompt.i32 (token
ids, int32); plain/ and patterns/, two adapters as PEFT saves them; base.f32, plain.f32, patterns.f32 and both.f32, the
logits [n, n_vocab] float32 after each token without, with one and with both adapters.

Needs torch, transformers and peft (tests/requirements-oracle.txt).
"""
import pathlib
import sys

import numpy as np
import peft
import torch
import transformers

import tiny_families

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma3", "phi3", "granite")
N_TOKENS = 40
SEPARATE = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
FUSED = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]


def adapters(fused):
    first, out = ("qkv_proj" if fused else "q_proj"), "o_proj"
    return {
        "plain": peft.LoraConfig(r=5, lora_alpha=8, target_modules=FUSED if fused else SEPARATE),
        "patterns": peft.LoraConfig(r=4, lora_alpha=3, use_rslora=True, target_modules=[first, out, "down_proj"],
                                    rank_pattern={first: 7}, alpha_pattern={"layers.1.self_attn.o_proj": 11}),
    }


def draw(model, name, generator):
    """LoRA begins with B = 0, which would change nothing."""
    for key, parameter in model.named_parameters():
        if f".{name}." not in key:
            continue
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data.copy_(noise * (parameter.shape[1] ** -0.5 if "lora_A" in key else 0.15))


def write(family, folder):
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(sum(family.encode()))
    settings = tiny_families.FAMILIES[family]()
    settings._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(settings).float().eval()
    tiny_families.draw_weights(model, generator)
    tokens = torch.randint(3, tiny_families.N_VOCAB, (N_TOKENS,), generator=generator).tolist()
    if not settings.tie_word_embeddings:
        tiny_families.unit_logits(model, tokens)
    model.save_pretrained(folder)
    tiny_families.write_tokenizer(folder)
    np.array(tokens, dtype=np.int32).tofile(folder / "prompt.i32")

    def keep(name):
        tiny_families.logits_of(changed if name != "base" else model, tokens).numpy().tofile(folder / f"{name}.f32")

    keep("base")
    configs = adapters(family == "phi3")
    changed = peft.get_peft_model(model, configs["plain"], adapter_name="plain")
    changed.add_adapter("patterns", configs["patterns"])
    for name in configs:
        draw(changed, name, generator)
    changed.eval()
    for name in configs:
        changed.base_model.set_adapter([name])
        keep(name)
    changed.base_model.set_adapter(list(configs))
    keep("both")
    changed.save_pretrained(folder)  # each adapter into a folder of its name


def main():
    out = pathlib.Path(sys.argv[1])
    for family in FAMILIES:
        write(family, out / family)


if __name__ == "__main__":
    main()
