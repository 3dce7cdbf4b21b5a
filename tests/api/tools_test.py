#!/usr/bin/env python3
"""Calls of tools as clients from PyPI get them, unmodified, from SmolLM2: its template knows no tools, so that the general
form is used; whatever it is made to call is valid by the tool's schema, as `jsonschema` says."""
import json
import unittest

import anthropic
import jsonschema
import ollama
import openai

from server_program import CHAT, Server

QUESTION = [{"role": "user", "content": "What is the weather in Rome?"}]
WEATHER = {"type": "object", "additionalProperties": False, "required": ["city", "days", "unit"],
           "properties": {"city": {"type": "string", "maxLength": 20}, "days": {"type": "integer", "minimum": 1, "maximum": 14},
                          "unit": {"enum": ["celsius", "fahrenheit"]},
                          "places": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/place"}}},
           "$defs": {"place": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}, "required": ["name"]}}}
NOTHING = {"type": "object", "properties": {}}
SCHEMAS = {"get_weather": WEATHER, "get_time": NOTHING}
TOOLS = [{"type": "function", "function": {"name": name, "description": f"Calls {name}.", "parameters": schema}}
         for name, schema in SCHEMAS.items()]
NAMED = {"type": "function", "function": {"name": "get_weather"}}
STRANGE = {"type": "function", "function": {"name": "strange", "parameters": {"type": "object", "properties": {"a": {"not": {}}}}}}


def setUpModule():
    global SERVER
    SERVER = Server()
    unittest.addModuleCleanup(SERVER.remove)


def check(test, name, arguments):
    test.assertIn(name, SCHEMAS)
    jsonschema.validate(arguments, SCHEMAS[name])


class OpenAiTools(unittest.TestCase):
    def setUp(self):
        self.client = openai.OpenAI(base_url=SERVER.url + "/v1", api_key="none", max_retries=0)

    def chat(self, **more):
        return self.client.chat.completions.create(
            **{"model": CHAT, "messages": QUESTION, "tools": TOOLS, "temperature": 0, "max_tokens": 400, **more})

    def test_named(self):
        choice = self.chat(tool_choice=NAMED).choices[0]
        self.assertEqual((choice.finish_reason, choice.message.content), ("tool_calls", None))
        [call] = choice.message.tool_calls
        self.assertEqual((call.type, call.function.name), ("function", "get_weather"))
        check(self, call.function.name, json.loads(call.function.arguments))

    def test_required_with_any_seed(self):
        for seed in range(4):
            choice = self.chat(tool_choice="required", temperature=1.5, seed=seed, parallel_tool_calls=False).choices[0]
            self.assertEqual(choice.finish_reason, "tool_calls")
            [call] = choice.message.tool_calls
            check(self, call.function.name, json.loads(call.function.arguments))

    def test_stream(self):
        whole = self.chat(tool_choice=NAMED).choices[0].message.tool_calls[0]
        chunks = [choice for chunk in self.chat(tool_choice=NAMED, stream=True) for choice in chunk.choices]
        deltas = [delta for choice in chunks for delta in choice.delta.tool_calls or []]
        self.assertEqual({delta.index for delta in deltas}, {0})
        self.assertEqual(deltas[0].function.name, "get_weather")
        self.assertTrue(deltas[0].id)
        self.assertTrue(all(delta.id is None for delta in deltas[1:]))
        self.assertGreater(len(deltas), 5)  # token by token
        self.assertEqual("".join(delta.function.arguments or "" for delta in deltas), whole.function.arguments)
        self.assertEqual(chunks[-1].finish_reason, "tool_calls")

    def test_several(self):
        with self.client.chat.completions.stream(model=CHAT, messages=QUESTION, tools=TOOLS, tool_choice="required",
                                                 temperature=0.8, seed=3, max_tokens=900) as stream:
            choice = stream.get_final_completion().choices[0]
        self.assertEqual(choice.finish_reason, "tool_calls")
        self.assertEqual(len({call.id for call in choice.message.tool_calls}), len(choice.message.tool_calls))
        for call in choice.message.tool_calls:
            check(self, call.function.name, json.loads(call.function.arguments))

    def test_a_result_is_answered(self):
        first = self.chat(tool_choice=NAMED).choices[0].message
        call = first.tool_calls[0]
        messages = QUESTION + [first.model_dump(exclude_none=True),
                               {"role": "tool", "tool_call_id": call.id, "content": '{"sky": "clear", "degrees": 21}'}]
        answer = self.chat(messages=messages, tool_choice="none", max_tokens=40)
        self.assertTrue(answer.choices[0].message.content)
        self.assertIsNone(answer.choices[0].message.tool_calls)
        self.assertIn(answer.choices[0].finish_reason, ("stop", "length"))

    def test_a_free_answer_lives(self):
        for stream in (False, True):
            answer = self.chat(stream=stream, max_tokens=60)
            reasons = [choice.finish_reason for chunk in answer for choice in chunk.choices] if stream else [answer.choices[0].finish_reason]
            self.assertIn(reasons[-1], ("stop", "length", "tool_calls"))

    def test_refusals(self):
        for more, part in (({"tools": [], "tool_choice": "required"}, "no tools"),
                           ({"tool_choice": {"type": "function", "function": {"name": "other"}}}, "other"),
                           ({"tools": [STRANGE], "tool_choice": "required"}, "tool \"strange\": schema, at #/properties/a"),
                           ({"response_format": {"type": "json_object"}}, "exclude"),
                           ({"tools": [{"type": "web_search"}]}, "functions alone"),
                           ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "its name must")):
            with self.subTest(part), self.assertRaises(openai.BadRequestError) as refused:
                self.chat(**more)
            self.assertIn(part, refused.exception.message)
        self.assertTrue(self.chat(tools=[STRANGE], max_tokens=5).choices)  # free answers are not held to schemas


