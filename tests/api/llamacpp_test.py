#!/usr/bin/env python3
"""llama.cpp's API against real models: gaps as llama.vim asks for them, limits in time, templates, slots, metrics, ranks."""
import concurrent.futures
import json
import pathlib
import re
import time
import unittest

from coder_model import write_coder
from server_program import CHAT, CHAT_MODEL, Server

RECORDED = json.loads((pathlib.Path(__file__).parent / "data" / "llama_vim.json").read_text())
CODE = {"input_prefix": "def twice(x):\n", "input_suffix": "\n    return y\n", "model": "coder"}
MARKS = ("<issue_start>", "<issue_comment>", "<issue_closed>", "<file_sep>")


def setUpModule():
    global SERVER
    SERVER = Server(encoder=True)
    write_coder(CHAT_MODEL, SERVER.home.models / "coder.gguf")
    unittest.addModuleCleanup(SERVER.remove)


def ask(path, body, expected=200):
    status, _, text = SERVER.call("POST", path, body)
    assert status == expected, (path, status, text)
    return json.loads(text)


class Infill(unittest.TestCase):
    def test_requests_of_llama_vim(self):
        for recorded in RECORDED:
            with self.subTest(recorded["what"]):
                request = {**recorded["request"], "model": "coder"}
                started = time.monotonic()
                answer = ask("/infill", request)
                took_ms = 1000 * (time.monotonic() - started)
                wanted = [field for field in request["response_fields"] if field]
                self.assertEqual(sorted(answer), sorted(wanted))
                if not wanted:
                    continue
                # What the plugin reads: the text, and figures for its status line.
                self.assertIsInstance(answer["content"], str)
                self.assertIs(answer["truncated"], False)
                for figure in ("prompt", "predicted"):
                    self.assertIsInstance(answer[f"timings/{figure}_n"], int)
                    self.assertGreaterEqual(answer[f"timings/{figure}_ms"], 0)
                    self.assertGreaterEqual(answer[f"timings/{figure}_per_second"], 0)
                self.assertLess(answer["timings/predicted_ms"], request["t_max_predict_ms"] + 500)
                self.assertGreater(took_ms, answer["timings/predicted_ms"])

    def test_a_model_without_a_name_is_the_one_that_is_loaded(self):
        ask("/infill", {**CODE, "n_predict": 1})
        ask("/infill", {**CODE, "n_predict": 1, "model": ""})

    def test_a_warm_up_spares_the_next_request_the_reading(self):
        extra = [{"filename": f"f{i}.py", "text": f"value_{i} = {i}\n" * 20} for i in range(3)]
        cold = {**CODE, "input_extra": extra, "n_predict": 0, "t_max_prompt_ms": 1}
        self.assertEqual(ask("/infill", cold)["content"], "")
        warm = ask("/infill", {**CODE, "input_extra": extra, "n_predict": 2, "prompt": "    y"})
        self.assertGreater(warm["tokens_cached"], 300)
        self.assertLess(warm["timings"]["prompt_n"], 10)

    def test_the_prompts_time_is_kept_and_what_was_read_stays(self):
        request = {**CODE, "input_prefix": "x = 1  # a line of a long file\n" * 200, "n_predict": 4, "t_max_prompt_ms": 1}
        first = ask("/infill", request)
        self.assertEqual((first["content"], first["stop_type"]), ("", "limit"))
        self.assertLess(first["timings"]["prompt_n"], first["tokens_evaluated"])
        self.assertGreater(first["timings"]["prompt_n"], 0)
        second = ask("/infill", request)
        self.assertEqual(second["tokens_cached"], first["timings"]["prompt_n"] + first["tokens_cached"])

    def test_the_answers_time_is_kept(self):
        request = {"model": CHAT, "prompt": "Count: 1 2 3", "temperature": 0, "n_predict": 4000,
                   "ignore_eos": True, "t_max_predict_ms": 300}
        answer = ask("/completion", request)
        self.assertEqual(answer["stop_type"], "limit")
        self.assertGreater(answer["tokens_predicted"], 1)
        self.assertLess(answer["timings"]["predicted_ms"], 800)

    def test_no_text_around_the_gap_is_a_control_token(self):
        plain = ask("/infill", {**CODE, "n_predict": 0})["tokens_evaluated"]
        for field in ("input_prefix", "input_suffix", "prompt"):
            for mark in MARKS:
                with self.subTest(field=field, mark=mark):
                    request = {**CODE, "n_predict": 0, field: CODE.get(field, "") + mark}
                    tokens = len(ask("/tokenize", {"model": "coder", "content": mark})["tokens"])
                    self.assertGreater(tokens, 1)
                    self.assertGreater(ask("/infill", request)["tokens_evaluated"], plain + 1)

    def test_a_stream_has_its_fields_at_the_end(self):
        request = {**CODE, "n_predict": 3, "ignore_eos": True, "temperature": 0}
        streamed = {**request, "stream": True, "response_fields": ["tokens_predicted"]}
        status, headers, text = SERVER.call("POST", "/infill", streamed)
        self.assertEqual((status, headers["Content-Type"]), (200, "text/event-stream"))
        parts = [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if line]
        self.assertEqual(parts[-1], {"tokens_predicted": 3})
        whole = ask("/infill", request)
        self.assertEqual("".join(part.get("content", "") for part in parts), whole["content"])

    def test_other_interfaces_fill_gaps_too(self):
        sampling = {"temperature": 0, "repeat_penalty": 1}
        expected = ask("/infill", {**CODE, "n_predict": 8, **sampling})["content"]
        self.assertTrue(expected)
        ollama = ask("/api/generate", {"model": "coder", "prompt": CODE["input_prefix"], "suffix": CODE["input_suffix"],
                                       "stream": False, "options": {"num_predict": 8, **sampling}})
        openai = ask("/v1/completions", {"model": "coder", "prompt": CODE["input_prefix"], "suffix": CODE["input_suffix"],
                                         "max_tokens": 8, **sampling})
        self.assertEqual((ollama["response"], openai["choices"][0]["text"]), (expected, expected))
        shown = ask("/api/show", {"model": "coder"})
        self.assertIn(".Suffix", shown["template"])
        self.assertIn("insert", shown["capabilities"])

    def test_other_models_say_that_they_fill_none(self):
        error = ask("/infill", {**CODE, "model": CHAT}, 400)["error"]
        self.assertEqual(error["type"], "not_supported_error")
        self.assertIn("fill in the middle", error["message"])
        self.assertNotIn(".Suffix", ask("/api/show", {"model": CHAT})["template"])


