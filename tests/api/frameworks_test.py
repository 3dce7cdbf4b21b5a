#!/usr/bin/env python3
"""What LangChain gets from the server, unmodified, over Ollama's interface and OpenAI's."""
import functools
import operator
import os
import unittest

os.environ.update(LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false")  # which would send what is said to a service

import ollama  # noqa: E402
import openai  # noqa: E402
import pydantic  # noqa: E402
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage  # noqa: E402
from langchain_ollama import ChatOllama, OllamaEmbeddings, OllamaLLM  # noqa: E402
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings  # noqa: E402

from server_program import CHAT, Server  # noqa: E402

QUESTION = "What is the capital of France? Answer in one word."


class Capital(pydantic.BaseModel):
    """A capital."""
    name: str
    is_large: bool


class Weather(pydantic.BaseModel):
    """The weather in a city."""
    city: str = pydantic.Field(max_length=20)


def setUpModule():
    global SERVER
    SERVER = Server(encoder=True)
    unittest.addModuleCleanup(SERVER.remove)


class Models:
    """What both interfaces must give; `model(**more)` makes a chat model."""

    def test_answers(self):
        answer = self.model().invoke(QUESTION)
        self.assertIn("Paris", answer.content)
        self.assertEqual(answer.usage_metadata["input_tokens"], 42)  # as transformers counts it
        self.assertEqual(self.finish_of(answer), "stop")

    def test_streams(self):
        chunks = list(self.model().stream(QUESTION))
        self.assertGreater(len(chunks), 2)
        self.assertEqual("".join(chunk.content for chunk in chunks), self.model().invoke(QUESTION).content)

    def test_conversations(self):
        said = [SystemMessage("You are called Bob."), HumanMessage("My name is Ada."), AIMessage("Hello Ada."),
                HumanMessage("What is my name?")]
        roles = {"human": "user", "ai": "assistant"}
        messages = [{"role": roles.get(one.type, one.type), "content": one.content} for one in said]
        told = SERVER.json("POST", "/api/chat", {"model": CHAT, "messages": messages, "stream": False,
                                                 "options": {"temperature": 0, "num_predict": 24}})
        self.assertEqual(self.model().invoke(said).content, told["message"]["content"])

    def test_structured_output(self):
        capital = self.model(200).with_structured_output(Capital, method="json_schema").invoke(QUESTION)
        self.assertIsInstance(capital, Capital)

    def test_batches(self):
        questions = [f"Name {n} colours." for n in ("two", "three", "four")]
        alone = [self.model().invoke(question).content for question in questions]
        self.assertEqual([answer.content for answer in self.model().batch(questions)], alone)

    def near_and_far(self, embeddings):
        cat, kitten, rates = embeddings.embed_documents(["A cat sits on the mat.", "A kitten is on a rug.", "Interest rates rise."])
        near, far = (sum(a * b for a, b in zip(cat, other)) for other in (kitten, rates))
        self.assertGreater(near, far + 0.2)
        self.assertEqual(len(embeddings.embed_query("A cat")), 384)


class OllamaModels(Models, unittest.TestCase):
    def model(self, most=24, **more):
        return ChatOllama(**{"model": CHAT, "base_url": SERVER.url, "temperature": 0, "num_predict": most, **more})

    def finish_of(self, answer):
        return answer.response_metadata["done_reason"]

    def test_texts(self):
        model = OllamaLLM(model=CHAT, base_url=SERVER.url, temperature=0, num_predict=24)
        self.assertEqual("".join(model.stream(QUESTION)), model.invoke(QUESTION))

    def test_embeddings(self):
        self.near_and_far(OllamaEmbeddings(model="minilm", base_url=SERVER.url))

    def test_errors(self):
        with self.assertRaises(ollama.ResponseError) as missing:
            self.model(model="no-such-model").invoke("Hi")
        self.assertEqual(missing.exception.status_code, 404)
        with self.assertRaises(ollama.ResponseError) as long:
            self.model(num_ctx=32).invoke(QUESTION)
        self.assertIn("42", long.exception.error)


class OpenAiModels(Models, unittest.TestCase):
    def model(self, most=24, **more):
        return ChatOpenAI(**{"model": CHAT, "base_url": SERVER.url + "/v1", "api_key": "none", "temperature": 0, "max_retries": 0,
                             "max_completion_tokens": most, **more})

    def finish_of(self, answer):
        return answer.response_metadata["finish_reason"]

    def test_texts(self):
        model = OpenAI(model=CHAT, base_url=SERVER.url + "/v1", api_key="none", temperature=0, max_tokens=8)
        self.assertIn("Paris", model.invoke("The capital of France is"))

    def test_logprobs(self):
        answer = self.model(logprobs=True, top_logprobs=2).invoke(QUESTION)
        told = answer.response_metadata["logprobs"]["content"]
        self.assertEqual("".join(token["token"] for token in told), answer.content)

    def test_calls_in_responses(self):
        model = self.model(100, use_responses_api=True)
        caller = model.bind_tools([Weather], tool_choice="Weather")
        said = [HumanMessage("What is the weather in Rome?")]
        answer = caller.invoke(said)
        [call] = answer.tool_calls
        self.assertEqual((call["name"], list(call["args"])), ("Weather", ["city"]))
        streamed = functools.reduce(operator.add, caller.stream(said))
        self.assertEqual([made["args"] for made in streamed.tool_calls], [call["args"]])
        for called in (answer, streamed):
            result = ToolMessage("clear, 21 degrees", tool_call_id=called.tool_calls[0]["id"])
            after = model.bind_tools([Weather], tool_choice="none").invoke([*said, called, result])
            self.assertTrue(after.text)
            self.assertEqual(after.tool_calls, [])

    def test_embeddings(self):
        # Otherwise it would cut texts with a tokenizer that it downloads, and send numbers.
        self.near_and_far(OpenAIEmbeddings(model="minilm", base_url=SERVER.url + "/v1", api_key="none", check_embedding_ctx_length=False))

    def test_errors(self):
        with self.assertRaises(openai.NotFoundError):
            self.model(model="no-such-model").invoke("Hi")
        with self.assertRaises(openai.BadRequestError) as long:
            self.model(extra_body={"num_ctx": 32}).invoke(QUESTION)
        self.assertIn("42", str(long.exception))


if __name__ == "__main__":
    unittest.main()
