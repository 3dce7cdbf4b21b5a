#!/usr/bin/env python3
"""`sotto import` of folders: what it writes is read with the `gguf` package and held to numpy, `tokenizers` and
`sentencepiece`. Needs tests/requirements.txt."""
import base64
import io
import json
import math
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import numpy as np
import sentencepiece
import gguf
from gguf import GGUFReader
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

import folders

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import PROGRAM, Case  # noqa: E402

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")


def values_of(tensor):
    if tensor.tensor_type.name == "BF16":
        return folders.from_bf16(tensor.data.view(np.uint16)).reshape(tensor.shape[::-1])
    return np.asarray(tensor.data, dtype=np.float32).reshape(tensor.shape[::-1])


def vocabularies_of_bytes():
    """Tokens in the order in which they merge: all bytes, then those of a byte-level tokenizer that was trained on TEXT."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(folders.TEXT, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet,
                                                                    show_progress=False))
    letters = folders.letters_of_bytes()
    learnt = sorted((i, t) for t, i in tokenizer.get_vocab().items() if len(t) > 1)
    return [bytes([b]) for b in range(256)] + [bytes(letters[c] for c in token) for _, token in learnt]


TEKKEN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
          r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def write_tekken(folder, ranks, n_special, special):
    """Mistral's tokenizer file; gives the function that cuts a text as tiktoken describes it: of the neighbours that
    together are a token, those of the lowest rank merge, until there are none."""
    tekken = {"config": {"pattern": TEKKEN, "num_vocab_tokens": len(ranks), "default_vocab_size": n_special + len(ranks),
                         "default_num_special_tokens": n_special, "version": "v7"},
              "vocab": [{"rank": i, "token_bytes": base64.b64encode(b).decode(), "token_str": None} for i, b in enumerate(ranks)]}
    if special is not None:
        tekken["special_tokens"] = special
    (folder / "tekken.json").write_text(json.dumps(tekken))
    (folder / "tokenizer_config.json").unlink(missing_ok=True)
    split, rank_of = pre_tokenizers.Split(Regex(TEKKEN), behavior="isolated"), {b: i for i, b in enumerate(ranks)}

    def cut(text):
        ids = []
        for word, _ in split.pre_tokenize_str(text):
            parts = [bytes([b]) for b in word.encode()]
            while word.encode() not in rank_of or len(parts) > 1:
                joined = [(rank_of.get(a + b, math.inf), i) for i, (a, b) in enumerate(zip(parts, parts[1:]))]
                if word.encode() in rank_of:
                    parts = [word.encode()]
                elif min(joined, default=(math.inf,))[0] < math.inf:
                    i = min(joined)[1]
                    parts[i:i + 2] = [parts[i] + parts[i + 1]]
                else:
                    break
            ids += [n_special + rank_of[part] for part in parts]
        return ids

    return cut


class Folder(Case):
    def setUp(self):
        super().setUp()
        self.folder = self.home.path / "Tiny-Model"
        self.folder.mkdir()
        self.out = self.home.path / "out.gguf"

    def convert(self, *flags):
        done = self.home.run("import", self.folder, "-o", self.out, "--force", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        reader = GGUFReader(self.out)
        return reader, {tensor.name: tensor for tensor in reader.tensors}, done

    def key(self, reader, name):
        field = reader.get_field(name)
        self.assertIsNotNone(field, name)
        return field.contents()

    def refused(self, *parts, code=None):
        done = self.home.run("import", self.folder, "-o", self.out)
        self.assertNotEqual(done.returncode, 0)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual([path.name for path in self.home.path.iterdir() if "gguf" in path.name], [])

    def config(self, **changes):
        path = self.folder / "config.json"
        config = json.loads(path.read_text())
        for name, value in changes.items():
            config.pop(name, None)
            if value != "absent":
                config[name] = value
        path.write_text(json.dumps(config))


class Encoders(Folder):
    CONFIG = {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": 120, "hidden_size": 48, "intermediate_size": 80,
              "num_hidden_layers": 2, "num_attention_heads": 3, "max_position_embeddings": 40, "type_vocab_size": 2,
              "hidden_act": "gelu", "layer_norm_eps": 1e-7, "position_embedding_type": "absolute", "pad_token_id": 0}

    def make(self, prefix=""):
        d, f = 48, 80
        shapes = {"embeddings.word_embeddings.weight": (120, d), "embeddings.position_embeddings.weight": (40, d),
                  "embeddings.token_type_embeddings.weight": (2, d), "embeddings.LayerNorm.weight": (d,),
                  "embeddings.LayerNorm.bias": (d,)}
        for layer in range(2):
            p = f"encoder.layer.{layer}."
            for name, rows, cols in (("attention.self.query", d, d), ("attention.self.key", d, d), ("attention.self.value", d, d),
                                     ("attention.output.dense", d, d), ("intermediate.dense", f, d), ("output.dense", d, f)):
                shapes.update({f"{p}{name}.weight": (rows, cols), f"{p}{name}.bias": (rows,)})
            for name in ("attention.output.LayerNorm", "output.LayerNorm"):
                shapes.update({f"{p}{name}.weight": (d,), f"{p}{name}.bias": (d,)})
        random = np.random.default_rng(1)
        tensors = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
        names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, 2)
        expected = {names.get_name(name, try_suffixes=(".weight", ".bias")): values for name, values in tensors.items()}
        tensors["pooler.dense.weight"] = np.zeros((d, d), np.float32)
        tensors["pooler.dense.bias"] = np.zeros(d, np.float32)
        folders.save_safetensors(self.folder / "model.safetensors", {prefix + n: v for n, v in tensors.items()}, "F32")
        (self.folder / "config.json").write_text(json.dumps(self.CONFIG))
        self.tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        self.tokenizer.normalizer = normalizers.BertNormalizer()
        self.tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        self.tokenizer.train_from_iterator(folders.TEXT, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special,
                                                                                  show_progress=False))
        self.tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[(name, self.tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")])
        self.tokenizer.save(str(self.folder / "tokenizer.json"))
        (self.folder / "tokenizer_config.json").write_text(json.dumps({"cls_token": "[CLS]", "sep_token": "[SEP]"}))
        return expected

    def modules(self, *kinds, **pooling):
        (self.folder / "modules.json").write_text(json.dumps(
            [{"idx": i, "name": str(i), "path": f"{i}_{kind}" if i else "", "type": f"sentence_transformers.models.{kind}"}
             for i, kind in enumerate(kinds)]))
        (self.folder / "1_Pooling").mkdir(exist_ok=True)
        (self.folder / "1_Pooling/config.json").write_text(json.dumps({"word_embedding_dimension": 48, **pooling}))

    def test_names_values_and_keys(self):
        for prefix in ("", "bert."):
            expected = self.make(prefix)
            reader, tensors, _ = self.convert("--type", "f16")
            self.assertEqual(set(tensors), set(expected))
            for name, values in expected.items():
                exact = values.ndim == 1 or name in ("position_embd.weight", "token_types.weight")
                self.assertEqual(tensors[name].tensor_type.name, "F32" if exact else "F16", name)
                rounded = values if exact else folders.rounded(values, "F16")
                self.assertTrue(np.array_equal(values_of(tensors[name]), rounded), name)
            keys = {"general.architecture": "bert", "bert.context_length": 40, "bert.embedding_length": 48,
                    "bert.feed_forward_length": 80, "bert.block_count": 2, "bert.attention.head_count": 3,
                    "bert.attention.causal": False, "bert.pooling_type": 1, "tokenizer.ggml.model": "bert",
                    "tokenizer.ggml.token_type_count": 2, "tokenizer.ggml.cls_token_id": 2,
                    "tokenizer.ggml.seperator_token_id": 3, "tokenizer.ggml.unknown_token_id": 1,
                    "tokenizer.ggml.normalizer.lowercase": True, "tokenizer.ggml.add_eos_token": True}
            for key, value in keys.items():
                self.assertEqual(self.key(reader, key), value, key)
            self.assertAlmostEqual(self.key(reader, "bert.attention.layer_norm_epsilon"), 1e-7)
            self.assertIsNone(reader.get_field("bert.rope.freq_base"))

    def test_tokens(self):
        self.make()
        reader, _, _ = self.convert()
        vocab = sorted(self.tokenizer.get_vocab().items(), key=lambda entry: entry[1])
        spelled = [token if i < 5 else token[2:] if token.startswith("##") else "\u2581" + token for token, i in vocab]
        self.assertEqual(self.key(reader, "tokenizer.ggml.tokens")[:len(spelled)], spelled)
        for text in [*folders.SAMPLES, ""]:
            done = self.home.run("tokenize", self.out, "--json", text=text)
            self.assertEqual(json.loads(done.stdout), self.tokenizer.encode(text).ids, text)

    def test_vocabulary_as_text(self):
        self.make()
        expected = self.key(self.convert()[0], "tokenizer.ggml.tokens")
        vocab = sorted(self.tokenizer.get_vocab().items(), key=lambda entry: entry[1])
        (self.folder / "vocab.txt").write_text("".join(token + "\n" for token, _ in vocab))
        (self.folder / "tokenizer.json").unlink()
        reader, _, _ = self.convert()
        self.assertEqual(self.key(reader, "tokenizer.ggml.tokens"), expected)
        self.assertEqual(self.key(reader, "tokenizer.ggml.cls_token_id"), 2)

    def test_pooling(self):
        self.make()
        for switch, number in (("mean_tokens", 1), ("cls_token", 2), ("lasttoken", 3)):
            self.modules("Transformer", "Pooling", "Normalize", **{"pooling_mode_" + switch: True, "pooling_mode_max_tokens": False})
            self.assertEqual(self.key(self.convert()[0], "bert.pooling_type"), number)
        (self.folder / "sentence_bert_config.json").write_text('{"max_seq_length": 20, "do_lower_case": false}')
        self.assertIn("trained with texts of up to 20 tokens; it takes up to 40", self.convert()[2].stderr)

    def test_what_is_refused(self):
        self.make()
        self.modules("Transformer", "Pooling", pooling_mode_max_tokens=True)
        self.refused("pooling_mode_max_tokens", "1_Pooling/config.json")
        self.modules("Transformer", "Pooling", pooling_mode_mean_tokens=True, pooling_mode_cls_token=True)
        self.refused("2 ways of pooling")
        self.modules("Transformer", "Pooling", "Dense", pooling_mode_mean_tokens=True)
        self.refused("sentence_transformers.models.Dense", "modules.json")
        (self.folder / "modules.json").write_text('{"a": 1}')
        self.refused("expected a JSON list")
        (self.folder / "modules.json").unlink()
        for field, value in (("position_embedding_type", "relative_key"), ("hidden_act", "relu"), ("is_decoder", True)):
            self.make()
            self.config(**{field: value})
            self.refused(field)


class Weights(Folder):
    def check(self, tensors, expected, tolerance=0.0):
        self.assertEqual(sorted(set(expected) - set(tensors)), [])
        for name, values in expected.items():
            found = values_of(tensors[name])
            self.assertEqual(found.shape, values.shape, name)
            self.assertLessEqual(np.abs(found - values).max(), tolerance * np.abs(values).max(), name)

    def test_every_family_by_the_packages_names(self):
        for family in folders.MORE:
            with self.subTest(family):
                _, expected = folders.make(self.folder, family)
                folders.byte_level_tokenizer(self.folder)
                reader, tensors, _ = self.convert()
                self.check(tensors, expected, 1e-6 if family == "qwen3_5_text" else 0.0)  # exp may differ by a bit
                made = set(tensors) - set(expected)
                self.assertEqual(made, {"rope_factors_long.weight", "rope_factors_short.weight"} if family == "phi3"
                                 else set())
                self.assertEqual(self.key(reader, "general.architecture"), folders.ARCHITECTURE.get(family, family))
                for name, tensor in tensors.items():
                    exact = len(tensor.shape) == 1 or any(part in name for part in ("norm", "gate_inp", "conv1d", "shortconv.conv"))
                    self.assertEqual(tensor.tensor_type.name, "F32" if exact or name.startswith("rope") else "BF16", name)

    def test_experts_that_are_stored_as_one_tensor(self):
        config, expected = folders.make(self.folder, "qwen3_moe", dtype="F32")
        folders.byte_level_tokenizer(self.folder)
        single = {name: np.full(shape, i, np.float32) + np.arange(shape[-1], dtype=np.float32) / 64
                  for i, (name, shape) in enumerate(folders.shapes("qwen3_moe", config).items())}
        fused = {name: values for name, values in single.items() if ".experts." not in name}
        for layer in range(config["num_hidden_layers"]):
            p = f"model.layers.{layer}.mlp.experts."
            of = lambda part: np.stack([single[f"{p}{e}.{part}.weight"] for e in range(config["num_experts"])])
            fused[p + "gate_up_proj"] = np.concatenate([of("gate_proj"), of("up_proj")], axis=1)
            fused[p + "down_proj"] = of("down_proj")
        folders.save_safetensors(self.folder / "model.safetensors", fused, "F32")
        self.check(self.convert()[1], folders.expected("qwen3_moe", config, single))
        fused["model.layers.0.mlp.experts.gate_up_proj"] = fused["model.layers.0.mlp.experts.gate_up_proj"].swapaxes(1, 2).copy()
        folders.save_safetensors(self.folder / "model.safetensors", fused, "F32")
        self.out.unlink()
        self.refused("gate_up_proj", "[3, 32, 48]", "expected [3, 48, 32]")

    def test_every_type_from_every_type(self):
        for stored in ("F32", "F16", "BF16"):
            _, expected = folders.make(self.folder, "llama", dtype=stored)
            folders.byte_level_tokenizer(self.folder)
            for flag, rounding in (("f32", "F32"), ("f16", "F16"), ("bf16", "BF16")):
                with self.subTest(stored=stored, to=flag):
                    _, tensors, _ = self.convert("--type", flag)
                    self.check(tensors, {name: values if values.ndim == 1 else folders.rounded(values, rounding)
                                         for name, values in expected.items()})
                    self.assertEqual(tensors["blk.0.attn_q.weight"].tensor_type.name, rounding)

    def test_shards(self):
        _, expected = folders.make(self.folder, "llama", shards=3)
        folders.byte_level_tokenizer(self.folder)
        self.check(self.convert()[1], expected)
        (self.folder / "model-00002-of-00003.safetensors").unlink()
        self.out.unlink()
        self.refused("model-00002-of-00003.safetensors")

    def test_the_text_part_of_a_model_that_sees(self):
        config, expected = folders.make(self.folder, "gemma3_text")
        folders.byte_level_tokenizer(self.folder)
        path = self.folder / "model.safetensors"
        reader = {}
        raw = path.read_bytes()
        length = int.from_bytes(raw[:8], "little")
        header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
        for name, entry in header.items():
            reader[name if name == "__metadata__" else "language_model." + name] = entry
        reader["vision_tower.x.weight"] = {"dtype": "I64", "shape": [2], "data_offsets": [len(data), len(data) + 16]}
        text = json.dumps(reader).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + data + bytes(16))
        del config["model_type"]
        (self.folder / "config.json").write_text(json.dumps(
            {"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", **config}, "vision_config": {}}))
        _, tensors, done = self.convert()
        self.check(tensors, expected)
        self.assertIn("left out: vision_tower", done.stderr)

    def test_wrong_tensors_are_named(self):
        cases = {
            "missing": (lambda t: t.pop("model.layers.1.mlp.up_proj.weight"), "model.layers.1.mlp.up_proj.weight"),
            "unknown": (lambda t: t.update({"model.layers.0.self_attn.sinks": np.zeros(4, np.float32)}), "sinks"),
            "shape": (lambda t: t.update({"model.norm.weight": np.zeros(31, np.float32)}), "has the shape [31], expected [32]"),
            "layer": (lambda t: t.update({"model.layers.2.input_layernorm.weight": np.zeros(32, np.float32)}), "layers.2"),
            "rank": (lambda t: t.update({"model.norm.weight": np.zeros((32, 1), np.float32)}), "[32, 1]"),
        }
        for name, (change, said) in cases.items():
            with self.subTest(name):
                config, _ = folders.make(self.folder, "llama")
                folders.byte_level_tokenizer(self.folder)
                tensors = {n: np.ones(s, np.float32) for n, s in folders.shapes("llama", config).items()}
                change(tensors)
                folders.save_safetensors(self.folder / "model.safetensors", tensors, "F32")
                self.refused(said)

    def test_types_that_are_no_weights(self):
        config, _ = folders.make(self.folder, "llama")
        folders.byte_level_tokenizer(self.folder)
        raw = (self.folder / "model.safetensors").read_bytes()
        (self.folder / "model.safetensors").write_bytes(raw.replace(b'"BF16"', b'"I16" '))
        self.refused("I16", "not a type of weights that sotto imports", code=5)

    def test_a_value_that_f16_cannot_hold_is_an_error(self):
        config, _ = folders.make(self.folder, "llama")
        folders.byte_level_tokenizer(self.folder)
        tensors = {n: np.ones(s, np.float32) for n, s in folders.shapes("llama", config).items()}
        tensors["lm_head.weight"][3, 4] = 1e6
        folders.save_safetensors(self.folder / "model.safetensors", tensors, "F32")
        done = self.home.run("import", self.folder, "-o", self.out, "--type", "f16")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("lm_head.weight", done.stderr)
        self.assertIn("bf16", done.stderr)
        self.assertFalse(self.out.exists())
        self.convert("--type", "bf16")


class Metadata(Folder):
    def imported(self, family, **changes):
        folders.make(self.folder, family, **changes)
        folders.byte_level_tokenizer(self.folder)
        return self.convert()

    def test_keys(self):
        reader, _, _ = self.imported("llama", rope_theta=500000.0)
        for key, value in {"llama.block_count": 2, "llama.context_length": 128, "llama.embedding_length": 32,
                           "llama.feed_forward_length": 48, "llama.attention.head_count": 4,
                           "llama.attention.head_count_kv": 2, "llama.attention.key_length": 8,
                           "llama.attention.value_length": 8, "llama.vocab_size": 420, "llama.rope.dimension_count": 8,
                           "llama.rope.freq_base": 500000.0, "general.file_type": 32, "general.name": "Tiny-Model",
                           "general.type": "model"}.items():
            self.assertEqual(self.key(reader, key), value, key)
        self.assertAlmostEqual(self.key(reader, "llama.attention.layer_norm_rms_epsilon"), 1e-5, places=9)

    def test_both_spellings_of_rope(self):
        scaling = {"rope_type": "linear", "factor": 4.0}
        for changes in ({"rope_scaling": scaling, "rope_theta": 20000.0},
                        {"rope_scaling": {"type": "linear", "factor": 4.0}, "rope_theta": 20000.0},
                        {"rope_parameters": {**scaling, "rope_theta": 20000.0}}):
            with self.subTest(changes):
                folders.make(self.folder, "llama", **changes)
                folders.byte_level_tokenizer(self.folder)
                if "rope_parameters" in changes:
                    self.config(rope_theta="absent")
                reader, _, _ = self.convert()
                self.assertEqual(self.key(reader, "llama.rope.freq_base"), 20000.0)
                self.assertEqual(self.key(reader, "llama.rope.scaling.type"), "linear")
                self.assertEqual(self.key(reader, "llama.rope.scaling.factor"), 4.0)

    def test_yarn_and_dynamic(self):
        reader, _, _ = self.imported("qwen2", rope_scaling={"rope_type": "yarn", "factor": 4.0, "beta_fast": 16.0,
                                                            "original_max_position_embeddings": 32})
        self.assertEqual(self.key(reader, "qwen2.rope.scaling.type"), "yarn")
        self.assertEqual(self.key(reader, "qwen2.rope.scaling.original_context_length"), 32)
        self.assertEqual(self.key(reader, "qwen2.rope.scaling.yarn_beta_fast"), 16.0)
        self.assertIsNone(reader.get_field("qwen2.rope.scaling.attn_factor"))
        reader, _, _ = self.imported("llama", rope_scaling={"type": "dynamic", "factor": 2.0})
        self.assertEqual(self.key(reader, "llama.rope.scaling.type"), "dynamic")
        self.assertEqual(self.key(reader, "llama.rope.scaling.factor"), 2.0)

    def test_magnitudes_of_yarn(self):
        """As transformers computes them, over the one that a reader takes by itself."""
        usual = 1 + 0.1 * math.log(4)
        weighted = (1 + 0.07 * math.log(4)) / (1 + 0.12 * math.log(4))
        for said, magnitude in (({"attention_factor": 2.0}, 2.0), ({"mscale": 0.7, "mscale_all_dim": 1.2}, weighted),
                                ({"mscale": 0.7}, usual), ({"attention_factor": usual}, usual),
                                ({"attention_factor": 1.5, "mscale": 0.7, "mscale_all_dim": 1.2}, 1.5)):
            with self.subTest(said):
                reader, _, _ = self.imported("llama", rope_scaling={"rope_type": "yarn", "factor": 4.0, **said})
                self.out.unlink()
                if magnitude == usual:
                    self.assertIsNone(reader.get_field("llama.rope.scaling.attn_factor"))
                else:
                    self.assertAlmostEqual(self.key(reader, "llama.rope.scaling.attn_factor"), magnitude / usual, places=6)

    def test_queries_that_grow(self):
        reader, _, _ = self.imported("ministral3")
        for key, value in {"attention.temperature_scale": 0.1, "rope.scaling.yarn_log_multiplier": 1.0,
                           "rope.scaling.original_context_length": 32, "rope.scaling.factor": 4.0}.items():
            self.assertAlmostEqual(self.key(reader, "mistral3." + key), value, places=6)
        self.assertIsNone(reader.get_field("mistral3.rope.scaling.attn_factor"))
        self.assertIsNone(reader.get_field("mistral3.attention.sliding_window"))

    def test_what_mistral3_is_around(self):
        for inner, architecture in (("ministral3", "mistral3"), ("mistral", "llama"), (None, "llama")):
            with self.subTest(inner):
                config, _ = folders.make(self.folder, inner or "mistral", sliding_window=None)
                folders.byte_level_tokenizer(self.folder)
                text = config | {"model_type": inner}
                (self.folder / "config.json").write_text(json.dumps(
                    {"model_type": "mistral3", "vision_config": {}, "spatial_merge_size": 2, "projector_hidden_act": "gelu",
                     "text_config": {name: value for name, value in text.items() if inner or name != "model_type"}}))
                reader, _, done = self.convert()
                self.out.unlink()
                self.assertEqual(self.key(reader, "general.architecture"), architecture)
                self.assertNotIn("projector", done.stderr)

    def test_llama3_factors(self):
        scaling = {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 64}
        _, tensors, _ = self.imported("llama", rope_scaling=scaling, rope_theta=500000.0, head_dim=32)
        wavelengths = 2 * np.pi * 500000.0 ** (np.arange(0, 32, 2) / 32)
        smooth = np.clip((64 / wavelengths - 1) / 3, 0, 1)
        np.testing.assert_allclose(values_of(tensors["rope_freqs.weight"]), 1 / ((1 - smooth) / 32 + smooth), rtol=1e-5)

    def test_phi3_long_and_short(self):
        reader, tensors, _ = self.imported("phi3")
        np.testing.assert_array_equal(values_of(tensors["rope_factors_long.weight"]), [1, 2, 3, 4])
        self.assertEqual(self.key(reader, "phi3.rope.scaling.original_context_length"), 64)
        self.assertAlmostEqual(self.key(reader, "phi3.rope.scaling.attn_factor"),
                               math.sqrt(1 + math.log(2) / math.log(64)), places=6)
        self.assertEqual(self.key(reader, "phi3.attention.sliding_window"), 0)

    def test_windows(self):
        self.assertEqual(self.key(self.imported("mistral")[0], "llama.attention.sliding_window"), 16)
        reader = self.imported("ministral")[0]
        self.assertEqual(self.key(reader, "llama.attention.sliding_window_pattern"), [True, False])
        reader = self.imported("mistral", sliding_window=None)[0]
        self.assertIsNone(reader.get_field("llama.attention.sliding_window"))

    def test_gemma3_of_transformers_5(self):
        folders.make(self.folder, "gemma3_text", rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}},
            layer_types=["sliding_attention"] * 5 + ["full_attention"], dtype="BF16")
        self.config(rope_theta="absent", tie_word_embeddings="absent")
        folders.byte_level_tokenizer(self.folder)
        reader, tensors, _ = self.convert()
        self.assertEqual(self.key(reader, "gemma3.rope.freq_base"), 1000000.0)
        self.assertEqual(self.key(reader, "gemma3.rope.freq_base_swa"), 10000.0)
        self.assertEqual(self.key(reader, "gemma3.rope.scaling.factor"), 8.0)
        self.assertNotIn("output.weight", tensors)

    def test_scales(self):
        reader = self.imported("granite")[0]
        for key, value in (("embedding_scale", 12), ("residual_scale", 0.22), ("attention.scale", 0.5), ("logit_scale", 8)):
            self.assertAlmostEqual(self.key(reader, "granite." + key), value, places=6)

    def test_the_model_card_is_kept(self):
        (self.folder / "README.md").write_text("---\nlicense: llama3.2\nlicense_link: LICENSE.txt\n---\n# Model\n")
        reader = self.imported("llama")[0]
        self.assertEqual(self.key(reader, "general.license"), "llama3.2")
        self.assertEqual(self.key(reader, "general.license.link"), "LICENSE.txt")
        reader = self.convert("--license", "MIT", "--name", "Other")[0]
        self.assertEqual((self.key(reader, "general.license"), self.key(reader, "general.name")), ("MIT", "Other"))

    def test_layers_without_attention(self):
        reader, _, _ = self.imported("lfm2", full_attn_idxs=[1])
        self.assertEqual(self.key(reader, "lfm2.attention.head_count_kv"), [0, 2])
        self.assertEqual(self.key(reader, "lfm2.shortconv.l_cache"), 3)
        self.assertEqual(self.key(reader, "lfm2.feed_forward_length"), 48)
        self.out.unlink()
        sections = {"rope_type": "default", "rope_theta": 10000000.0, "partial_rotary_factor": 0.5, "mrope_section": [2, 1, 1]}
        reader, _, _ = self.imported("qwen3_5_text", rope_parameters=sections)
        for key, value in {"full_attention_interval": 4, "ssm.conv_kernel": 4, "ssm.group_count": 2, "ssm.time_step_rank": 6,
                           "ssm.state_size": 4, "ssm.inner_size": 30, "rope.dimension_count": 8,
                           "rope.freq_base": 10000000.0, "rope.dimension_sections": [2, 1, 1, 0]}.items():
            self.assertEqual(self.key(reader, "qwen35." + key), value, key)

    def test_what_gguf_cannot_say_is_refused(self):
        cases = {
            "activation": ("llama", {"hidden_act": "gelu"}, "hidden_act"),
            "family": ("llama", {"model_type": "mamba"}, "mamba"),
            "no family": ("llama", {"model_type": "absent"}, "model_type"),
            "scaling": ("llama", {"rope_scaling": {"rope_type": "longrope", "factor": 2.0}}, "longrope"),
            "scaling without factor": ("llama", {"rope_scaling": {"rope_type": "linear"}}, "factor"),
            "negative factor": ("llama", {"rope_scaling": {"rope_type": "linear", "factor": -1}}, "factor"),
            "no attention factor": ("llama", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0,
                                                               "attention_factor": 0}}, "attention_factor"),
            "negative mscale": ("llama", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "mscale": -9.0,
                                                           "mscale_all_dim": 1.0}}, "mscale"),
            "a ramp that is not cut": ("llama", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "truncate": False}},
                                       "truncate"),
            "queries that grow": ("qwen3", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "llama_4_scaling_beta": 0.1}},
                                  "llama_4_scaling_beta"),
            "no rotation": ("ministral3", {"rope_parameters": "absent"}, "rope_parameters"),
            "queries that shrink": ("ministral3", {"rope_parameters": {
                "rope_type": "default", "rope_theta": 10000.0, "llama_4_scaling_beta": -0.1}}, "llama_4_scaling_beta"),
            "queries that grow without end": ("ministral3", {"rope_parameters": {
                "rope_type": "default", "rope_theta": 10000.0, "llama_4_scaling_beta": 2e6}}, "a number from 0 to 1000000"),
            "too few factors": ("phi3", {"rope_scaling": {"type": "su", "short_factor": [1], "long_factor": [1]}},
                                "a list of 4 numbers"),
            "partial rotation": ("llama", {"partial_rotary_factor": 0.5}, "partial_rotary_factor"),
            "quantized": ("llama", {"quantization_config": {"quant_method": "gptq"}}, "quantized"),
            "windows of some layers": ("qwen2", {"use_sliding_window": True}, "use_sliding_window"),
            "windows of other layers": ("gemma3_text", {"layer_types": ["full_attention"] * 6}, "layer_types"),
            "odd layer types": ("gemma3_text", {"layer_types": [7] * 6}, "layer_types"),
            "query scale": ("gemma2", {"query_pre_attn_scalar": 17}, "query_pre_attn_scalar"),
            "softcap": ("gemma3_text", {"attn_logit_softcapping": 30.0}, "attn_logit_softcapping"),
            "both directions": ("gemma2", {"use_bidirectional_attention": True}, "use_bidirectional_attention"),
            "experts not normalized": ("qwen3_moe", {"norm_topk_prob": False}, "norm_topk_prob"),
            "dense layers": ("qwen3_moe", {"mlp_only_layers": [0]}, "mlp_only_layers"),
            "rotation of all": ("smollm3", {"no_rope_layers": [1, 1, 1, 1]}, "no_rope_layers"),
            "norms of each head": ("stablelm", {"qk_layernorm": True}, "qk_layernorm: queries and keys"),
            "side by side": ("stablelm", {"use_parallel_residual": True}, "use_parallel_residual: attention and feed-forward"),
            "bias of a convolution": ("lfm2", {"conv_bias": True}, "conv_bias"),
            "unknown kind of layer": ("lfm2", {"layer_types": ["conv", "linear_attention"]}, "layer_types"),
            "too few kinds of layers": ("lfm2", {"layer_types": ["conv"]}, "layer_types"),
            "no attention": ("lfm2", {"layer_types": ["conv", "conv"]}, "no layer has attention"),
            "attention where no list has a layer": ("lfm2", {"layer_types": "absent", "full_attn_idxs": [2]}, "full_attn_idxs"),
            "no width": ("lfm2", {"block_ffn_dim_multiplier": -1.0}, "block_ffn_dim_multiplier"),
            "attention now and then": ("qwen3_5_text", {"layer_types": ["linear_attention", "full_attention", "full_attention",
                                                                        "full_attention"]}, "every n-th layer"),
            "attention without gates": ("qwen3_5_text", {"attn_output_gate": False}, "attn_output_gate"),
            "key heads that do not divide": ("qwen3_5_text", {"linear_num_key_heads": 4}, "linear_num_key_heads"),
            "two sections": ("qwen3_5_text", {"rope_parameters": {"rope_type": "default", "mrope_section": [1, 2]}},
                             "a list of 3"),
            "heads that do not divide": ("llama", {"num_attention_heads": 5}, "5 heads"),
            "vast": ("llama", {"num_hidden_layers": 10**9}, "num_hidden_layers"),
            "negative": ("llama", {"hidden_size": -32}, "hidden_size"),
            "text": ("llama", {"hidden_size": "32"}, "hidden_size"),
            "missing": ("llama", {"vocab_size": "absent"}, "vocab_size"),
        }
        for name, (family, changes, said) in cases.items():
            with self.subTest(name):
                folders.make(self.folder, family)
                folders.byte_level_tokenizer(self.folder)
                self.config(**changes)
                self.refused("config.json", said)

    def test_fields_that_nothing_was_made_of_are_named(self):
        folders.make(self.folder, "llama", some_new_arithmetic=3)
        folders.byte_level_tokenizer(self.folder)
        self.assertIn("some_new_arithmetic", self.convert()[2].stderr)

    def test_a_damaged_configuration(self):
        folders.make(self.folder, "llama")
        (self.folder / "config.json").write_text("{")
        self.refused("config.json", "no valid JSON", code=5)
        (self.folder / "config.json").unlink()
        self.refused("config.json", code=3)


class Tokenizers(Folder):
    def tokenize(self, text, *flags):
        done = self.home.run("tokenize", self.out, "--json", *flags, text=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def check(self, tokenizer):
        for text in folders.SAMPLES + [" ".join(folders.TEXT[:3])]:
            self.assertEqual(self.tokenize(text), tokenizer.encode(text).ids, repr(text))

    def test_byte_level_tokenizers_cut_alike(self):
        cases = {"gpt-2": {}, "smollm": {"pre": "digits"}, "llama-bpe": {"pre": LLAMA3, "whole_words": True, "with_bos": True},
                 "dbrx": {"pre": LLAMA3}, "qwen2": {"pre": QWEN2, "normalizer": normalizers.NFC()},
                 "stablelm2": {"pre": QWEN2}, "olmo": {"normalizer": normalizers.NFC()}}
        for name, settings in cases.items():
            with self.subTest(name):
                folders.make(self.folder, "llama")
                tokenizer = folders.byte_level_tokenizer(self.folder, **settings)
                reader, _, _ = self.convert()
                self.assertEqual(self.key(reader, "tokenizer.ggml.pre"), name)
                self.check(tokenizer)
                self.assertEqual(self.key(reader, "tokenizer.ggml.add_bos_token"), settings.get("with_bos", False))

    def test_special_tokens(self):
        folders.make(self.folder, "llama")
        folders.byte_level_tokenizer(self.folder, chat_template="{{ messages }}")
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.add_special_tokens(["<|stop|>", "<|call|>"])
        tokenizer.save(str(self.folder / "tokenizer.json"))
        stop, call = (tokenizer.token_to_id(token) for token in ("<|stop|>", "<|call|>"))
        (self.folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 7, stop, call]}))
        reader, _, _ = self.convert()
        for key, value in (("bos", 1), ("eos", 2), ("padding", 0), ("eot", stop), ("eom", call)):
            self.assertEqual(self.key(reader, f"tokenizer.ggml.{key}_token_id"), value, key)
        self.assertEqual(self.key(reader, "tokenizer.chat_template"), "{{ messages }}")
        types = self.key(reader, "tokenizer.ggml.token_type")
        tokens = self.key(reader, "tokenizer.ggml.tokens")
        self.assertEqual(len(tokens), 420)
        self.assertEqual(types[:3], [3, 3, 3])
        self.assertEqual((tokens[419], types[419]), ("[PAD419]", 5))
        (self.folder / "chat_template.jinja").write_text("{{ other }}")
        self.assertEqual(self.key(self.convert()[0], "tokenizer.chat_template"), "{{ other }}")

    def test_recommended_sampling(self):
        folders.make(self.folder, "llama")
        folders.byte_level_tokenizer(self.folder)
        advice = {"do_sample": True, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": 0.01, "repetition_penalty": 1.05}
        (self.folder / "generation_config.json").write_text(json.dumps(advice))
        reader, _, done = self.convert()
        self.assertNotIn("generation_config", done.stderr)
        keys, types = gguf.Keys.General, gguf.GGUFValueType
        for key, kind, value in ((keys.SAMPLING_TEMP, types.FLOAT32, 0.6), (keys.SAMPLING_TOP_K, types.INT32, 20),
                                 (keys.SAMPLING_TOP_P, types.FLOAT32, 0.95), (keys.SAMPLING_MIN_P, types.FLOAT32, 0.01),
                                 (keys.SAMPLING_PENALTY_REPEAT, types.FLOAT32, 1.05)):
            self.assertAlmostEqual(self.key(reader, key), value, places=6, msg=key)
            self.assertEqual(reader.get_field(key).types, [kind], key)
        shown = self.home.run("show", self.out)
        self.assertRegex(shown.stdout, r"(?m)^sampling: +temperature 0.6, top-k 20, top-p 0.95, min-p 0.01, repeat-penalty 1.05 "
                                       r"\(recommended by the model's makers\)$")
        as_json = json.loads(self.home.run("show", self.out, "--json").stdout)
        self.assertEqual(as_json["sampling"]["temperature"], 0.6)
        (self.folder / "generation_config.json").write_text(json.dumps({"temperature": -1, "top_k": 20}))
        reader, _, done = self.convert()
        self.assertIn("generation_config.json: temperature: found -1, expected a number from 0 to 100: left out", done.stderr)
        self.assertIsNone(reader.get_field(keys.SAMPLING_TEMP))
        self.assertEqual(self.key(reader, keys.SAMPLING_TOP_K), 20)
        (self.folder / "generation_config.json").write_text('{"temperature": NaN}')
        self.out.unlink()
        self.refused("generation_config.json", code=5)

    def test_several_chat_templates(self):
        folders.make(self.folder, "llama")
        folders.byte_level_tokenizer(self.folder, chat_template=[{"name": "default", "template": "a"},
                                                                 {"name": "tool_use", "template": "b"}])
        reader, _, _ = self.convert()
        self.assertEqual(self.key(reader, "tokenizer.chat_template"), "a")
        self.assertEqual(self.key(reader, "tokenizer.chat_template.tool_use"), "b")

    def test_more_tokens_than_the_model_has(self):
        folders.make(self.folder, "llama", vocab_size=300)
        folders.byte_level_tokenizer(self.folder)
        self.refused("tokenizer.json", "vocab_size", "300")

    def test_no_tokenizer(self):
        folders.make(self.folder, "llama")
        self.refused("tokenizer.json", "tokenizer.model", code=3)

    def sentencepiece(self, prefix):
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(folders.TEXT), model_writer=model, vocab_size=360, model_type="bpe", byte_fallback=True,
            normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=prefix,
            character_coverage=0.99, minloglevel=2, hard_vocab_limit=False)
        folders.make(self.folder, "llama")
        return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()), model.getvalue()

    def test_sentencepiece_cuts_alike(self):
        for prefix in (True, False):
            with self.subTest(prefix=prefix):
                processor, model = self.sentencepiece(prefix)
                (self.folder / "tokenizer.model").write_bytes(model)
                (self.folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "eos_token": "</s>"}))
                reader, _, _ = self.convert()
                self.assertEqual(self.key(reader, "tokenizer.ggml.model"), "llama")
                for text in folders.SAMPLES:
                    self.assertEqual(self.tokenize(text), [1] + processor.encode(text), repr(text))
                scores = self.key(reader, "tokenizer.ggml.scores")[:processor.get_piece_size()]
                np.testing.assert_allclose(scores, [processor.get_score(i) for i in range(len(scores))])

    def test_merges_of_a_sentencepiece_model_cut_alike(self):
        processor, _ = self.sentencepiece(True)
        pieces = [processor.id_to_piece(i) for i in range(processor.get_piece_size())]
        scores = [processor.get_score(i) for i in range(len(pieces))]
        vocab = {piece: i for i, piece in enumerate(pieces)}
        merges = []
        for piece in sorted((p for p in pieces[3:] if len(p) > 1 and not p.startswith("<0x")), key=lambda p: -scores[vocab[p]]):
            splits = [(piece[:i], piece[i:]) for i in range(1, len(piece)) if piece[:i] in vocab and piece[i:] in vocab]
            merges += sorted(splits, key=lambda pair: (vocab[pair[0]], vocab[pair[1]]))
        tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
        tokenizer.save(str(self.folder / "tokenizer.json"))
        reader, _, _ = self.convert()
        self.assertTrue(self.key(reader, "tokenizer.ggml.add_bos_token"))
        self.check(tokenizer)
        self.assertEqual(self.key(reader, "tokenizer.ggml.bos_token_id"), 1)


    def byte_level_files(self, tokenizer_class, **settings):
        """vocab.json and merges.txt, as `tokenizers` writes them, and its tokenizer with the class's way of cutting."""
        folders.make(self.folder, "llama", vocab_size=430)
        cut = {"pre": QWEN2, "normalizer": normalizers.NFC()} if "Qwen2" in tokenizer_class else {}
        tokenizer = folders.byte_level_tokenizer(self.folder, **cut)
        tokenizer.model.save(str(self.folder))
        (self.folder / "tokenizer.json").unlink()
        (self.folder / "tokenizer_config.json").write_text(json.dumps({
            "tokenizer_class": tokenizer_class, "bos_token": "<|begin|>", "eos_token": {"content": "<|end|>"},
            "pad_token": "<|pad|>", **settings}))
        return tokenizer

    def test_vocabulary_and_merges_cut_alike(self):
        for name, pre in (("GPT2Tokenizer", "gpt-2"), ("Qwen2Tokenizer", "qwen2"), ("Qwen2TokenizerFast", "qwen2")):
            with self.subTest(name):
                tokenizer = self.byte_level_files(name)
                reader, _, _ = self.convert()
                self.assertEqual(self.key(reader, "tokenizer.ggml.pre"), pre)
                self.assertEqual(self.key(reader, "tokenizer.ggml.token_type")[:4], [3, 3, 3, 1])
                self.assertEqual(self.key(reader, "tokenizer.ggml.eos_token_id"), 2)
                self.assertEqual((self.folder / "merges.txt").read_text().split("\n")[1:-1],
                                 self.key(reader, "tokenizer.ggml.merges"))
                self.check(tokenizer)

    def test_additions_to_vocabulary_and_merges(self):
        n = self.byte_level_files("Qwen2Tokenizer").get_vocab_size()
        decoder = {str(n): {"content": "<|im_start|>", "special": True}, str(n + 1): {"content": "<think>", "special": False}}
        tokenizer = self.byte_level_files("Qwen2Tokenizer", added_tokens_decoder=decoder)
        (self.folder / "added_tokens.json").write_text(json.dumps({"<|im_start|>": n, "<think>": n + 1, "<tool>": n + 2}))
        reader, _, _ = self.convert()
        self.assertEqual(self.key(reader, "tokenizer.ggml.tokens")[n:n + 3], ["<|im_start|>", "<think>", "<tool>"])
        self.assertEqual(self.key(reader, "tokenizer.ggml.token_type")[n:n + 3], [3, 4, 4])
        tokenizer.add_special_tokens(["<|im_start|>"])
        tokenizer.add_tokens(["<think>", "<tool>"])
        for text in ("a <think>b</think>", "<tool>the fox", "the<think>  quick"):
            self.assertEqual(self.tokenize(text), tokenizer.encode(text).ids, text)

    def test_vocabulary_and_merges_of_an_unknown_class_are_refused(self):
        self.byte_level_files("CLIPTokenizer")
        self.refused("tokenizer_class is \"CLIPTokenizer\"", "expected GPT2Tokenizer or Qwen2Tokenizer", code=5)
        self.byte_level_files("GPT2Tokenizer", add_prefix_space=True)
        self.refused("add_prefix_space is true")
        self.byte_level_files("GPT2Tokenizer")
        (self.folder / "merges.txt").write_text("#version: 0.2\na b\na b c\n")
        self.refused("merges.txt: line 3: found \"a b c\"")
        (self.folder / "merges.txt").unlink()
        self.refused("merges.txt: cannot open", "fetch it")

    def test_tekken_cuts_alike(self):
        ranks, n_special = vocabularies_of_bytes(), 20
        special = [{"rank": i, "token_str": name, "is_control": True}
                   for i, name in enumerate(["<unk>", "<s>", "</s>", "[INST]", "[/INST]"])]
        for given in (special, None):
            with self.subTest(special=bool(given)):
                folders.make(self.folder, "mistral", vocab_size=n_special + len(ranks))
                tekken = write_tekken(self.folder, ranks, n_special, given)
                reader, _, _ = self.convert()
                self.assertEqual(self.key(reader, "tokenizer.ggml.pre"), "tekken")
                self.assertEqual(self.key(reader, "tokenizer.ggml.tokens")[:6],
                                 ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "<SPECIAL_5>" if given else "[AVAILABLE_TOOLS]"])
                self.assertTrue(self.key(reader, "tokenizer.ggml.add_bos_token"))
                self.assertEqual(self.key(reader, "tokenizer.ggml.eos_token_id"), 2)
                for text in folders.SAMPLES + folders.TEXT[:3] + ["[INST] is text, </s> too"]:
                    self.assertEqual(self.tokenize(text), [1] + tekken(text), repr(text))

    def test_a_damaged_tekken_is_refused(self):
        ranks = vocabularies_of_bytes()
        cases = {
            "vocab: found {\"rank\":7,": lambda t: t["vocab"][3].update(rank=7),
            "expected the rank 3 and token_bytes": lambda t: t["vocab"][3].update(token_bytes="A*=="),
            "ranks 3 and 4 have the same bytes": lambda t: t["vocab"][4].update(token_bytes=t["vocab"][3]["token_bytes"]),
            "expected a list of at least": lambda t: t["vocab"].pop(),
            "config.default_vocab_size: found -1": lambda t: t["config"].update(default_vocab_size=-1),
            "config.default_num_special_tokens: found": lambda t: t["config"].update(default_num_special_tokens=t["config"]["default_vocab_size"]),
            "pre_tokenizer is": lambda t: t["config"].update(pattern="\\S+"),
            "special_tokens: found {": lambda t: t.update(special_tokens=[{"rank": 99, "token_str": "<s>"}]),
        }
        for said, change in cases.items():
            with self.subTest(said):
                folders.make(self.folder, "mistral", vocab_size=20 + len(ranks))
                write_tekken(self.folder, ranks, 20, None)
                path = self.folder / "tekken.json"
                tekken = json.loads(path.read_text())
                change(tekken)
                path.write_text(json.dumps(tekken))
                self.refused("tekken.json", said, code=5)


