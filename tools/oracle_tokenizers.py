#!/usr/bin/env python3
"""What Hugging Face `tokenizers` makes of difficult strings: oracle_tokenizers.py FOLDER COUNT CASE…

Writes FOLDER/CASE.bin for each case: a vocabulary, then COUNT strings with the ids (and, for pre-tokenizers, the ends
of the words) that are expected. tests/text/oracle.h reads it. Cases: a pre-tokenizer's name (with a small vocabulary
trained here), or smollm2 and gemma3 (the vocabularies of the real files), llama2 (a SentencePiece model trained here),
bert, bert-cased.
"""
import io
import json
import multiprocessing
import os
import pathlib
import random
import struct
import sys

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.pre_tokenizers import ByteLevel

import oracle_pretokenizers as published
from oracle_strings import WORDS, strings

NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = range(1, 7)
CONTROL_NAMES = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|im_start|>x"]
USER_NAMES = ["<think>", "</think>", "\n\n\n\n", "<|im"]
SPACE = "\u2581"


class Case:
    """A vocabulary as a GGUF file gives it, and the two tokenizers: with control tokens, and without."""

    def __init__(self, model, pre, tokens, kinds, scores=(), merges=(), **fields):
        self.model, self.pre, self.tokens, self.kinds = model, pre, tokens, kinds
        self.scores, self.merges = scores, merges
        self.unk, self.space_prefix = fields.get("unk", -1), fields.get("space_prefix", False)
        self.spelt = fields.get("spelt", tokens)  # as the tokenizer spells the added tokens
        self.words = fields.get("words")          # pre-tokenizer whose cuts are compared, or None

    def add_tokens(self, make):
        pairs = []
        for trusted in (False, True):
            tokenizer = make()
            control = [self.spelt[i] for i, k in enumerate(self.kinds) if k in (CONTROL, UNKNOWN)]
            user = [self.spelt[i] for i, k in enumerate(self.kinds) if k == USER]
            if trusted:
                tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in control])
            tokenizer.add_tokens([AddedToken(t, normalized=False) for t in user])
            pairs.append(tokenizer)
        self.tokenizers = pairs
        return self

    def spellings(self):
        rng = random.Random(5)
        added = [t for t, k in zip(self.spelt, self.kinds) if k in (CONTROL, USER)]
        named = [t for t in added if not t.startswith("<unused")] + added[-3:]
        decoded = [self.tokenizers[1].decode([rng.randrange(len(self.tokens))]) for _ in range(400)]
        return named * (1 + 200 // max(len(named), 1)) + decoded + ["<0x0A>", "<0x41>", SPACE, SPACE * 2, SPACE + " "]


def byte_level(case, pre, model, composes=False):
    def make():
        tokenizer = Tokenizer(model())
        if composes:
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = published.pre_tokenizer(pre)
        tokenizer.decoder = decoders.ByteLevel()
        return tokenizer
    case.words = published.pre_tokenizer(pre, cuts_only=True)
    return case.add_tokens(make)


def trained_bpe(pre, folder):
    """A vocabulary that merges across words wherever it may, so that a wrong cut shows. Trained once a folder."""
    kept = folder / "trained.json"
    if not kept.exists():
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=False)
        trainer = trainers.BpeTrainer(vocab_size=4000, show_progress=False, initial_alphabet=sorted(ByteLevel.alphabet()))
        tokenizer.train_from_iterator((s.decode("utf-8", "replace") for s in strings(7, 6000, None)), trainer)
        scratch = kept.with_name(f"{kept.name}.{os.getpid()}")
        scratch.write_text(tokenizer.to_str())
        os.replace(scratch, kept)
    model = json.loads(kept.read_text())["model"]
    tokens = [t for t, _ in sorted(model["vocab"].items(), key=lambda item: item[1])]
    spell = ByteLevel(add_prefix_space=False, use_regex=False)
    whole = {spell.pre_tokenize_str(" " + w)[0][0] for w in WORDS} - set(tokens)
    tokens += sorted(whole) + CONTROL_NAMES + USER_NAMES
    kinds = [NORMAL] * (len(tokens) - len(CONTROL_NAMES) - len(USER_NAMES)) + [CONTROL] * len(CONTROL_NAMES) + [USER] * len(USER_NAMES)
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    vocab = {t: i for i, t in enumerate(tokens)}
    case = Case("gpt2", pre, tokens, kinds, merges=[" ".join(m) for m in merges])
    return byte_level(case, pre, lambda: models.BPE(vocab=vocab, merges=merges, ignore_merges=pre in published.WHOLE_WORDS),
                      composes=pre in published.COMPOSES)


