#!/usr/bin/env python3
"""Sums of squares of what enters each matrix of a published model, by forward hooks on Hugging Face transformers.

    oracle_imatrix.py FOLDER IDS OUT

IDS: int32 token ids, one sequence. OUT: a .npz with an array [n_parts, cols] float64 for each tensor, by the name it has in a
GGUF file, and NAME:counts [n_parts] beside it. Needs torch and transformers (tests/requirements-oracle.txt)."""
import sys

import numpy as np
import torch
import transformers

ROLES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
         "mlp.down_proj": "ffn_down", "mlp.gate": "ffn_gate_inp", "self_attn.out_proj": "attn_output",
         "feed_forward.w1": "ffn_gate", "feed_forward.w3": "ffn_up", "feed_forward.w2": "ffn_down",
         "conv.in_proj": "shortconv.in_proj", "conv.out_proj": "shortconv.out_proj", "linear_attn.in_proj_qkv": "attn_qkv",
         "linear_attn.in_proj_z": "attn_gate", "linear_attn.in_proj_a": "ssm_alpha", "linear_attn.in_proj_b": "ssm_beta",
         "linear_attn.out_proj": "ssm_out"}
sums = {}


def add(name, rows, part=0, n_parts=1):
    rows = rows.detach().reshape(-1, rows.shape[-1]).double()
    total = sums.setdefault(name, np.zeros((n_parts, rows.shape[1])))
    counts = sums.setdefault(name + ":counts", np.zeros(n_parts))
    total[part] += rows.pow(2).sum(0).numpy()
    counts[part] += len(rows)


def watch_matrix(module, name):
    module.register_forward_pre_hook(lambda _, inputs: add(name, inputs[0]))


def watch_delta_rule_output(module, name, config):
    """Published, the heads of values stand by the key head that they share; in GGUF files those of equal number do."""
    n_groups, width = config.linear_num_key_heads, config.linear_value_head_dim

    def look(_, inputs):
        rows = inputs[0].reshape(-1, n_groups, config.linear_num_value_heads // n_groups, width)
        add(name, rows.transpose(1, 2).reshape(len(rows), -1))

    module.register_forward_pre_hook(look)


def watch_experts(module, prefix):
    """What each expert's tokens are, and what goes into its last matrix, from the definition of the block."""
    def look(_, inputs):
        states, taken = inputs[0], inputs[1]
        for expert in range(module.num_experts):
            rows = states[(taken == expert).any(-1)]
            gate, up = torch.nn.functional.linear(rows, module.gate_up_proj[expert]).chunk(2, dim=-1)
            for role, values in (("gate", rows), ("up", rows), ("down", module.act_fn(gate) * up)):
                add(f"{prefix}.ffn_{role}_exps.weight", values, expert, module.num_experts)

    module.register_forward_pre_hook(look)


def main():
    folder, ids, out = sys.argv[1:]
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tied = model.config.tie_word_embeddings
    for name, module in model.named_modules():
        parts = name.split(".")
        if name == "lm_head":
            watch_matrix(module, "token_embd.weight" if tied else "output.weight")
        elif parts[:2] == ["model", "layers"] and len(parts) > 3:
            role, prefix = ".".join(parts[3:]), f"blk.{parts[2]}"
            if role == "linear_attn.out_proj":
                watch_delta_rule_output(module, f"{prefix}.{ROLES[role]}.weight", model.config)
            elif role in ROLES:
                watch_matrix(module, f"{prefix}.{ROLES[role]}.weight")
            elif role == "mlp.experts":
                watch_experts(module, prefix)
    with torch.no_grad():
        model(torch.from_numpy(np.fromfile(ids, dtype=np.int32).astype(np.int64))[None], use_cache=False)
    np.savez(out, **sums)


if __name__ == "__main__":
    main()