class Command(Folder):
    def setUp(self):
        super().setUp()
        folders.make(self.folder, "llama")
        folders.byte_level_tokenizer(self.folder)

    def test_into_the_models_folder(self):
        (self.folder / "README.md").write_text("---\nlicense: mit\n---\n")
        done = self.home.run("import", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("tiny-model is here", done.stdout)
        (model,) = json.loads(self.home.run("list", "--json").stdout)["models"]
        self.assertEqual((model["name"], model["license"], model["architecture"]), ("tiny-model", "mit", "llama"))
        self.assertEqual(sorted(p.name for p in self.home.models.iterdir()), ["tiny-model.gguf", "tiny-model.gguf.json"])
        self.assertIn("already", self.home.run("import", self.folder).stderr)
        done = self.home.run("run", "tiny-model", "--raw", "the", "--max-tokens", "2")
        self.assertNotIn("GGUF", done.stderr)

    def test_the_same_folder_gives_the_same_bytes(self):
        self.convert()
        first = self.out.read_bytes()
        self.convert()
        self.assertEqual(first, self.out.read_bytes())

    def test_options_that_do_nothing_are_refused(self):
        self.convert()
        self.assertEqual(self.home.run("import", self.out, "--type", "f16").returncode, 2)
        self.assertEqual(self.home.run("import", self.out, "-o", self.home.path / "b.gguf").returncode, 2)
        self.assertEqual(self.home.run("import", self.folder, "--link").returncode, 2)
        self.assertEqual(self.home.run("import", self.folder, "--type", "q4").returncode, 2)

    def test_a_file_is_replaced_only_when_asked_for(self):
        self.out.write_text("precious")
        done = self.home.run("import", self.folder, "-o", self.out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--force", done.stderr)
        self.assertEqual(self.out.read_text(), "precious")
        self.assertEqual(self.home.run("import", self.folder, "-o", self.home.path).returncode, 2)

    def test_no_file_of_the_folder_is_replaced(self):
        weights = next(self.folder.glob("*.safetensors"))
        before = weights.read_bytes()
        done = self.home.run("import", self.folder, "-o", weights, "--force")
        self.assertEqual(done.returncode, 2)
        self.assertIn("another name", done.stderr)
        self.assertEqual(weights.read_bytes(), before)

    def test_a_folder_that_is_not_there(self):
        done = self.home.run("import", self.folder, "-o", self.home.path / "none/out.gguf")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("none", done.stderr)

    def test_nothing_is_left_when_it_is_interrupted(self):
        folders.make(self.folder, "llama", hidden_size=1024, intermediate_size=8192, num_hidden_layers=6)
        for into in (["-o", str(self.out)], []):
            process = subprocess.Popen([PROGRAM, "import", str(self.folder), *into], env=self.home.env,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            begun = lambda: [p for p in self.home.path.rglob("*") if p.is_file() and p.stat().st_size > 1 << 20
                             and self.folder not in p.parents]
            deadline = time.monotonic() + 30
            while not begun() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=30)
            if process.returncode == 0:
                self.skipTest("it was done before it could be interrupted")
            self.assertEqual(process.returncode, 130, stderr)
            self.assertEqual(begun(), [])


if __name__ == "__main__":
    unittest.main()
