#!/usr/bin/env python3
"""What Hugging Face transformers makes of texts with an encoder, in float32.

    oracle_encoder.py embed MODEL_FOLDER TEXTS.json VECTORS.f32 [--pooling mean|cls|last]
    oracle_encoder.py tiny OUT

embed: TEXTS.json is a list of texts; VECTORS.f32 gets a vector for each, [n_texts, n_dims] float32, row-major, of length 1.
Each text goes through the model alone, so that no padding takes part.
tiny: small random models as they are published, OUT/NAME: awkward sizes, weights of which every part matters.
Needs torch and transformers (tests/requirements-oracle.txt).
"""
import argparse
import json
import pathlib

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = sorted((pathlib.Path(__file__).resolve().parent.parent / "bench/texts").glob("*.txt"))
N_VOCAB = 611
SPECIAL = ["[PAD]", "[CLS]", "[UNK]", "[SEP]", "[MASK]"]  # not in the order of the usual vocabulary
POOLING = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token", "last": "pooling_mode_lasttoken"}


def bert(**sizes):
    return transformers.BertConfig(vocab_size=N_VOCAB, max_position_embeddings=3000, **sizes)


# Configuration, pooling, kind of tokenizer, widths of the matrices behind the pooling.
TINY = {
    "mean": (bert(hidden_size=96, num_attention_heads=3, intermediate_size=160, num_hidden_layers=3), "mean", "uncased", []),
    "cls": (bert(hidden_size=80, num_attention_heads=5, intermediate_size=336, num_hidden_layers=2), "cls", "cased", []),
    "last": (bert(hidden_size=128, num_attention_heads=2, intermediate_size=256, num_hidden_layers=4), "last", "text", []),
    "nomic": (transformers.NomicBertConfig(
        vocab_size=N_VOCAB + 5, hidden_size=96, num_attention_heads=3, intermediate_size=208, num_hidden_layers=3,
        max_position_embeddings=3000), "mean", "uncased", []),
    "gemma": (transformers.Gemma3TextConfig(
        vocab_size=N_VOCAB, hidden_size=96, num_attention_heads=6, num_key_value_heads=2, head_dim=48, intermediate_size=160,
        num_hidden_layers=7, max_position_embeddings=3000, sliding_window=40, query_pre_attn_scalar=48,
        use_bidirectional_attention=True, bos_token_id=1, eos_token_id=2, pad_token_id=0), "mean", "bytes", [176, 80]),
}


def dense_of(folder):
    """The matrices behind the pooling, in order."""
    modules = json.loads((folder / "modules.json").read_text())
    names = [module["path"] for module in modules if module["type"].endswith("Dense")]
    return [load_file(folder / name / "model.safetensors")["linear.weight"].double() for name in names]


def embed(folder, texts, pooling):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    dense = dense_of(folder)
    vectors = []
    with torch.no_grad():
        for text in texts:
            tokens = tokenizer(text, return_tensors="pt", padding=False, truncation=False)
            if tokens["input_ids"].shape[1] > model.config.max_position_embeddings:
                raise SystemExit(f"a text is too long for the model: {text[:60]!r}")
            rows = model(**tokens).last_hidden_state[0].double()
            vector = {"mean": rows.mean(0), "cls": rows[0], "last": rows[-1]}[pooling]
            for matrix in dense:
                vector = matrix @ vector
            vectors.append((vector / vector.norm()).float().numpy())
    return np.stack(vectors)


def write_byte_tokenizer(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train([str(path) for path in TEXTS], trainers.BpeTrainer(
        vocab_size=N_VOCAB, special_tokens=["<pad>", "<bos>", "<eos>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A <eos>", special_tokens=[("<bos>", 1), ("<eos>", 2)])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"}))


def write_tokenizer(folder, cased, as_text):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=not cased)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train([str(path) for path in TEXTS], trainers.WordPieceTrainer(vocab_size=N_VOCAB, special_tokens=SPECIAL))
    ids = {name: tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]")}
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=list(ids.items()))
    if as_text:
        vocab = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
        (folder / "vocab.txt").write_text("".join(token + "\n" for token, _ in vocab))
    else:
        tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "BertTokenizer", "do_lower_case": not cased, "cls_token": "[CLS]", "sep_token": "[SEP]",
        "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}))


def write_tiny(out, name):
    config, pooling, kind, dense = TINY[name]
    folder = out / name
    (folder / "1_Pooling").mkdir(parents=True)
    more = {"add_pooling_layer": name == "cls"} if config.model_type == "bert" else {}
    model = transformers.AutoModel.from_config(config, **more).float().eval()
    generator = torch.Generator().manual_seed(sum(name.encode()))
    for key, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if key.endswith("bias"):
            value = 0.2 * noise
        elif parameter.dim() == 1:
            value = parameter.detach() + 0.2 * noise
        elif "embed" in key:
            value = noise
        else:
            value = 2 * noise * parameter.shape[-1] ** -0.5
        parameter.data.copy_(value)
    model.save_pretrained(folder)
    if kind == "bytes":
        write_byte_tokenizer(folder)
    else:
        write_tokenizer(folder, cased=kind == "cased", as_text=kind == "text")
    paths = ["", "1_Pooling", *(f"{i + 2}_Dense" for i in range(len(dense))), f"{len(dense) + 2}_Normalize"]
    (folder / "modules.json").write_text(json.dumps([
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{path[2:] or 'Transformer'}"}
        for i, path in enumerate(paths)]))
    for path, before, width in zip(paths[2:], [config.hidden_size, *dense], dense):
        (folder / path).mkdir()
        (folder / path / "config.json").write_text(json.dumps({
            "in_features": before, "out_features": width, "bias": False,
            "activation_function": "torch.nn.modules.linear.Identity"}))
        save_file({"linear.weight": torch.randn(width, before, generator=generator)}, folder / path / "model.safetensors")
    (folder / "1_Pooling/config.json").write_text(json.dumps({
        "word_embedding_dimension": config.hidden_size, **{key: mode == pooling for mode, key in POOLING.items()}}))


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    embedding = commands.add_parser("embed")
    embedding.add_argument("model", type=pathlib.Path)
    embedding.add_argument("texts", type=pathlib.Path)
    embedding.add_argument("vectors", type=pathlib.Path)
    embedding.add_argument("--pooling", choices=POOLING, default="mean")
    tiny = commands.add_parser("tiny")
    tiny.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    torch.manual_seed(0)
    if options.command == "tiny":
        for name in TINY:
            write_tiny(options.out, name)
    else:
        embed(options.model, json.loads(options.texts.read_text()), options.pooling).tofile(options.vectors)


if __name__ == "__main__":
    main()
