#!/usr/bin/env python3
"""/v1/responses as OpenAI's client sees it, against a real model."""
import json
import unittest

import jsonschema
import openai
import pydantic

from server_program import CHAT, Server

QUESTION = "What is the capital of France? Answer in one word."
ASKED = "What is the weather in Rome?"
WEATHER = {"type": "object", "additionalProperties": False, "required": ["city", "days", "unit"],
           "properties": {"city": {"type": "string", "maxLength": 20}, "days": {"type": "integer", "minimum": 1, "maximum": 14},
                          "unit": {"enum": ["celsius", "fahrenheit"]}}}
TOOL = {"type": "function", "name": "get_weather", "description": "The weather in a city.", "parameters": WEATHER, "strict": True}
NAMED = {"type": "function", "name": "get_weather"}


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
        self.assertEqual(second.previous_response_id, first.id)
        said = [{"role": "user", "content": "My name is Ada. Say hello."}, *(item.model_dump() for item in first.output),
                {"role": "user", "content": "What is my name?"}]
        told = self.ask(said)
        self.assertEqual((told.output_text, told.usage.input_tokens), (second.output_text, second.usage.input_tokens))
        self.assertGreater(second.usage.input_tokens, self.ask("What is my name?").usage.input_tokens + 20)  # both were read

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
        for refused in ({"background": True}, {"temperature": 9}):
            with self.subTest(refused), self.assertRaises(openai.BadRequestError) as caught:
                self.ask(**refused)
            self.assertEqual(caught.exception.param, next(iter(refused)))


class Calls(unittest.TestCase):
    """SmolLM2's template knows no tools, so that the general form is used; what it is made to call is valid by the schema."""

    def setUp(self):
        self.client = openai.OpenAI(base_url=SERVER.url + "/v1", api_key="none", max_retries=0)

    def ask(self, given=ASKED, **more):
        return self.client.responses.create(
            **{"model": CHAT, "input": given, "temperature": 0, "max_output_tokens": 400, "tools": [TOOL], "tool_choice": NAMED, **more})

    def check(self, call):
        self.assertEqual((call.type, call.name, call.status), ("function_call", "get_weather", "completed"))
        jsonschema.validate(json.loads(call.arguments), WEATHER)

    def test_a_call_and_its_result(self):
        first = self.ask(parallel_tool_calls=False)
        self.assertEqual((first.status, first.output_text), ("completed", ""))
        self.assertEqual([tool.model_dump(exclude_none=True) for tool in first.tools], [TOOL])
        self.assertEqual((first.tool_choice.model_dump(), first.parallel_tool_calls), (NAMED, False))
        [call] = first.output  # and no message
        self.check(call)
        output = '{"sky": "clear", "degrees": 21}'
        result = {"type": "function_call_output", "call_id": call.call_id, "output": output}
        after = self.ask([result], previous_response_id=first.id, tool_choice="none", max_output_tokens=40)
        self.assertEqual([item.type for item in after.output], ["message"])
        self.assertTrue(after.output_text)
        [item] = self.client.responses.input_items.list(after.id)
        self.assertEqual((item.type, item.call_id, item.output), ("function_call_output", call.call_id, output))
        parts = {**result, "output": [{"type": "input_text", "text": output}]}
        told = self.ask([{"role": "user", "content": ASKED}, call.model_dump(exclude_none=True), parts], tool_choice="none", max_output_tokens=40)
        self.assertEqual((told.usage.input_tokens, told.output_text), (after.usage.input_tokens, after.output_text))
        plain = self.ask([{"role": "user", "content": ASKED}], tool_choice="none", max_output_tokens=1)
        self.assertGreater(after.usage.input_tokens, plain.usage.input_tokens + 20)  # call and result were read

    def test_calls_stream(self):
        whole = self.ask().output[0]
        with self.client.responses.stream(model=CHAT, input=ASKED, tools=[TOOL], tool_choice=NAMED, temperature=0,
                                          max_output_tokens=400) as stream:
            events = list(stream)
            last = stream.get_final_response()
        kinds = [event.type for event in events]
        self.assertEqual((kinds[2], kinds[-3:]), ("response.output_item.added", [
            "response.function_call_arguments.done", "response.output_item.done", "response.completed"]))
        self.assertEqual((events[2].item.name, events[2].item.arguments, events[2].item.status), ("get_weather", "", "in_progress"))
        deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
        self.assertGreater(len(deltas), 5)  # token by token
        self.assertEqual({"".join(deltas), events[-3].arguments, events[-2].item.arguments}, {whole.arguments})
        [call] = last.output
        self.check(call)
        self.assertEqual((call.id, call.call_id), (events[2].item.id, events[2].item.call_id))
        self.assertEqual(call.parsed_arguments, json.loads(whole.arguments))
        self.assertEqual(self.client.responses.retrieve(last.id).output[0].call_id, call.call_id)

    def test_several_with_any_seed(self):
        for seed in range(3):
            answer = self.ask(tool_choice="required", temperature=0.8, max_output_tokens=900, extra_body={"seed": seed})
            self.assertEqual(answer.status, "completed")
            self.assertEqual(len({call.call_id for call in answer.output}), len(answer.output))
            for call in answer.output:
                self.check(call)

    def test_a_call_that_is_cut(self):
        cut = self.ask(max_output_tokens=4)
        self.assertEqual((cut.status, cut.incomplete_details.reason), ("incomplete", "max_output_tokens"))
        self.assertEqual({item.status for item in cut.output}, {"incomplete"})
        self.assertTrue(self.ask("And in Oslo?", previous_response_id=cut.id, tool_choice="none", max_output_tokens=9).output)

    def test_a_free_answer_lives(self):
        answer = self.ask(tool_choice="auto", max_output_tokens=60)
        self.assertIn(answer.status, ("completed", "incomplete"))
        self.assertTrue(answer.output)

    def test_refusals(self):
        for more, part in (({"tools": [{"type": "web_search"}]}, "functions alone, found web_search"),
                           ({"tools": [], "tool_choice": "required"}, "no tools"),
                           ({"tool_choice": {"type": "function", "name": "other"}}, "other"),
                           ({"text": {"format": {"type": "json_object"}}}, "exclude"),
                           ({"tools": [{**TOOL, "name": "a b"}]}, "its name must")):
            with self.subTest(part), self.assertRaises(openai.BadRequestError) as refused:
                self.ask(**more)
            self.assertIn(part, refused.exception.message)


if __name__ == "__main__":
    unittest.main()
