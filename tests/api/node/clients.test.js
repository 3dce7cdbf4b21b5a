// What clients from npm get from the server, unmodified: those of Ollama and OpenAI, and Continue's adapters. node_test.py starts
// the server and this.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constructLlmApi } from "@continuedev/openai-adapters";
import { Ollama } from "ollama";
import OpenAI from "openai";

const url = process.env.SOTTO_URL;
const model = process.env.SOTTO_CHAT;
const messages = [{ role: "user", content: "What is the capital of France? Answer in one word." }];
const schema = {
  type: "object",
  properties: { capital: { type: "string", maxLength: 20 }, is_large: { type: "boolean" } },
  required: ["capital", "is_large"],
  additionalProperties: false,
};
const texts = ["A cat sits on the mat.", "A kitten is on a rug.", "Interest rates rise."];

const all = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
};
const product = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const expectNearer = ([cat, kitten, rates]) => {
  assert.equal(cat.length, 384);
  assert.ok(product(cat, kitten) > product(cat, rates) + 0.2);
};
const expectCapital = (text) => {
  const found = JSON.parse(text);
  assert.deepEqual(Object.keys(found).sort(), ["capital", "is_large"]);
  assert.equal(typeof found.is_large, "boolean");
};

describe("ollama", () => {
  const client = new Ollama({ host: url });
  const options = { temperature: 0, num_predict: 24 };

  test("chat, whole and streamed", async () => {
    const whole = await client.chat({ model, messages, options });
    assert.match(whole.message.content, /Paris/);
    assert.deepEqual([whole.done, whole.done_reason, whole.prompt_eval_count], [true, "stop", 42]);
    const parts = await all(await client.chat({ model, messages, options, stream: true }));
    assert.equal(parts.map((part) => part.message.content).join(""), whole.message.content);
  });

  test("generate, with log-probabilities", async () => {
    const answer = await client.generate({ model, prompt: messages[0].content, options, logprobs: true, top_logprobs: 2 });
    assert.equal(answer.logprobs.map((token) => token.token).join(""), answer.response);
    assert.equal(answer.logprobs[0].top_logprobs.length, 2);
  });

  test("a stream that is aborted frees its place", async () => {
    const stream = await client.generate({ model, prompt: "Tell a long story.", options: { num_predict: 2000 }, stream: true });
    setTimeout(() => stream.abort(), 300);
    await assert.rejects(all(stream), { name: "AbortError" });
    assert.match((await client.chat({ model, messages, options })).message.content, /Paris/);
  });

  test("schema", async () => {
    expectCapital((await client.chat({ model, messages, format: schema, options: { temperature: 0, num_predict: 100 } })).message.content);
  });

  test("embeddings", async () => expectNearer((await client.embed({ model: "minilm", input: texts })).embeddings));

  test("models", async () => {
    assert.ok((await client.list()).models.some((found) => found.name === model));
    assert.deepEqual((await client.show({ model })).capabilities, ["completion"]);
  });

  test("errors", async () => {
    await assert.rejects(client.chat({ model: "no-such-model", messages }), { status_code: 404 });
    await assert.rejects(client.chat({ model, messages, options: { num_ctx: 32 } }), /42.*32/);
    await assert.rejects(client.chat({ model, messages, format: { not: {} }, stream: true }), /not/);
  });
});

