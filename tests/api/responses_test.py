#!/usr/bin/env python3
"""/v1/responses as OpenAI's client sees it, against a real model."""
import unittest

import openai
import pydantic

from server_program import CHAT, Server

QUESTION = "What is the capital of France? Answer in one word."


class Capital(pydantic.BaseModel):
    """What the client makes a schema of."""
    capital: str
    is_large: bool


def setUpModule():
    global SERVER
    SERVER = Server()
    unittest.addModuleCleanup(SERVER.remove)


class Responses(unittest.TestCase):
    def setUp(self):
        self.client = openai.OpenAI(base_url=SERVER.url + "/v1", api_key="none", max_retries=0)

    def ask(self, text=QUESTION, **more):
        return self.client.responses.create(**{"model": CHAT, "input": text, "temperature": 0, "max_output_tokens": 24, **more})

    def test_answers(self):
        response = self.ask()
        self.assertIn("Paris", response.output_text)
        self.assertEqual((response.status, response.error, response.incomplete_details), ("completed", None, None))
        self.assertEqual(response.usage.input_tokens, 42)  # as transformers counts it
        self.assertEqual(response.usage.total_tokens, 42 + response.usage.output_tokens)
        chat = self.client.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": QUESTION}], temperature=0)
        self.assertEqual(response.output_text, chat.choices[0].message.content)
        cut = self.ask(max_output_tokens=1)
        self.assertEqual((cut.status, cut.incomplete_details.reason), ("incomplete", "max_output_tokens"))

    def test_streams(self):
        with self.client.responses.stream(model=CHAT, input=QUESTION, temperature=0, max_output_tokens=24) as stream:
            events = list(stream)
            last = stream.get_final_response()
        self.assertEqual([event.sequence_number for event in events], list(range(len(events))))
        self.assertEqual([events[0].type, events[1].type, events[-1].type],
                         ["response.created", "response.in_progress", "response.completed"])
        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        self.assertEqual((text, last.output_text), (self.ask().output_text,) * 2)
        self.assertEqual(self.client.responses.retrieve(last.id).output_text, text)

    def test_a_conversation_goes_on(self):
        first = self.ask("My name is Ada. Say hello.", instructions="You are a friendly helper.")
        second = self.ask("What is my name?", previous_response_id=first.id)
        self.assertIn("Ada", second.output_text)
        self.assertEqual(second.previous_response_id, first.id)
        said = [{"role": "user", "content": "My name is Ada. Say hello."}, *(item.model_dump() for item in first.output),
                {"role": "user", "content": "What is my name?"}]
        self.assertEqual(self.ask(said).output_text, second.output_text)

    def test_what_is_stored(self):
        response = self.ask([{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}, {"role": "assistant", "content": "Hello."},
                             {"role": "user", "content": "Bye"}], metadata={"about": "greetings"})
        kept = self.client.responses.retrieve(response.id)
        self.assertEqual((kept.output_text, kept.metadata), (response.output_text, {"about": "greetings"}))
        items = list(self.client.responses.input_items.list(response.id, limit=2, order="asc"))  # in two pages
        self.assertEqual([(item.role, item.content[0].text) for item in items], [("user", "Hi"), ("assistant", "Hello."), ("user", "Bye")])
        self.client.responses.delete(response.id)
        for gone in (lambda: self.client.responses.retrieve(response.id), lambda: self.client.responses.delete(response.id),
                     lambda: self.ask(previous_response_id=response.id)):
            self.assertRaises(openai.NotFoundError, gone)
        self.assertRaises(openai.NotFoundError, self.client.responses.retrieve, self.ask(store=False).id)

    def test_schemas(self):
        parsed = self.client.responses.parse(model=CHAT, input=QUESTION, temperature=0, max_output_tokens=100, text_format=Capital)
        self.assertIsInstance(parsed.output_parsed, Capital)

    def test_logprobs(self):
        content = self.ask(include=["message.output_text.logprobs"], top_logprobs=2).output[0].content[0]
        self.assertEqual("".join(token.token for token in content.logprobs), content.text)
        self.assertEqual({len(token.top_logprobs) for token in content.logprobs}, {2})

    def test_errors(self):
        with self.assertRaises(openai.NotFoundError) as missing:
            self.ask(model="no-such-model")
        self.assertEqual(missing.exception.code, "model_not_found")
        for stream in (False, True):
            with self.assertRaises(openai.BadRequestError) as long:
                self.ask(stream=stream, extra_body={"num_ctx": 32})
            self.assertEqual(long.exception.code, "context_length_exceeded")
        for refused in ({"tools": [{"type": "function", "name": "f", "parameters": {}}]}, {"background": True}, {"temperature": 9}):
            with self.subTest(refused), self.assertRaises(openai.BadRequestError) as caught:
                self.ask(**refused)
            self.assertEqual(caught.exception.param, next(iter(refused)))


if __name__ == "__main__":
    unittest.main()