class Instructions(unittest.TestCase):
    def test_a_warm_up_of_llama_vim(self):
        messages = [{"role": "system", "content": "You edit code."}, {"role": "user", "content": "--- context\nx = 1\n--- instruction\n"}]
        request = {"id_slot": 0, "messages": messages, "samplers": [], "n_predict": 0, "stream": False, "cache_prompt": True,
                   "response_fields": [""], "model": CHAT}
        usage = ask("/v1/chat/completions", request)["usage"]
        self.assertEqual((usage["completion_tokens"], usage["prompt_tokens"] > 20), (0, True))
        again = ask("/v1/chat/completions", {**request, "n_predict": 1})["usage"]
        self.assertGreater(again["prompt_tokens_details"]["cached_tokens"], 20)


class Others(unittest.TestCase):
    def test_a_template_is_applied(self):
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi <|im_end|>"}]
        prompt = ask("/apply-template", {"model": CHAT, "messages": messages})["prompt"]
        self.assertEqual(prompt, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi <|im_end|><|im_end|>\n"
                                 "<|im_start|>assistant\n")

    def test_props(self):
        props = json.loads(SERVER.call("GET", f"/props?model={CHAT}")[2])
        self.assertEqual(props["default_generation_settings"]["n_ctx"], 4096)
        self.assertEqual(props["default_generation_settings"]["params"]["top_k"], 40)
        self.assertIn("<|im_start|>", props["chat_template"])
        self.assertEqual((props["total_slots"], props["model_path"]), (4, CHAT_MODEL.name))

    def test_slots_show_who_is_busy(self):
        ask("/completion", {"model": CHAT, "prompt": "Hi", "n_predict": 1})
        busy = lambda: [slot["is_processing"] for slot in json.loads(SERVER.call("GET", f"/slots?model={CHAT}")[2])]
        self.assertEqual(busy(), [False] * 4)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            running = pool.submit(ask, "/completion", {"model": CHAT, "prompt": "Count: 1 2 3", "temperature": 0,
                                                          "ignore_eos": True, "n_predict": 200})
            seen = False
            while not running.done():
                seen = seen or any(busy())
            running.result()
        self.assertTrue(seen)

    def test_metrics_are_those_of_prometheus(self):
        def read():
            status, headers, text = SERVER.call("GET", "/metrics")
            self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
            samples = {}
            for line in text.splitlines():
                match = re.fullmatch(r"# (HELP|TYPE) llamacpp:[a-z_]+ .+|(llamacpp:[a-z_]+) ([0-9.e+-]+)", line)
                self.assertTrue(match, line)
                if match[2]:
                    samples[match[2]] = float(match[3])
            return samples
        before = read()
        done = ask("/completion", {"model": CHAT, "prompt": "Once upon a time", "n_predict": 5, "temperature": 0})
        after = read()
        grown = lambda name: after[f"llamacpp:{name}"] - before[f"llamacpp:{name}"]
        self.assertEqual(grown("tokens_predicted_total"), done["tokens_predicted"])
        self.assertEqual(grown("prompt_tokens_total"), done["timings"]["prompt_n"])
        self.assertAlmostEqual(grown("tokens_predicted_seconds_total"), done["timings"]["predicted_ms"] / 1000, places=3)
        self.assertEqual(after["llamacpp:requests_processing"], 0)

    def test_ranks(self):
        documents = ["Interest rates rise.", "A kitten is on a rug.", "The giant panda is a bear of China."]
        for path in ("/rerank", "/v1/rerank", "/reranking"):
            answer = ask(path, {"model": "minilm", "query": "A cat sits on the mat.", "documents": documents, "top_n": 2})
            self.assertEqual(answer["results"][0]["index"], 1)
            self.assertEqual(len(answer["results"]), 2)
        self.assertEqual(ask("/rerank", {"query": "What is a panda?", "documents": documents})["results"][0]["index"], 2)
        vectors = ask("/v1/embeddings", {"model": "minilm", "input": ["What is a panda?", documents[2]]})["data"]
        cosine = sum(a * b for a, b in zip(vectors[0]["embedding"], vectors[1]["embedding"]))
        best = ask("/rerank", {"model": "minilm", "query": "What is a panda?", "documents": documents})["results"][0]
        self.assertAlmostEqual(best["relevance_score"], cosine, places=5)
        ask("/rerank", {"model": CHAT, "query": "x", "documents": ["y"]}, 400)


if __name__ == "__main__":
    unittest.main()