describe("openai", () => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  const ask = { model, messages, temperature: 0, max_completion_tokens: 24 };

  test("chat, whole and streamed", async () => {
    const whole = await client.chat.completions.create({ ...ask, logprobs: true });
    const [choice] = whole.choices;
    assert.match(choice.message.content, /Paris/);
    assert.equal(choice.logprobs.content.map((token) => token.token).join(""), choice.message.content);
    const chunks = await all(await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } }));
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), choice.message.content);
    assert.deepEqual(chunks.at(-1).usage.completion_tokens, whole.usage.completion_tokens);
  });

  test("responses, whole and streamed", async () => {
    const whole = await client.responses.create({ model, input: messages[0].content, temperature: 0, max_output_tokens: 24 });
    assert.match(whole.output_text, /Paris/);
    const stream = client.responses.stream({ model, input: "Say that again.", temperature: 0, max_output_tokens: 24, previous_response_id: whole.id });
    const events = await all(stream);
    assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, i) => i));
    const last = await stream.finalResponse();
    assert.equal(last.output_text, (await client.responses.retrieve(last.id)).output_text);
    await client.responses.delete(last.id);
    await assert.rejects(client.responses.retrieve(last.id), OpenAI.NotFoundError);
  });

  test("calls in responses", async () => {
    const parameters = { type: "object", properties: { city: { type: "string", maxLength: 20 } }, required: ["city"], additionalProperties: false };
    const ask = { model, temperature: 0, tools: [{ type: "function", name: "get_weather", description: "The weather in a city.", parameters, strict: true }] };
    const forced = { ...ask, input: "What is the weather in Rome?", max_output_tokens: 100, tool_choice: { type: "function", name: "get_weather" } };
    const stream = client.responses.stream(forced);
    const events = await all(stream);
    const [call] = (await stream.finalResponse()).output;
    assert.equal(call.type, "function_call");
    assert.deepEqual(Object.keys(JSON.parse(call.arguments)), ["city"]);
    const deltas = events.filter((event) => event.type === "response.function_call_arguments.delta");
    assert.equal(deltas.map((event) => event.delta).join(""), call.arguments);
    const whole = await client.responses.create(forced);
    assert.deepEqual(whole.output.map((item) => item.arguments), [call.arguments]);
    const result = { type: "function_call_output", call_id: whole.output[0].call_id, output: "clear, 21 degrees" };
    const after = await client.responses.create({ ...ask, input: [result], previous_response_id: whole.id, tool_choice: "none", max_output_tokens: 24 });
    assert.ok(after.output_text);
  });

  test("schema", async () => {
    const answer = await client.chat.completions.create({
      ...ask, max_completion_tokens: 100, response_format: { type: "json_schema", json_schema: { name: "capital", schema, strict: true } },
    });
    expectCapital(answer.choices[0].message.content);
    const format = { type: "json_schema", name: "capital", schema, strict: true };
    expectCapital((await client.responses.create({ model, input: messages, temperature: 0, max_output_tokens: 100, text: { format } })).output_text);
  });

  test("embeddings", async () => {
    expectNearer((await client.embeddings.create({ model: "minilm", input: texts })).data.map((one) => one.embedding));
  });

  test("errors", async () => {
    await assert.rejects(client.chat.completions.create({ ...ask, model: "no-such-model" }), OpenAI.NotFoundError);
    await assert.rejects(client.chat.completions.create({ ...ask, num_ctx: 32 }), { status: 400, code: "context_length_exceeded" });
    await assert.rejects(client.chat.completions.create({ ...ask, temperature: 9, stream: true }), { param: "temperature" });
  });
});

describe("continue", () => {
  const client = constructLlmApi({ provider: "openai", apiBase: `${url}/v1/`, apiKey: "none" });
  const signal = () => new AbortController().signal;
  const ask = { model, messages, temperature: 0, max_tokens: 24 };

  test("chat, whole and streamed", async () => {
    const whole = await client.chatCompletionNonStream({ ...ask, stream: false }, signal());
    assert.match(whole.choices[0].message.content, /Paris/);
    const chunks = await all(client.chatCompletionStream({ ...ask, stream: true }, signal()));
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), whole.choices[0].message.content);
  });

  test("completions", async () => {
    const asked = { model, prompt: "The capital of France is", temperature: 0, max_tokens: 8 };
    const whole = await client.completionNonStream({ ...asked, stream: false }, signal());
    assert.match(whole.choices[0].text, /Paris/);
    const parts = await all(client.completionStream({ ...asked, stream: true }, signal()));
    assert.equal(parts.map((part) => part.choices[0]?.text ?? "").join(""), whole.choices[0].text);
  });

  test("schema", async () => {
    const response_format = { type: "json_schema", json_schema: { name: "capital", schema } };
    const answer = await client.chatCompletionNonStream({ ...ask, max_tokens: 100, response_format, stream: false }, signal());
    expectCapital(answer.choices[0].message.content);
  });

  test("embeddings and models", async () => {
    expectNearer((await client.embed({ model: "minilm", input: texts })).data.map((one) => one.embedding));
    assert.ok((await client.list()).some((found) => found.id === model));
  });

  test("errors", async () => {
    await assert.rejects(client.chatCompletionNonStream({ ...ask, model: "no-such-model", stream: false }, signal()), { status: 404 });
  });
});
