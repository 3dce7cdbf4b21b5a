"""published_fuzz_corpus.py FOLDER: writes the seeds of the fuzz targets that read published models, into
FOLDER/safetensors and FOLDER/published_tokenizer: small files by the `tokenizers` and `sentencepiece` packages and by
the safetensors specification, and some with one thing wrong. The seeds in tests/fuzz/corpus were made by it."""
import base64
import io
import json
import pathlib
import struct
import sys

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

root = pathlib.Path(sys.argv[1])
weights, tokenizers = root / "safetensors", root / "published_tokenizer"
for folder in (weights, tokenizers):
    folder.mkdir(parents=True, exist_ok=True)


def save(name, header, n_data, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    (weights / name).write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + bytes(n_data))


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


save("two", {"__metadata__": {"format": "pt"}, "a": entry("F32", [2, 1], 0, 8), "b": entry("BF16", [3], 8, 14)}, 14)
save("scalar", {"a": entry("F64", [], 0, 8), "none": entry("I8", [0, 3], 8, 8)}, 8)
save("empty", {}, 0)
save("padded", b"{}      ", 0)
save("overlap", {"a": entry("F16", [2], 0, 4), "b": entry("F16", [2], 2, 6)}, 6)
save("gap", {"a": entry("F16", [1], 0, 2), "b": entry("F16", [1], 4, 6)}, 6)
save("vast", {"a": entry("U8", [2**63, 2], 0, 4)}, 4)
save("length", {}, 0, length=2**40)
save("nested", b'{"a":' + b"[" * 70 + b"]" * 70 + b"}", 0)
save("twice", b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{}}', 1)

vocab = {"a": 0, "b": 1, "ab": 2, "\u0120": 3, "\u0120a": 4}
byte_level = Tokenizer(models.BPE(vocab, [("a", "b"), ("\u0120", "a")]))
byte_level.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                    pre_tokenizers.ByteLevel(add_prefix_space=False)])
byte_level.decoder = decoders.ByteLevel()
byte_level.add_special_tokens(["<|x|>"])
byte_level.add_tokens(["<y>"])
byte_level.post_processor = processors.TemplateProcessing(single="<|x|> $A", special_tokens=[("<|x|>", 5)])
(tokenizers / "byte_level").write_text(byte_level.to_str())
vocab = {"<unk>": 0, "<0x00>": 1, "\u2581": 2, "a": 3, "b": 4, "ab": 5, "\u2581a": 6}
characters = Tokenizer(models.BPE(vocab, [("a", "b"), ("\u2581", "a")], unk_token="<unk>", byte_fallback=True))
characters.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
characters.add_special_tokens(["<unk>"])
(tokenizers / "characters").write_text(characters.to_str())
vocab = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "##b": 4, "1": 5}
words = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
words.normalizer = normalizers.BertNormalizer(strip_accents=False)
words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
words.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
words.add_special_tokens(["[UNK]", "[CLS]", "[SEP]"])
(tokenizers / "wordpiece").write_text(words.to_str())
tekken = {"config": {"default_vocab_size": 9, "default_num_special_tokens": 3, "pattern":
                     r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
                     r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}"
                     r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"},
          "vocab": [{"rank": i, "token_bytes": base64.b64encode(b).decode()} for i, b in
                    enumerate([b"a", b"b", b" ", b"ab", b" a", b" ab"])],
          "special_tokens": [{"rank": 0, "token_str": "<unk>", "is_control": True}, {"rank": 1, "token_str": "<s>"}]}
(tokenizers / "tekken").write_text(json.dumps(tekken))
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(["ab ab ba a b", "a b ab"]), model_writer=model, vocab_size=12, model_type="bpe",
    normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2, hard_vocab_limit=False)
(tokenizers / "sentencepiece").write_bytes(model.getvalue())
(tokenizers / "cut").write_bytes(model.getvalue()[:60])
