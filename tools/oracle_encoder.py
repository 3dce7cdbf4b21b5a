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
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = sorted((pathlib.Path(__file__).resolve().parent.parent / "bench/texts").glob("*.txt"))
N_VOCAB = 611
SPECIAL = ["[PAD]", "[CLS]", "[UNK]", "[SEP]", "[MASK]"]  # not in the order of the usual vocabulary
POOLING = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token", "last": "pooling_mode_lasttoken"}
# Sizes, pooling, whether case matters, whether only vocab.txt is published.
TINY = {
    "mean": ({"hidden_size": 96, "num_attention_heads": 3, "intermediate_size": 160, "num_hidden_layers": 3}, "mean", False, False),
    "cls": ({"hidden_size": 80, "num_attention_heads": 5, "intermediate_size": 336, "num_hidden_layers": 2}, "cls", True, False),
    "last": ({"hidden_size": 128, "num_attention_heads": 2, "intermediate_size": 256, "num_hidden_layers": 4}, "last", False, True),
}


def embed(folder, texts, pooling):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    vectors = []
    with torch.no_grad():
        for text in texts:
            tokens = tokenizer(text, return_tensors="pt", padding=False, truncation=False)
            if tokens["input_ids"].shape[1] > model.config.max_position_embeddings:
                raise SystemExit(f"a text is too long for the model: {text[:60]!r}")
            rows = model(**tokens).last_hidden_state[0].double()
            vector = {"mean": rows.mean(0), "cls": rows[0], "last": rows[-1]}[pooling]
            vectors.append((vector / vector.norm()).float().numpy())
    return np.stack(vectors)


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
    sizes, pooling, cased, as_text = TINY[name]
    folder = out / name
    (folder / "1_Pooling").mkdir(parents=True)
    config = transformers.BertConfig(vocab_size=N_VOCAB, max_position_embeddings=3000, **sizes)
    model = transformers.BertModel(config, add_pooling_layer=name == "cls").float().eval()
    generator = torch.Generator().manual_seed(sum(name.encode()))
    for key, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if key.endswith("bias"):
            value = 0.2 * noise
        elif parameter.dim() == 1:
            value = parameter.detach() + 0.2 * noise
        elif "embeddings" in key:
            value = noise
        else:
            value = 2 * noise * parameter.shape[-1] ** -0.5
        parameter.data.copy_(value)
    model.save_pretrained(folder)
    write_tokenizer(folder, cased, as_text)
    (folder / "modules.json").write_text(json.dumps([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]))
    (folder / "1_Pooling/config.json").write_text(json.dumps({
        "word_embedding_dimension": config.hidden_size, **{key: mode == pooling for mode, key in POOLING.items()}}))


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    embedding = commands.add_parser("embed")
    embedding.add_argument("model")
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