def gguf_fields(name):
    import gguf
    folder = pathlib.Path(os.environ.get("SOTTO_TEST_DATA") or pathlib.Path.home() / ".cache/sotto-test")
    fields = gguf.GGUFReader(folder / name).fields
    def contents(key):
        field = fields.get("tokenizer.ggml." + key)
        return None if field is None else field.contents()
    return contents


def smollm2(_folder):
    get = gguf_fields("SmolLM2-135M-Instruct.Q4_1.gguf")
    tokens, merges = get("tokens"), get("merges")
    vocab = {t: i for i, t in enumerate(tokens)}
    case = Case("gpt2", get("pre"), tokens, get("token_type"), merges=merges)
    return byte_level(case, "smollm", lambda: models.BPE(vocab=vocab, merges=[tuple(m.split(" ")) for m in merges]))


def merges_by_score(vocab, scores):
    """The merges that Hugging Face's conversion of a SentencePiece model writes: every way to cut a piece in two known
    ones, by score, then by the lengths of the left and the right part, greatest first."""
    found = []
    for piece, score in scores.items():
        cuts = [(piece[:i], piece[i:]) for i in range(1, len(piece)) if piece[:i] in vocab and piece[i:] in vocab]
        cuts.sort(key=lambda cut: (vocab[cut[0]], vocab[cut[1]]))
        found += [(score, len(left), len(right), left, right) for left, right in cuts]
    found.sort(key=lambda merge: merge[:3], reverse=True)
    return [merge[3:] for merge in found]


def sentencepiece_bpe(case, prefix):
    vocab = {t: i for i, t in enumerate(case.spelt)}
    # SentencePiece gives 0 to the pieces that it was told to know.
    scores = {t: 0.0 if k != NORMAL else s for t, s, k in zip(case.spelt, case.scores, case.kinds)}
    merges = merges_by_score(vocab, scores)
    steps = [normalizers.Prepend(SPACE)] if prefix else []
    unknown = case.tokens[case.unk]
    def make():
        tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token=unknown, fuse_unk=True, byte_fallback=True))
        tokenizer.normalizer = normalizers.Sequence(steps + [normalizers.Replace(" ", SPACE)])
        tokenizer.decoder = decoders.Sequence([decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()])
        return tokenizer
    return case.add_tokens(make)


def gemma3(_folder):
    get = gguf_fields("gemma-3-270m-Q4_K_M.gguf")
    tokens, kinds = get("tokens"), get("token_type")
    # The converter wrote user-defined runs of U+2581 as spaces; the published tokenizer has them as they are.
    spelt = [t.replace(" ", SPACE) if k == USER and not t.strip(" ") else t for t, k in zip(tokens, kinds)]
    case = Case("llama", "default", tokens, kinds, scores=get("scores"), unk=get("unknown_token_id"), spelt=spelt)
    return sentencepiece_bpe(case, prefix=False)


