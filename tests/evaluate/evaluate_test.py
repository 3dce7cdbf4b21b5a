#!/usr/bin/env python3
"""`sotto eval` beside numpy over the logits of sotto_logits, `sotto imatrix` beside activations of transformers, and what
`sotto quantize` makes of both. Needs tests/requirements.txt and, for transformers, tests/requirements-oracle.txt."""
import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree

import numpy as np
from gguf import GGUFReader, GGUFWriter, quants

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "cli"), str(TESTS / "families")]
import families_test  # noqa: E402
from oracle import BUILD, PYTHON as ORACLE_PYTHON, ROOT, kept  # noqa: E402
from program import CHAT_MODEL, DEADLINE_S, PROGRAM, Case  # noqa: E402

CHUNK = 512
TEXT = (ROOT / "bench/texts/technical.txt").read_text()
FLOAT_TOLERANCE = 1e-4  # of sums of squares beside torch's: float32 arithmetic of three layers, relative to a tensor's mean


def made():
    return kept("tiny-families", families_test.MAKER, families_test.fill)


def log_softmax(logits):
    x = logits.astype(np.float64)
    x -= x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


class Program(Case):
    def good(self, *arguments, **more):
        done = self.home.run(*arguments, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def tokens(self, model, text):
        return json.loads(self.good("tokenize", model, "--json", text=text).stdout)

    def assert_drawn(self, picture, model):
        drawn = xml.etree.ElementTree.fromstring(picture.read_text())
        texts = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn(model.name, texts)
        self.assertEqual(len(list(drawn.iter("{http://www.w3.org/2000/svg}circle"))), 1)

    def imported(self, family):
        out = self.home.path / f"{family}.gguf"
        self.good("import", made() / family, "--force", "-o", out)
        return out


class EvalTest(Program):
    def logits(self, model, ids, *flags):
        done = subprocess.run([BUILD / "bench/sotto_logits", model, "--chunk", str(CHUNK), *flags], check=True,
                              input=" ".join(map(str, ids)).encode(), capture_output=True)
        return log_softmax(np.frombuffer(done.stdout, dtype=np.float32).reshape(len(ids), -1))

    def figures(self, reference, own, ids):
        kld = (np.exp(reference) * (reference - own)).sum(-1)
        surprise = [-own[i, ids[i + 1]] for i in range(len(ids) - 1) if (i + 1) % CHUNK]
        return {"tokens": len(ids), "mean_kld": kld.mean(), "p99_kld": np.percentile(kld, 99),
                "same_top": (reference.argmax(-1) == own.argmax(-1)).mean(), "perplexity": np.exp(np.mean(surprise))}

    def test_figures_are_those_of_numpy(self):
        model = self.need(CHAT_MODEL)
        small = self.home.path / "small.gguf"
        self.good("quantize", model, small, "--type", "Q3_K_S", "--no-eval")
        text = self.home.path / "text"
        text.write_text(TEXT)
        n = 600
        ids = self.tokens(model, TEXT)[:n]
        reference = self.logits(model, ids, "--exact")
        for flags in ((), ("--exact",)):
            table = json.loads(self.good("eval", small, model, "--against", model, "--text", text, "--tokens", n, "--json",
                                         *flags).stdout)
            own_perplexity = self.figures(reference, reference, ids)["perplexity"]
            self.assertAlmostEqual(table["reference"]["perplexity"] / own_perplexity, 1, delta=1e-6)
            for path, row in zip((small, model), table["models"]):
                expected = self.figures(reference, self.logits(path, ids, *flags), ids)
                self.assertEqual((row["tokens"], row["bytes"]), (n, path.stat().st_size))
                self.assertEqual(row["same_top"], expected["same_top"])
                self.assertAlmostEqual(row["perplexity"] / expected["perplexity"], 1, delta=1e-6)
                for figure in ("mean_kld", "p99_kld"):  # an exponential is right to 2e-7 of itself
                    self.assertAlmostEqual(row[figure], expected[figure], delta=1e-6, msg=figure)
        self.assertEqual(table["models"][1]["mean_kld"], 0)  # the reference beside itself, both in float32
        self.assertGreater(table["models"][0]["mean_kld"], 0.01)

    def test_a_table_and_a_picture(self):
        model, picture = self.imported("llama"), self.home.path / "plot.svg"
        small = self.home.path / "<small & new>.gguf"
        self.good("quantize", model, small, "--type", "Q4_0", "--no-eval")
        table = self.good("eval", small, "--against", model, "--tokens", "200", "--plot", picture).stdout
        self.assertEqual(len(table.splitlines()), 3)
        for part in ("MEAN KLD", "(reference)", "llama.gguf"):
            self.assertIn(part, table)
        self.assert_drawn(picture, small)

    def test_what_is_refused(self):
        model, other = self.imported("llama"), self.need(CHAT_MODEL)
        self.assert_fails(self.home.run("eval", model, "--against", other), 2, "llama.gguf", "vocabulary")
        self.assert_fails(self.home.run("eval", model, "--plot", "x.svg"), 2, "--against")
        self.assert_fails(self.home.run("eval", model, "--text", self.home.path / "none"), 3, "none")
        empty = self.home.path / "empty"
        empty.write_text("")
        self.assert_fails(self.home.run("eval", model, "--text", empty), 2, "empty")


class PlotTest(Program):
    """The picture of quantize, and what neither it nor that of eval may replace."""

    def setUp(self):
        super().setUp()
        self.model, self.out = self.imported("llama"), self.home.path / "out.gguf"
        self.picture = self.home.path / "plot.svg"

    def quantize(self, *more):
        return self.home.run("quantize", self.model, self.out, "--type", "Q4_0", "--plot", *more)

    def test_what_was_measured_is_drawn(self):
        self.assertEqual(self.quantize(self.picture).returncode, 0)
        self.assert_drawn(self.picture, self.out)
        self.out.unlink()
        self.assert_fails(self.quantize(self.picture), 2, "plot.svg", "--force")
        self.assertEqual(self.quantize(self.picture, "--force").returncode, 0)

    def test_there_is_nothing_to_draw_without_measuring(self):
        self.assert_fails(self.quantize(self.picture, "--no-eval"), 2, "--plot", "--no-eval")

    def test_a_file_that_is_read_or_written_is_no_picture(self):
        importance, text = self.home.path / "i.gguf", self.home.path / "text"
        text.write_text(TEXT[:2000])
        self.good("imatrix", self.model, "--text", text, "-o", importance)
        kept = {path: path.read_bytes() for path in (self.model, importance, text)}
        for picture in (self.model, importance, self.out, self.home.path / "run" / ".." / "out.gguf"):
            self.assert_fails(self.quantize(picture, "--imatrix", importance, "--force"), 2, picture.name, "another name")
        for picture in (self.model, text):
            done = self.home.run("eval", self.model, "--against", self.model, "--text", text, "--plot", picture, "--force")
            self.assert_fails(done, 2, picture.name, "another name")
        self.assertEqual({path: path.read_bytes() for path in kept}, kept)
        self.assertFalse(self.out.exists())

    def test_no_input_is_replaced_by_the_result(self):
        importance = self.home.path / "i.gguf"
        self.good("imatrix", self.model, "--tokens", "100", "-o", importance)
        kept = {path: path.read_bytes() for path in (self.model, importance)}
        self.assert_fails(self.home.run("imatrix", self.model, "-o", self.model, "--force"), 2, "another name")
        quantize = ("quantize", self.model, "--type", "Q4_0", "--imatrix", importance, "--force")
        for out in kept:
            self.assert_fails(self.home.run(*quantize, out), 2, out.name)
        self.assertEqual({path: path.read_bytes() for path in kept}, kept)

    def test_a_picture_that_cannot_be_is_refused_before_any_work(self):
        self.assert_fails(self.quantize(self.home.path / "no" / "plot.svg"), 3, "plot.svg")
        self.assertFalse(self.out.exists())
        self.picture.write_text("mine")
        arguments = ("eval", self.model, "--against", self.model, "--tokens", "100", "--plot", self.picture)
        self.assert_fails(self.home.run(*arguments), 2, "plot.svg", "--force")
        self.assertEqual(self.picture.read_text(), "mine")
        self.good(*arguments, "--force")
        self.assert_drawn(self.picture, self.model)

    def test_measuring_that_is_interrupted_ends_as_interrupted(self):
        process = subprocess.Popen([PROGRAM, "quantize", self.need(CHAT_MODEL), self.out, "--type", "Q4_1", "--plot",
                                    self.picture], env=self.home.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + DEADLINE_S
        while not self.out.exists() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.5)  # the file is there, and measuring it takes seconds
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 130, said)
        self.assertFalse(self.picture.exists())


