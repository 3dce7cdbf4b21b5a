#!/usr/bin/env python3
"""What clients from PyPI get from the server: those of Ollama, OpenAI and Anthropic, unmodified, against real models."""
import concurrent.futures
import datetime
import http.client
import json
import math
import signal
import time
import unittest

import anthropic
import jsonschema
import ollama
import openai
import pydantic

from server_program import CHAT, CHAT_MODEL, ENDLESS, Server

QUESTION = "What is the capital of France? Answer in one word."
EXACT = {"temperature": 0, "num_predict": 24}
MESSAGES = [{"role": "user", "content": QUESTION}]
FACTS = {"type": "object", "additionalProperties": False, "required": ["capital", "rivers", "people"],
         "properties": {"capital": {"type": "string", "maxLength": 30},
                        "rivers": {"type": "array", "items": {"type": "string", "maxLength": 12}, "minItems": 1, "maxItems": 2},
                        "people": {"type": "integer", "minimum": 1, "maximum": 99_999_999}}}


class Capital(pydantic.BaseModel):
    """What OpenAI's client makes a schema of."""
    capital: str
    is_large: bool


def setUpModule():
    global SERVER
    SERVER = Server(encoder=True)
    unittest.addModuleCleanup(SERVER.remove)


class OllamaClient(unittest.TestCase):
    def setUp(self):
        self.client = ollama.Client(SERVER.url)

    def refused(self, status, work, *parts):
        with self.assertRaises(ollama.ResponseError) as caught:
            work()
        self.assertEqual(caught.exception.status_code, status, caught.exception.error)
        for part in parts:
            self.assertIn(part, caught.exception.error)

    def test_is_there(self):
        for method, text in (("GET", "Ollama is running"), ("HEAD", "")):
            status, _, body = SERVER.call(method, "/")
            self.assertEqual((status, body), (200, text))
        version = SERVER.json("GET", "/api/version")["version"]
        self.assertGreaterEqual(tuple(map(int, version.split("."))), (0, 6, 4))

    def test_list(self):
        models = {model.model: model for model in self.client.list().models}
        self.assertEqual(set(models) & {CHAT, "minilm:latest"}, {CHAT, "minilm:latest"})
        model = models[CHAT]
        self.assertEqual(model.size, CHAT_MODEL.stat().st_size)
        self.assertEqual((model.details.family, model.details.parameter_size), ("llama", "135M"))
        self.assertEqual(model.details.quantization_level, "Q4_1")
        self.assertIsInstance(model.modified_at, datetime.datetime)

    def test_show(self):
        shown = self.client.show(CHAT)
        self.assertEqual(shown.capabilities, ["completion"])
        self.assertEqual(shown.modelinfo["llama.context_length"], 8192)
        self.assertEqual(shown.modelinfo["general.architecture"], "llama")
        self.assertIn("<|im_start|>", shown.template)
        self.assertIn("apache-2.0", shown.license.lower())
        self.assertEqual(self.client.show("minilm").capabilities, ["embedding"])
        self.assertEqual(SERVER.json("POST", "/api/show", {"name": CHAT})["details"]["format"], "gguf")

    def test_generate(self):
        answer = self.client.generate(CHAT, QUESTION, options=EXACT)
        self.assertIn("Paris", answer.response)
        self.assertEqual((answer.done, answer.done_reason), (True, "stop"))
        self.assertEqual(answer.prompt_eval_count, 42)  # as transformers counts it
        for duration in (answer.total_duration, answer.prompt_eval_duration, answer.eval_duration):
            self.assertGreater(duration, 1000)
        pieces = list(self.client.generate(CHAT, QUESTION, options=EXACT, stream=True))
        self.assertEqual("".join(piece.response for piece in pieces), answer.response)
        self.assertEqual([piece.done for piece in pieces], [False] * (len(pieces) - 1) + [True])
        self.assertEqual(pieces[-1].eval_count, answer.eval_count)

    def test_generate_goes_on_with_its_context(self):
        first = self.client.generate(CHAT, "My name is Ada. Say hello.", options=EXACT)
        second = self.client.generate(CHAT, "And what is my name?", context=first.context, options=EXACT)
        alone = self.client.generate(CHAT, "And what is my name?", options=EXACT)
        self.assertGreater(second.prompt_eval_count, first.prompt_eval_count + first.eval_count)
        self.assertGreater(second.prompt_eval_count, alone.prompt_eval_count)

    def test_raw_prompts_have_no_template(self):
        answer = self.client.generate(CHAT, "The capital of France is", raw=True, options={**EXACT, "num_predict": 3})
        self.assertLess(answer.prompt_eval_count, 10)
        self.assertEqual((answer.done_reason, answer.eval_count), ("length", 3))

    def test_chat(self):
        answer = self.client.chat(CHAT, MESSAGES, options=EXACT)
        self.assertIn("Paris", answer.message.content)
        self.assertEqual((answer.message.role, answer.done_reason), ("assistant", "stop"))
        pieces = list(self.client.chat(CHAT, MESSAGES, options=EXACT, stream=True))
        self.assertEqual("".join(piece.message.content for piece in pieces), answer.message.content)
        self.assertTrue(pieces[-1].done)

    def test_options_are_obeyed(self):
        ask = lambda **options: self.client.generate(CHAT, "Write a story.", options={"num_predict": 30, **options}).response
        self.assertEqual(ask(seed=1, temperature=1), ask(seed=1, temperature=1))
        self.assertNotEqual(ask(seed=1, temperature=1), ask(seed=2, temperature=1))
        stopped = ask(seed=1, temperature=1, stop=["a"])
        self.assertNotIn("a", stopped)

    def test_answers_follow_a_schema(self):
        options = {"temperature": 0, "num_predict": 200}
        answer = self.client.chat(CHAT, MESSAGES, format=FACTS, options=options)
        self.assertEqual(answer.done_reason, "stop")
        jsonschema.validate(json.loads(answer.message.content), FACTS)
        pieces = list(self.client.generate(CHAT, QUESTION, format=FACTS, options={**options, "seed": 1, "temperature": 1}, stream=True))
        jsonschema.validate(json.loads("".join(piece.response for piece in pieces)), FACTS)
        for stream in (False, True):
            self.refused(400, lambda: list(self.client.chat(CHAT, MESSAGES, format={"type": "array", "uniqueItems": True}, stream=stream)),
                         "uniqueItems")

    def test_logprobs(self):
        answer = self.client.chat(CHAT, MESSAGES, options=EXACT, logprobs=True, top_logprobs=3)
        self.assertEqual("".join(token.token for token in answer.logprobs), answer.message.content)
        self.assertEqual([len(token.top_logprobs) for token in answer.logprobs], [3] * answer.eval_count)
        pieces = list(self.client.generate(CHAT, QUESTION, options=EXACT, logprobs=True, stream=True))
        streamed = [token for piece in pieces for token in piece.logprobs or ()]
        self.assertEqual([token.logprob for token in streamed], [token.logprob for token in answer.logprobs])
        self.assertIsNone(self.client.chat(CHAT, MESSAGES, options=EXACT).logprobs)

    def test_embed(self):
        texts = ["A cat sits on the mat.", "A kitten is on a rug.", "Interest rates rise."]
        embedded = self.client.embed("minilm", texts)
        cat, kitten, rates = embedded.embeddings
        self.assertEqual(len(cat), 384)
        self.assertAlmostEqual(math.hypot(*cat), 1, places=3)
        near, far = (sum(a * b for a, b in zip(cat, other)) for other in (kitten, rates))
        self.assertGreater(near, far + 0.2)
        self.assertGreater(embedded.prompt_eval_count, 12)
        older = self.client.embeddings("minilm", texts[0])
        self.assertEqual([round(x, 5) for x in older.embedding], [round(x, 5) for x in cat])

    def test_texts_that_are_too_long(self):
        long_text = "word " * 2000
        self.refused(400, lambda: self.client.embed("minilm", long_text), "512")
        status, headers, _ = SERVER.call("POST", "/api/embed", {"model": "minilm", "input": ["a", long_text], "truncate": True})
        self.assertEqual((status, headers["X-Sotto-Truncated"]), (200, "1"))

    def test_prompts_that_do_not_fit_are_errors_with_both_numbers(self):
        small = {"num_ctx": 32, **EXACT}
        self.refused(400, lambda: self.client.chat(CHAT, MESSAGES, options=small), "42", "32")
        self.refused(400, lambda: list(self.client.chat(CHAT, MESSAGES, options=small, stream=True)), "42", "32")
        self.refused(400, lambda: self.client.chat(CHAT, MESSAGES, options={"num_ctx": 9000}), "9000", "8192")
        talk = [{"role": "user", "content": "Say something long. " * 10}, {"role": "assistant", "content": "Something. " * 10}]
        status, _, text = SERVER.call("POST", "/api/chat", {"model": CHAT, "messages": talk + MESSAGES, "stream": False,
                                                            "truncate": True, "options": {"num_ctx": 64, **EXACT}})
        self.assertEqual((status, json.loads(text)["truncated_messages"]), (200, 2))
        answer = self.client.generate(CHAT, "Write a very long story.", options={"num_ctx": 64, "temperature": 0})
        self.assertEqual(answer.done_reason, "length")

    def test_errors(self):
        self.refused(404, lambda: self.client.chat("no-such-model", MESSAGES), "no-such-model")
        self.refused(404, lambda: self.client.show("no-such-model"))
        self.refused(404, lambda: list(self.client.generate("no-such-model", "x", stream=True)))
        self.refused(400, lambda: self.client.chat("minilm", MESSAGES), "encoder")
        self.refused(400, lambda: self.client.embed(CHAT, "x"))
        self.refused(400, lambda: self.client.chat(CHAT, MESSAGES, think=True), "thinking")
        self.refused(400, lambda: self.client.generate(CHAT, "x", images=[b"GIF89a"]), "eyes")
        self.refused(400, lambda: self.client.generate(CHAT, "x", suffix="y"), "insert")
        self.refused(400, lambda: self.client.chat(CHAT, MESSAGES, options={"temperature": "hot"}), "options.temperature")
        self.refused(404, lambda: self.client.pull("no-such-model"))
        self.refused(404, lambda: self.client.delete("no-such-model"))

    def test_nothing_is_swallowed(self):
        body = {"model": CHAT, "messages": MESSAGES, "stream": False, "options": {**EXACT, "mirostat": 2}, "surprise": 1}
        status, headers, _ = SERVER.call("POST", "/api/chat", body)
        self.assertEqual((status, headers["X-Sotto-Ignored"]), (200, "options.mirostat, surprise"))
        self.assertIn("options.mirostat, surprise", SERVER.log_text())

    def test_assistants(self):
        self.client.create("poet", from_=CHAT, system="You always answer in French.", parameters={"temperature": 0, "num_predict": 9})
        shown = self.client.show("poet")
        self.assertIn("temperature 0", shown.parameters)
        self.assertEqual(SERVER.json("POST", "/api/show", {"model": "poet"})["system"], "You always answer in French.")
        answer = self.client.chat("poet", MESSAGES)
        self.assertLessEqual(answer.eval_count, 9)
        self.assertNotEqual(answer.prompt_eval_count, 42)  # its instructions stand in front
        self.client.copy("poet", "second")
        self.assertIn("second:latest", [model.model for model in self.client.list().models])
        for name in ("poet", "second"):
            self.client.delete(name)
        self.refused(404, lambda: self.client.show("poet"))

    def test_models_from_blobs(self):
        digest = self.client.create_blob(CHAT_MODEL)
        self.assertEqual(SERVER.call("HEAD", f"/api/blobs/{digest}")[0], 200)
        status = self.client.create("brought", files={"model.gguf": digest})
        self.assertEqual(status.status, "success")
        self.assertIn("Paris", self.client.chat("brought", MESSAGES, options=EXACT).message.content)
        self.assertEqual(SERVER.call("HEAD", f"/api/blobs/{digest}")[0], 404)  # it became the model
        self.client.delete("brought")

    def test_keep_alive_and_ps(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.client.generate(CHAT, "", keep_alive="10m")
        loaded = {model.model: model for model in self.client.ps().models}[CHAT]
        self.assertAlmostEqual((loaded.expires_at - now).total_seconds(), 600, delta=60)
        self.assertGreaterEqual(loaded.size, CHAT_MODEL.stat().st_size)
        self.assertEqual(loaded.context_length, 4096)
        self.assertIn(CHAT, SERVER.home.run("ps").stdout)
        self.assertIn(str(SERVER.process.pid), SERVER.home.run("ps").stdout)
        self.assertEqual(self.client.generate(CHAT, "", keep_alive=0).done_reason, "unload")
        self.wait_until(lambda: CHAT not in [model.model for model in self.client.ps().models])
        self.client.generate(CHAT, "")
        stopped = SERVER.home.run("stop", CHAT)
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.wait_until(lambda: CHAT not in [model.model for model in self.client.ps().models])
        self.assertEqual(SERVER.home.run("stop", "no-such-model").returncode, 3)

    def wait_until(self, done, seconds=20):
        end = time.monotonic() + seconds
        while not done():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_many_at_once_answer_as_alone(self):
        questions = [f"Name {n} colours." for n in ("two", "three", "four", "five", "six", "seven")]
        ask = lambda text: self.client.generate(CHAT, text, options=EXACT).response
        alone = [ask(question) for question in questions]
        with concurrent.futures.ThreadPoolExecutor(len(questions)) as pool:
            self.assertEqual(list(pool.map(ask, questions)), alone)


class OpenAiClient(unittest.TestCase):
    def setUp(self):
        self.client = openai.OpenAI(base_url=SERVER.url + "/v1", api_key="none", max_retries=0)

    def chat(self, **more):
        return self.client.chat.completions.create(**{"model": CHAT, "messages": MESSAGES, "temperature": 0, "max_tokens": 24, **more})

    def test_models(self):
        self.assertIn(CHAT, [model.id for model in self.client.models.list()])
        self.assertEqual(self.client.models.retrieve(CHAT).id, CHAT)
        with self.assertRaises(openai.NotFoundError):
            self.client.models.retrieve("no-such-model")

    def test_chat(self):
        answer = self.chat()
        self.assertIn("Paris", answer.choices[0].message.content)
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertEqual(answer.usage.prompt_tokens, 42)
        self.assertEqual(answer.usage.total_tokens, 42 + answer.usage.completion_tokens)
        again = self.chat()
        self.assertGreaterEqual(again.usage.prompt_tokens_details.cached_tokens, 41)

    def test_stream(self):
        whole = self.chat()
        chunks = list(self.chat(stream=True, stream_options={"include_usage": True}))
        text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        self.assertEqual(text, whole.choices[0].message.content)
        reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
        self.assertEqual(reasons, [None] * (len(reasons) - 1) + ["stop"])
        self.assertEqual(chunks[-1].usage.completion_tokens, whole.usage.completion_tokens)
        self.assertTrue(all(chunk.usage is None for chunk in self.chat(stream=True)))

    def test_options(self):
        self.assertEqual(self.chat(max_tokens=3).choices[0].finish_reason, "length")
        two = self.chat(n=2, temperature=1.5, seed=3, max_completion_tokens=12)
        self.assertEqual([choice.index for choice in two.choices], [0, 1])
        self.assertNotEqual(two.choices[0].message.content, two.choices[1].message.content)
        again = self.chat(n=2, temperature=1.5, seed=3, max_completion_tokens=12)
        self.assertEqual([c.message.content for c in two.choices], [c.message.content for c in again.choices])
        self.assertNotIn("Paris", self.chat(stop=["Par"]).choices[0].message.content)

    def test_answers_follow_a_schema(self):
        parsed = self.client.chat.completions.parse(model=CHAT, messages=MESSAGES, temperature=0, max_tokens=100, response_format=Capital)
        self.assertIsInstance(parsed.choices[0].message.parsed, Capital)
        with self.assertRaises(openai.BadRequestError) as refused:
            self.chat(response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": {"not": {"type": "null"}}}})
        self.assertIn("not", refused.exception.message)

    def test_completions(self):
        answer = self.client.completions.create(model=CHAT, prompt="The capital of France is", max_tokens=8, temperature=0)
        self.assertIn("Paris", answer.choices[0].text)
        chunks = list(self.client.completions.create(model=CHAT, prompt="The capital of France is", max_tokens=8,
                                                     temperature=0, stream=True))
        self.assertEqual("".join(choice.text for chunk in chunks for choice in chunk.choices), answer.choices[0].text)

    def test_logprobs(self):
        choice = self.chat(logprobs=True, top_logprobs=5).choices[0]
        told = choice.logprobs.content
        self.assertEqual("".join(token.token for token in told), choice.message.content)
        self.assertEqual(b"".join(bytes(token.bytes) for token in told), choice.message.content.encode())
        for token in told:
            likely = [other.logprob for other in token.top_logprobs]
            self.assertEqual((len(likely), likely), (5, sorted(likely, reverse=True)))
            self.assertLessEqual(sum(map(math.exp, likely)), 1.0001)
            self.assertGreaterEqual(likely[0], token.logprob)
        chunks = list(self.chat(logprobs=True, top_logprobs=5, stream=True))
        streamed = [token for chunk in chunks if chunk.choices[0].logprobs for token in chunk.choices[0].logprobs.content]
        self.assertEqual(streamed, told)
        self.assertIsNone(self.chat().choices[0].logprobs)
        legacy = self.client.completions.create(model=CHAT, prompt="The capital of France is", max_tokens=8, temperature=0, logprobs=2).choices[0]
        self.assertEqual("".join(legacy.logprobs.tokens), legacy.text)
        for token, offset, logprob, top in zip(*(getattr(legacy.logprobs, name) for name in ("tokens", "text_offset", "token_logprobs", "top_logprobs"))):
            self.assertTrue(legacy.text[offset:].startswith(token))
            self.assertEqual(top[token], logprob)
            self.assertIn(len(top), (2, 3))

    def test_embeddings(self):
        texts = ["A cat sits on the mat.", "Interest rates rise."]
        packed = self.client.embeddings.create(model="minilm", input=texts)  # in base64, as this client asks
        plain = self.client.embeddings.create(model="minilm", input=texts, encoding_format="float")
        self.assertEqual(len(packed.data[1].embedding), 384)
        for a, b in zip(packed.data[1].embedding, plain.data[1].embedding):
            self.assertAlmostEqual(a, b, places=6)
        self.assertGreater(plain.usage.prompt_tokens, 8)

    def test_errors(self):
        with self.assertRaises(openai.NotFoundError) as missing:
            self.chat(model="no-such-model")
        self.assertEqual(missing.exception.code, "model_not_found")
        with self.assertRaises(openai.BadRequestError) as long:
            self.chat(extra_body={"num_ctx": 32})
        self.assertEqual(long.exception.code, "context_length_exceeded")
        self.assertIn("42", long.exception.message)
        self.assertIn("32", long.exception.message)
        for refused in ({"functions": [{"name": "f", "parameters": {}}]}, {"top_logprobs": 21}, {"n": 100},
                        {"temperature": 9}, {"tool_choice": "required"}, {"logit_bias": {"1": 101}}):
            with self.subTest(refused), self.assertRaises(openai.BadRequestError) as caught:
                self.chat(**refused)
            self.assertEqual(caught.exception.param, next(iter(refused)))
            self.assertEqual(caught.exception.type, "invalid_request_error")

    def test_unknown_fields_are_told(self):
        answer = self.client.chat.completions.with_raw_response.create(model=CHAT, messages=MESSAGES, max_tokens=2, user="me")
        self.assertEqual(answer.headers["X-Sotto-Ignored"], "user")


class AnthropicClient(unittest.TestCase):
    def setUp(self):
        self.client = anthropic.Anthropic(base_url=SERVER.url, api_key="none", max_retries=0)

    def ask(self, **more):
        extra = {"temperature": 0, **more.pop("extra_body", {})}  # this client has no such argument any more
        return self.client.messages.create(**{"model": CHAT, "messages": MESSAGES, "max_tokens": 24, "extra_body": extra, **more})

    def test_messages(self):
        answer = self.ask()
        self.assertIn("Paris", answer.content[0].text)
        self.assertEqual((answer.stop_reason, answer.stop_sequence), ("end_turn", None))
        self.assertEqual(answer.usage.input_tokens + answer.usage.cache_read_input_tokens, 42)
        self.assertEqual(self.ask(max_tokens=1).stop_reason, "max_tokens")
        stopped = self.ask(stop_sequences=["aris"])
        self.assertEqual((stopped.stop_reason, stopped.stop_sequence), ("stop_sequence", "aris"))
        self.assertNotIn("aris", stopped.content[0].text)

    def test_stream(self):
        with self.client.messages.stream(model=CHAT, messages=MESSAGES, max_tokens=24, extra_body={"temperature": 0}) as stream:
            text = "".join(stream.text_stream)
            last = stream.get_final_message()
        self.assertEqual(text, self.ask().content[0].text)
        self.assertEqual(last.content[0].text, text)
        self.assertEqual(last.stop_reason, "end_turn")
        self.assertGreater(last.usage.output_tokens, 0)

    def test_system_and_counting(self):
        self.assertEqual(self.client.messages.count_tokens(model=CHAT, messages=MESSAGES).input_tokens, 42)
        more = self.client.messages.count_tokens(model=CHAT, messages=MESSAGES, system="You are a pirate.").input_tokens
        self.assertNotEqual(more, 42)

    def test_errors(self):
        with self.assertRaises(anthropic.NotFoundError):
            self.ask(model="no-such-model")
        for refused in ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, {"max_tokens": 0},
                        {"extra_body": {"temperature": 2}}, {"extra_body": {"num_ctx": 32}}):
            with self.subTest(refused), self.assertRaises(anthropic.BadRequestError):
                self.ask(**refused)


class Doors(unittest.TestCase):
    def test_changes_need_a_token_once_there_is_one(self):
        secrets = []
        make = lambda home: secrets.append(home.run("token", "add", "boss", "--scope", "admin").stdout.strip())
        server = Server(prepare=make)
        self.addCleanup(server.remove)
        self.assertTrue(secrets[0].startswith("sotto_"), secrets)
        remove = lambda headers: server.call("DELETE", "/api/delete", {"model": "no-such-model"}, headers)[0]
        self.assertEqual(remove({}), 401)
        self.assertEqual(remove({"Authorization": "Bearer wrong"}), 401)
        self.assertEqual(remove({"Authorization": "Bearer " + secrets[0]}), 404)
        self.assertEqual(remove({"x-api-key": secrets[0]}), 404)
        self.assertEqual(server.call("GET", "/api/tags")[0], 200)  # from this machine, to read

    def test_pages_of_others_stay_out(self):
        for path, method in (("/", "GET"), ("/api/tags", "GET"), ("/api/chat", "POST"), ("/v1/chat/completions", "POST")):
            for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
                status, _, text = SERVER.call(method, path, {} if method == "POST" else None, headers)
                self.assertIn(status, (403, 421), text)
                json.loads(text)
        self.assertEqual(SERVER.call("POST", "/api/chat", {"model": CHAT}, {"Content-Type": "text/plain"})[0], 415)

    def test_beyond_this_machine_only_with_a_token(self):
        done = SERVER.home.run("serve", "--host", "0.0.0.0", "--port", "0")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("token", done.stderr)


class Ends(unittest.TestCase):
    """Of clients, and of the server."""

    def start_long_answer(self, server):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", "/api/generate", json.dumps({"model": CHAT, "prompt": "Count to a thousand.", "options": {
            "temperature": 0, "num_predict": 200, "stop": []}}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.assertIn("response", json.loads(answer.readline()))
        return connection, answer

    def hold_a_place(self, server):
        """An answer that goes on until the test is over."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", "/v1/completions", json.dumps({
            "model": CHAT, "prompt": "Count to a thousand.", "max_tokens": 4000, "num_ctx": 8192, "stream": True, "logit_bias": ENDLESS}),
            {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.addCleanup(connection.close)
        self.addCleanup(answer.close)
        answer.readline()

    def test_a_client_that_leaves_frees_its_place(self):
        server = Server("--parallel", "1")
        self.addCleanup(server.remove)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", "/api/generate", json.dumps({"model": CHAT, "prompt": "Tell a story without an end.", "options": {
            "temperature": 1.5, "num_ctx": 8192, "repeat_penalty": 1.5}}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.readline()
        answer.close()
        connection.close()
        started = time.monotonic()
        done = server.json("POST", "/api/generate", {"model": CHAT, "prompt": "Hi", "stream": False, "options": {"num_predict": 2}})
        self.assertEqual(done["eval_count"], 2)
        self.assertLess(time.monotonic() - started, 10)

    def test_sigterm_lets_answers_end(self):
        server = Server()
        self.addCleanup(server.remove)
        connection, answer = self.start_long_answer(server)
        server.process.send_signal(signal.SIGTERM)
        lines = answer.read().decode().splitlines()
        connection.close()
        self.assertTrue(json.loads(lines[-1])["done"])
        self.assertEqual(server.process.wait(40), 0)

    def test_a_busy_server_says_when_to_come_again(self):
        server = Server("--parallel", "1", "--queue", "0")
        self.addCleanup(server.remove)
        self.hold_a_place(server)
        status, headers, text = server.call("POST", "/api/generate", {"model": CHAT, "prompt": "Hi"})
        self.assertEqual(status, 503, text)
        self.assertGreater(int(headers["Retry-After"]), 0)
        client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)
        with self.assertRaises(openai.RateLimitError) as busy:
            client.chat.completions.create(model=CHAT, messages=MESSAGES)
        self.assertGreater(int(busy.exception.response.headers["Retry-After"]), 0)
        with self.assertRaises(anthropic.RateLimitError):
            anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0).messages.create(
                model=CHAT, messages=MESSAGES, max_tokens=2)


if __name__ == "__main__":
    unittest.main()