class OllamaTools(unittest.TestCase):
    def setUp(self):
        self.client = ollama.Client(SERVER.url)

    def test_a_free_answer_lives(self):
        answer = self.client.chat(CHAT, QUESTION, tools=TOOLS, options={"temperature": 0, "num_predict": 60})
        self.assertEqual(answer.done, True)
        self.assertTrue(answer.message.content or answer.message.tool_calls)

    def test_functions_of_python(self):
        def get_time(city: str) -> str:
            """The time in a city.

            Args:
              city: its name
            """
            return city
        pieces = list(self.client.chat(CHAT, QUESTION, tools=[get_time], options={"temperature": 0, "num_predict": 60}, stream=True))
        self.assertTrue(pieces[-1].done)

    def test_calls_are_objects(self):
        body = {"model": CHAT, "messages": QUESTION, "tools": TOOLS, "tool_choice": NAMED, "options": {"temperature": 0}}
        whole = ollama.ChatResponse(**SERVER.json("POST", "/api/chat", {**body, "stream": False}))
        self.assertEqual(whole.done_reason, "stop")
        [call] = whole.message.tool_calls
        check(self, call.function.name, dict(call.function.arguments))
        _, headers, text = SERVER.call("POST", "/api/chat", body)
        self.assertNotIn("X-Sotto-Ignored", headers)
        lines = [ollama.ChatResponse(**json.loads(line)) for line in text.splitlines()]
        [streamed] = [call for line in lines for call in line.message.tool_calls or []]
        self.assertEqual(streamed.function, call.function)
        said = QUESTION + [whole.message, {"role": "tool", "tool_name": call.function.name, "content": "clear, 21 degrees"}]
        answer = self.client.chat(CHAT, said, options={"temperature": 0, "num_predict": 40})
        self.assertTrue(answer.message.content)

    def test_capabilities(self):
        self.assertNotIn("tools", self.client.show(CHAT).capabilities)  # its template has no form for them
        self.client.create("caller", from_=CHAT, template="{% for m in messages %}{{ m.content }}{% endfor %}"
                                                          "{% if tools %}<tool_call>{{ tools | tojson }}{% endif %}")
        self.assertIn("tools", self.client.show("caller").capabilities)


class AnthropicTools(unittest.TestCase):
    TOOLS = [{"name": name, "description": f"Calls {name}.", "input_schema": schema} for name, schema in SCHEMAS.items()]

    def setUp(self):
        self.client = anthropic.Anthropic(base_url=SERVER.url, api_key="none", max_retries=0)

    def arguments(self, **more):
        return {"model": CHAT, "messages": QUESTION, "max_tokens": 400, "tools": self.TOOLS,
                "tool_choice": {"type": "tool", "name": "get_weather"}, "extra_body": {"temperature": 0}, **more}

    def test_a_call_and_its_result(self):
        answer = self.client.messages.create(**self.arguments())
        self.assertEqual(answer.stop_reason, "tool_use")
        [call] = answer.content
        self.assertEqual((call.type, call.name), ("tool_use", "get_weather"))
        check(self, call.name, call.input)
        said = QUESTION + [{"role": "assistant", "content": [call.model_dump(exclude_none=True)]},
                           {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "clear"}]}]
        after = self.client.messages.create(**self.arguments(messages=said, tool_choice={"type": "none"}, max_tokens=40))
        self.assertEqual(after.content[0].type, "text")

    def test_stream(self):
        whole = self.client.messages.create(**self.arguments()).content[0]
        with self.client.messages.stream(**self.arguments()) as stream:
            kinds = [event.type for event in stream]
            last = stream.get_final_message()
        self.assertGreater(kinds.count("input_json"), 5)
        self.assertEqual((last.content[0].name, last.content[0].input), (whole.name, whole.input))
        self.assertEqual(last.stop_reason, "tool_use")

    def test_any(self):
        answer = self.client.messages.create(**self.arguments(tool_choice={"type": "any", "disable_parallel_tool_use": True}))
        [call] = answer.content
        check(self, call.name, call.input)


if __name__ == "__main__":
    unittest.main(verbosity=2)