class ImatrixTest(Program):
    def compare(self, family):
        model, ids_file, found_file = self.imported(family), self.home.path / "ids", self.home.path / "oracle.npz"
        text, out = self.home.path / "text", self.home.path / "i.gguf"
        text.write_text(TEXT[:500])
        ids = self.tokens(model, TEXT[:500])
        self.assertLessEqual(len(ids), CHUNK)
        np.array(ids, dtype=np.int32).tofile(ids_file)
        subprocess.run([ORACLE_PYTHON, ROOT / "tools/oracle_imatrix.py", made() / family, ids_file, found_file], check=True,
                       stderr=subprocess.DEVNULL)
        self.good("imatrix", model, "--text", text, "-o", out)
        reader = GGUFReader(out)
        tensors = {tensor.name: tensor for tensor in reader.tensors}
        expected = np.load(found_file)
        names = [name for name in expected.files if not name.endswith(":counts")]
        self.assertEqual(sorted(tensors), sorted(name + part for name in names for part in (".in_sum2", ".counts")))
        for name in names:
            sums, counts = tensors[name + ".in_sum2"].data, tensors[name + ".counts"].data
            self.assertEqual(sums.reshape(-1).shape, expected[name].reshape(-1).shape, name)
            np.testing.assert_array_equal(counts.reshape(-1), expected[name + ":counts"], name)
            error = np.abs(sums.reshape(expected[name].shape) - expected[name]).max() / expected[name].mean()
            self.assertLess(error, FLOAT_TOLERANCE, name)
        fields = {key: field.contents() for key, field in reader.fields.items()}
        self.assertEqual(fields["general.type"], "imatrix")
        self.assertEqual(fields["imatrix.datasets"], ["text"])
        self.assertEqual((fields["imatrix.chunk_count"], fields["imatrix.chunk_size"]), (1, len(ids)))
        return model, out

    def test_a_dense_model(self):
        self.compare("llama")

    def test_a_tied_head(self):
        self.compare("qwen2")

    def test_short_convolutions(self):
        self.compare("lfm2")

    def test_the_delta_rule(self):
        self.compare("qwen3_5")

    def test_experts_apart(self):
        model, out = self.compare("qwen3_moe")
        self.good("quantize", model, self.home.path / "o.gguf", "--type", "Q4_0", "--imatrix", out, "--no-eval")

    def weighted_error(self, source, made_of, sums):
        total = 0
        read = {tensor.name: tensor for tensor in GGUFReader(made_of).tensors}
        for tensor in GGUFReader(source).tensors:
            if tensor.name in sums and read[tensor.name].tensor_type != tensor.tensor_type:
                rest = (quants.dequantize(read[tensor.name].data, read[tensor.name].tensor_type)
                        - quants.dequantize(tensor.data, tensor.tensor_type))
                total += float((rest.astype(np.float64) ** 2 * sums[tensor.name].reshape(-1)).sum())
        return total

    def test_the_search_lowers_the_weighted_error(self):
        model, out = self.compare("llama")
        sums = {tensor.name[:-len(".in_sum2")]: tensor.data for tensor in GGUFReader(out).tensors
                if tensor.name.endswith(".in_sum2")}
        for kind in ("Q4_0", "IQ4_NL", "Q5_1"):
            plain, weighted = self.home.path / "plain.gguf", self.home.path / "weighted.gguf"
            self.good("quantize", model, plain, "--type", kind, "--no-eval", "--force")
            self.good("quantize", model, weighted, "--type", kind, "--imatrix", out, "--no-eval", "--force")
            self.assertLess(self.weighted_error(model, weighted, sums), self.weighted_error(model, plain, sums), kind)

    def test_a_file_of_llama_cpp_is_read(self):
        """Written with the `gguf` package as llama.cpp lays it out; without the head, which it leaves out."""
        model, out = self.imported("llama"), self.home.path / "peer.gguf"
        writer = GGUFWriter(out, "", use_temp_file=False)
        writer.add_type("imatrix")
        writer.add_array("imatrix.datasets", ["calibration.txt"])
        writer.add_uint32("imatrix.chunk_count", 3)
        writer.add_uint32("imatrix.chunk_size", 512)
        for tensor in GGUFReader(model).tensors:
            if tensor.name.startswith("blk.") and len(tensor.shape) > 1:
                writer.add_tensor(tensor.name + ".in_sum2", np.ones((1, int(tensor.shape[0])), np.float32))
                writer.add_tensor(tensor.name + ".counts", np.full((1, 1), 1536, np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        plain, weighted = self.home.path / "plain.gguf", self.home.path / "weighted.gguf"
        self.good("quantize", model, plain, "--type", "Q4_0", "--no-eval")
        done = self.good("quantize", model, weighted, "--type", "Q4_0", "--imatrix", out, "--no-eval")
        self.assertEqual(plain.read_bytes(), weighted.read_bytes())  # all columns weigh the same
        self.assertIn("2 tensors", done.stderr)

    def test_another_models_is_refused(self):
        _, out = self.compare("llama")
        done = self.home.run("quantize", self.imported("qwen2"), self.home.path / "o.gguf", "--type", "Q4_0", "--imatrix", out)
        self.assert_fails(done, 2, "qwen2.gguf", "of this model")
        done = self.home.run("quantize", self.imported("llama"), self.home.path / "o.gguf", "--type", "Q4_0", "--imatrix",
                             self.need(CHAT_MODEL))
        self.assert_fails(done, 5, "general.type")


class BitsTest(Program):
    def test_a_mix_keeps_its_budget(self):
        model = self.imported("qwen2")
        for bits in (4.75, 5.5, 7.0):
            out = self.home.path / f"{bits}.gguf"
            done = self.good("quantize", model, out, "--bits", bits)
            n_bytes = n_values = 0
            for tensor in GGUFReader(out).tensors:
                if tensor.tensor_type.name != "F32":
                    n_bytes, n_values = n_bytes + tensor.n_bytes, n_values + tensor.n_elements
            self.assertLessEqual(8 * n_bytes / n_values, bits)
            self.assertGreater(8 * n_bytes / n_values, bits - 0.5)  # a step of the largest tensor, the embedding
            self.assertIn("MEAN KLD", done.stdout)

    def with_one_more_matrix(self, path, name):
        """A copy with a matrix that the model does not read."""
        reader, out = GGUFReader(path), self.home.path / "more.gguf"
        writer = GGUFWriter(out, "")
        for field in reader.fields.values():
            if not field.name.startswith("GGUF."):
                writer.add_key_value(field.name, field.contents(), field.types[0], field.types[-1])
        for tensor in reader.tensors:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        writer.add_tensor(name, np.random.default_rng(3).normal(size=(96, 96)).astype(np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return out

    def test_a_matrix_that_the_model_leaves_out_gets_the_smallest_type(self):
        name, out = "blk.5.attn_k.weight", self.home.path / "o.gguf"  # of a layer that takes another one's keys
        model = self.with_one_more_matrix(self.imported("gemma4"), name)
        done = self.good("quantize", model, out, "--bits", "7", "--no-eval")
        kinds = {tensor.name: tensor.tensor_type.name for tensor in GGUFReader(out).tensors}
        self.assertIn(kinds[name], ("Q4_0", "IQ4_NL"))
        self.assertNotEqual(kinds["token_embd.weight"], kinds[name])
        self.assertIn(f"1 matrix that this model leaves out gets {kinds[name]}\n", done.stderr)

    def test_what_is_refused(self):
        model, out = self.imported("llama"), self.home.path / "o.gguf"
        self.assert_fails(self.home.run("quantize", model, out, "--bits", "3"), 2, "at least 4")
        self.assert_fails(self.home.run("quantize", model, out, "--bits", "5", "--type", "Q4_0"), 2, "--type")
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