def llama2(_folder):
    import sentencepiece
    trained = io.BytesIO()
    kept = set("".join(WORDS)) | {chr(c) for c in range(32, 0x400)}
    text = ("".join(c for c in s.decode("utf-8", "replace") if c in kept) for s in strings(9, 9000, None, first=3000))
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=text, model_writer=trained, vocab_size=4000, model_type="bpe", byte_fallback=True,
        character_coverage=1.0, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True,
        num_threads=1, user_defined_symbols=["<think>", SPACE * 2, SPACE * 3], minloglevel=2)
    model = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    ids = range(model.get_piece_size())
    tokens, scores = [model.id_to_piece(i) for i in ids], [model.get_score(i) for i in ids]
    def kind(i):
        special = {0: UNKNOWN, 1: CONTROL, 2: CONTROL}
        return special.get(i) or (BYTE if model.is_byte(i) else USER if tokens[i] in ("<think>", SPACE * 2, SPACE * 3) else NORMAL)
    case = Case("llama", "default", tokens, [kind(i) for i in ids], scores=scores, unk=0, space_prefix=True)
    return sentencepiece_bpe(case, prefix=True)


def bert(_folder, cased=False):
    words = models.WordPiece(unk_token="[UNK]")
    tokenizer = Tokenizer(words)
    def parts(t):
        t.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, lowercase=not cased)
        t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return t
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=3000, limit_alphabet=1200, special_tokens=special, show_progress=False)
    parts(tokenizer).train_from_iterator((s.decode("utf-8", "replace") for s in strings(11, 6000, None)), trainer)
    spelt = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    # GGUF writes the start of a word as U+2581 and the rest of one without a mark.
    def phantom(token):
        return token if token in special else token[2:] if token.startswith("##") else SPACE + token
    kinds = [CONTROL if t in special else NORMAL for t in spelt]
    case = Case("bert", "", [phantom(t) for t in spelt], kinds, unk=1, spelt=spelt)
    vocab = {t: i for i, t in enumerate(spelt)}
    return case.add_tokens(lambda: parts(Tokenizer(models.WordPiece(vocab=vocab, unk_token="[UNK]", max_input_chars_per_word=100))))


CASES = {"smollm2": smollm2, "gemma3": gemma3, "llama2": llama2, "bert": bert, "bert-cased": lambda f: bert(f, cased=True)}


def pack_text(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<I", len(data)) + data


def pack_numbers(numbers):
    return struct.pack("<I", len(numbers)) + np.asarray(numbers, dtype="<i4").tobytes()


def pack_vocab(case):
    texts = [struct.pack("<I", len(t)) + b"".join(map(pack_text, t)) for t in (case.tokens, case.merges)]
    scores = struct.pack("<I", len(case.scores)) + np.asarray(case.scores, dtype="<f4").tobytes()
    return b"".join([pack_text(case.model), pack_text(case.pre), *texts, scores, pack_numbers(case.kinds),
                     pack_numbers([case.unk, case.space_prefix])])


def word_ends(cuts, text):
    ends, at, end = [], 0, 0
    for word, (begin, finish) in cuts.pre_tokenize_str(text):
        assert begin == at, (text, word)
        at, end = finish, end + len(word.encode())
        ends.append(end)
    return ends


def write_case(task):
    name, folder, count = task
    case = CASES[name](folder) if name in CASES else trained_bpe(name, folder)
    rng = random.Random(3)
    texts = list(strings(sum(name.encode()), count, case.spellings()))
    trusted = [rng.random() < 0.5 for _ in texts]
    with open(folder / f"{name}.bin", "wb") as out:
        out.write(pack_vocab(case) + struct.pack("<I", len(texts)))
        for raw, trust in zip(texts, trusted):
            text = raw.decode("utf-8", "replace")
            ids = case.tokenizers[trust].encode(text, add_special_tokens=False).ids
            ends = word_ends(case.words, text) if case.words else []
            out.write(pack_text(raw) + struct.pack("<I", trust) + pack_numbers(ids) + pack_numbers(ends))
    return name


def main():
    folder, count, names = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    folder.mkdir(parents=True, exist_ok=True)
    if any(name not in CASES for name in names):
        trained_bpe("gpt-2", folder)
    # The slowest first.
    names.sort(key=lambda name: name not in CASES)
    with multiprocessing.Pool(2) as pool:
        for _ in pool.imap_unordered(write_case, [(name, folder, count) for name in names]):
            pass


if __name__ == "__main__":
    main()
