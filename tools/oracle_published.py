"""oracle_published.py PROGRAM [--peer PYTHON] [FAMILY...]: tiny random models of every family that `sotto import` knows, saved by transformers,
imported by PROGRAM, and read back from the GGUF file by transformers where it can (its reader shares no code with
sotto): the logits of both must be the same. With --peer, a Python that has llama-cpp-python, llama.cpp reads the file too
and its logits are compared; it rounds activations, so that they are close and not equal. Needs torch, transformers,
accelerate, gguf, tokenizers; run by hand.
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
import torch
import transformers
from gguf import GGUFReader
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--peer")
parser.add_argument("families", nargs="*")
OPTIONS = parser.parse_intermixed_args()
PEER = """
import sys
import llama_cpp, numpy
model = llama_cpp.Llama(model_path=sys.argv[1], n_ctx=128, n_threads=1, logits_all=True, verbose=False)
model.eval([int(i) for i in sys.argv[3].split(",")])
numpy.save(sys.argv[2], numpy.array(model.scores[:model.n_tokens]))
"""
transformers.utils.logging.disable_progress_bar()
transformers.logging.set_verbosity_error()
SIZES = dict(vocab_size=320, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, rope_theta=500000.0,
              original_max_position_embeddings=64)
FAMILIES = {
    "llama": ("Llama", {}),
    "llama3": ("Llama", dict(rope_parameters=LLAMA3, head_dim=32)),
    "llama-biased": ("Llama", dict(attention_bias=True, mlp_bias=True)),
    "llama-linear": ("Llama", dict(rope_parameters=dict(rope_type="linear", factor=4.0, rope_theta=10000.0))),
    "llama-tied": ("Llama", dict(tie_word_embeddings=True)),
    "mistral": ("Mistral", dict(sliding_window=8)),
    "qwen2": ("Qwen2", {}),
    "qwen3": ("Qwen3", dict(head_dim=128)),  # what its reader takes for granted
    "qwen3_moe": ("Qwen3Moe", dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=768, head_dim=16,
                                   norm_topk_prob=True)),
    "gemma2": ("Gemma2", dict(head_dim=32, query_pre_attn_scalar=32, sliding_window=8, num_hidden_layers=4)),
    "gemma3_text": ("Gemma3", dict(head_dim=32, query_pre_attn_scalar=32, sliding_window=8, num_hidden_layers=7)),
    "phi3": ("Phi3", dict(original_max_position_embeddings=256)),
    "phi3-long": ("Phi3", dict(max_position_embeddings=1024, original_max_position_embeddings=512, rope_parameters=dict(
        rope_type="longrope", rope_theta=10000.0, short_factor=[1.0 + i / 8 for i in range(8)],
        long_factor=[1.0 + i for i in range(8)], original_max_position_embeddings=512))),
    "yarn": ("Qwen2", dict(rope_parameters=dict(rope_type="yarn", factor=4.0, rope_theta=10000.0,
                                                original_max_position_embeddings=64))),
    "gemma3-linear": ("Gemma3", dict(head_dim=32, query_pre_attn_scalar=32, sliding_window=8, num_hidden_layers=7,
                                     rope_parameters=dict(full_attention=dict(rope_type="linear", factor=8.0,
                                                                              rope_theta=1e6),
                                                          sliding_attention=dict(rope_type="default", rope_theta=1e4)))),
    "smollm3": ("SmolLM3", dict(num_hidden_layers=5)),
    "olmo2": ("Olmo2", {}),
    "granite": ("Granite", dict(embedding_multiplier=12.0, residual_multiplier=0.22, attention_multiplier=0.25,
                                logits_scaling=8.0)),
    "stablelm": ("StableLm", dict(use_qkv_bias=True, partial_rotary_factor=0.25)),
    "stablelm-heads": ("StableLm", dict(qk_layernorm=True, use_parallel_residual=True)),
}


def save_tokenizer(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<pad>", "<s>", "</s>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(["the quick brown fox jumps over the lazy dog"] * 9, trainer)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>",
                                         pad_token="<pad>").save_pretrained(folder)


def make(family, folder):
    name, changes = FAMILIES[family]
    config_class = getattr(transformers, name + ("TextConfig" if name == "Gemma3" else "Config"))
    torch.manual_seed(1)
    model = getattr(transformers, name + "ForCausalLM")(config_class(**{**SIZES, **changes})).eval()
    for parameter in model.parameters():  # norms and biases begin as ones and zeros, which would hide mistakes
        torch.nn.init.normal_(parameter, 0.0 if parameter.ndim > 1 else 0.3, 0.2)
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return model


def logits(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].double().numpy()


def peer_says(out, model, ids):
    if not OPTIONS.peer:
        return ""
    scores = out.with_suffix(".npy")
    done = subprocess.run([OPTIONS.peer, "-c", PEER, out, scores, ",".join(map(str, ids))], capture_output=True, text=True)
    if done.returncode != 0:
        return f"the peer FAILED: {done.stderr.strip()[-300:]}; "
    theirs = logits(model, ids)
    return f"the peer's differ by {np.abs(np.load(scores) - theirs).max():.1e} of {np.abs(theirs).max():.1f}; "


def check(family, folder):
    model = make(family, folder)
    out = folder / "out.gguf"
    done = subprocess.run([OPTIONS.program, "import", folder, "-o", out], capture_output=True, text=True)
    if done.returncode != 0:
        return f"FAILED: {done.stderr.strip()}"
    reader = GGUFReader(out)
    ids = list(range(3, 40)) + [7] * 20
    note = f"{peer_says(out, model, ids)}{len(reader.tensors)} tensors; {done.stderr.strip()[:300]}"
    try:
        again = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file="out.gguf", dtype=torch.float32).eval()
    except Exception as error:  # a family that its reader lacks
        return f"not read back ({str(error)[:120]}); {note}"
    # Its reader leaves some of the configuration at its class's defaults: the weights are judged under the right one.
    missing = again.state_dict().keys() ^ model.state_dict().keys()
    before, after = model.config.to_dict(), again.config.to_dict()
    odd = sorted(name for name in before if before[name] != after.get(name) and name in (
        "sliding_window", "rope_parameters", "head_dim", "query_pre_attn_scalar", "rms_norm_eps", "num_key_value_heads",
        "attn_logit_softcapping", "final_logit_softcapping", "layer_types", "intermediate_size", "tie_word_embeddings"))
    as_read = np.abs(logits(again, ids) - logits(model, ids)).max()
    fresh = type(model)(model.config).eval()
    fresh.load_state_dict(again.state_dict(), strict=False)
    difference = np.abs(logits(fresh, ids) - logits(model, ids)).max()
    return f"logits differ by {difference:.1e} (as it reads the keys: {as_read:.1e}; read otherwise: {odd}); {f'{len(missing)} tensors it does not read; ' if missing else ''}{note}"


for family in OPTIONS.families or FAMILIES:
    with tempfile.TemporaryDirectory() as folder:
        print(f"{family}: {check(family, pathlib.Path(folder))}", flush=True)
