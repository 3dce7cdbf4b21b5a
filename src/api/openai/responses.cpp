#include "api/openai/responses.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "api/logprobs.h"
#include "api/openai/response_calls.h"
#include "api/openai/response_items.h"
#include "api/openai/response_writer.h"
#include "api/text_forms.h"

namespace sotto::api::openai {

// What a request asks for.
struct Responses::Wanted {
  Ask ask;
  ResponseInput input;
  std::vector<Message> conversation;  // without instructions
  std::string owner, instructions, previous_id;
  bool stream = false, store = true;
  Json head;  // the response before there is an answer
};

namespace {

constexpr WholeOption kResponseWholes[] = {
    {"max_output_tokens", 1, std::numeric_limits<std::int32_t>::max(), &Options::max_tokens}};

Failure response_not_found(const std::string& id, const char* field = "") {
  return {404, "response_not_found",
          fmt::format("there is no response \"{}\": it was not stored, was deleted, or gave way to newer ones", id),
          field};
}

// A client sees what was made with its own token, or without one.
std::string owner_of(Call& call) {
  return call.request().scope == http::Scope::kOpen ? std::string() : call.request().client;
}

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

// {"type": "text"}, or a schema.
Json read_text(Fields& fields, Ask& ask) {
  Json told = {{"format", {{"type", "text"}}}};
  const Json* text = fields.object("text");
  if (text == nullptr) return told;
  Fields within(*text, "text", fields.findings());
  if (const Json* format = within.object("format")) {
    Fields inner(*format, "text.format", fields.findings());
    const std::string type = inner.required_text("type");
    const Json* schema = inner.object("schema");
    inner.allow({"name", "description", "strict"});
    if (type == "json_object") ask.json_schema = R"({"type":"object"})";
    else if (type == "json_schema" && schema != nullptr) ask.json_schema = dump(*schema);
    else if (type == "json_schema") inner.complain("schema", "is missing: a JSON Schema");
    else if (type != "text") inner.complain("type", "text, json_object or json_schema is wanted, found " + type);
    inner.finish();
    told["format"] = *format;
  }
  within.finish();
  return told;
}

Json read_reasoning(Fields& fields, Ask& ask) {
  Json told = {{"effort", nullptr}, {"summary", nullptr}};
  const Json* reasoning = fields.object("reasoning");
  if (reasoning == nullptr) return told;
  Fields within(*reasoning, "reasoning", fields.findings());
  if (read_effort(within, "effort", ask)) told["effort"] = (*reasoning)["effort"];
  within.finish();  // thoughts are told whole: a summary is reported as ignored
  return told;
}

void read_logprobs_of(Fields& fields, Ask& ask, Json& head) {
  const auto n_top = fields.whole("top_logprobs", 0, kMostTopLogprobs);
  const std::vector<std::string> include = fields.texts("include", 16);
  const bool included = std::ranges::find(include, "message.output_text.logprobs") != include.end();
  if (included || n_top.value_or(0) > 0) ask.n_top_logprobs = static_cast<int>(n_top.value_or(0));
  for (const std::string& what : include) {
    if (what != "message.output_text.logprobs") fields.findings().ignored.push_back("include: " + what);
  }
  head["top_logprobs"] = n_top.value_or(0);
}

Json read_metadata(Fields& fields) {
  const Json* metadata = fields.object("metadata");
  if (metadata == nullptr) return Json::object();
  for (const auto& [name, value] : metadata->items()) {
    if (!value.is_string()) fields.complain("metadata", "texts are wanted, found " + kind_of(value));
  }
  return *metadata;
}

// The response before there is an answer, and what of the request stands in it.
Json read_head(Fields& fields, Ask& ask) {
  Json head = {
      {"id", fresh_id("resp_")}, {"object", "response"}, {"created_at", unix_now_s()}, {"status", "in_progress"}};
  for (const char* name : {"error", "incomplete_details", "usage"}) head[name] = nullptr;
  head["output"] = Json::array();
  head["model"] = ask.model;
  head["max_output_tokens"] = or_null(ask.options.max_tokens);
  head["temperature"] = or_null(ask.options.temperature);
  head["top_p"] = or_null(ask.options.top_p);
  head["reasoning"] = read_reasoning(fields, ask);
  head["text"] = read_text(fields, ask);
  head["metadata"] = read_metadata(fields);
  read_calling(fields, ask, head);
  read_logprobs_of(fields, ask, head);
  return head;
}

// What others do and this version does not.
void refuse_the_rest(Fields& fields) {
  fields.refuse("background", "an answer is made while its request waits; leave it out");
  fields.refuse("conversation", "conversations go on with previous_response_id");
  fields.refuse("prompt", "no prompts are kept here; give input and instructions");
}

}  // namespace

Responses::Wanted Responses::read(Call& call) const {
  Wanted wanted;
  Fields& fields = call.fields();
  Ask& ask = wanted.ask;
  read_settings(fields, ask);
  read_wholes(fields, kResponseWholes, ask.options);
  wanted.input = read_input(fields);
  wanted.owner = owner_of(call);
  wanted.instructions = fields.text("instructions").value_or("");
  wanted.previous_id = fields.text("previous_response_id").value_or("");
  wanted.stream = fields.flag("stream").value_or(false);
  wanted.store = fields.flag("store").value_or(true);
  if (wanted.input.messages.empty()) fields.complain("input", "is missing: a text, or a list with a message");
  const std::string truncation = fields.text("truncation").value_or("disabled");
  if (truncation != "auto" && truncation != "disabled")
    fields.complain("truncation", "auto or disabled is wanted, found " + truncation);
  ask.truncate = truncation == "auto";
  wanted.head = read_head(fields, wanted.ask);
  wanted.head.update({{"instructions", or_null(wanted.instructions)},
                      {"previous_response_id", or_null(wanted.previous_id)},
                      {"store", wanted.store},
                      {"truncation", truncation}});
  refuse_the_rest(fields);
  return wanted;
}

// The messages of the response before, then those of this request. Instructions hold for one request alone; where a
// message instructs as well, both are one, for templates want one at most.
Outcome Responses::go_on(Wanted& wanted) {
  std::vector<Message>& said = wanted.conversation;
  if (!wanted.previous_id.empty()) {
    const auto previous = store_.find(wanted.previous_id, wanted.owner);
    if (previous == nullptr) return response_not_found(wanted.previous_id, "previous_response_id");
    said = previous->messages;
  }
  said.insert(said.end(), wanted.input.messages.begin(), wanted.input.messages.end());
  name_results(said);
  wanted.ask.messages = said;
  wanted.ask.system = wanted.instructions;
  Message& first = wanted.ask.messages.front();
  if (first.role == Role::kSystem && !wanted.instructions.empty())
    first.content = wanted.instructions + "\n\n" + first.content;
  return std::nullopt;
}

void Responses::keep(Wanted& wanted, const Answer& answer, Json& response) {
  if (!wanted.store) return;
  wanted.conversation.push_back(said_by(answer));
  StoredResponse stored{response["id"], wanted.owner, response, std::move(wanted.input.items),
                        std::move(wanted.conversation)};
  response["store"] = store_.fits(stored);
  store_.put(std::move(stored));
}

Outcome Responses::create(Call& call) {
  Wanted wanted = read(call);
  if (auto wrong = call.check()) return wrong;
  if (auto wrong = go_on(wanted)) return wrong;
  std::unique_ptr<Job> job;
  if (auto wrong = prepare(service_, call, wanted.ask, job, "reasoning.effort")) return wrong;
  ResponseWriter writer(call, wanted.head, wanted.stream);
  Answer answer;
  const auto listen = [&](const Event& event) { writer.piece(event); };
  if (auto wrong = job->run(std::nullopt, listen, answer)) {
    if (!writer.fail(*wrong)) return wrong;
    service_.note("POST /v1/responses: " + wrong->message);
    return std::nullopt;
  }
  Json response = writer.complete(answer);
  keep(wanted, answer, response);
  writer.send(response);
  return std::nullopt;
}

std::shared_ptr<const StoredResponse> Responses::find(Call& call) {
  return store_.find(call.request().params["id"], owner_of(call));
}

Outcome Responses::show(Call& call) {
  const auto stored = find(call);
  if (stored == nullptr) return response_not_found(call.request().params["id"]);
  if (call.request().query.contains("stream") && call.request().query.at("stream") != "false")
    return cannot("stream", "the events of a response are not kept; ask for it without stream");
  call.send(stored->response);
  return std::nullopt;
}

Outcome Responses::remove(Call& call) {
  const std::string id = call.request().params["id"];
  if (!store_.remove(id, owner_of(call))) return response_not_found(id);
  call.send({{"id", id}, {"object", "response"}, {"deleted", true}});
  return std::nullopt;
}

Outcome Responses::input_items(Call& call) {
  const auto stored = find(call);
  if (stored == nullptr) return response_not_found(call.request().params["id"]);
  const Json page = item_page(stored->input_items, call.request().query, call.findings());
  if (auto wrong = call.check()) return wrong;
  call.send(page);
  return std::nullopt;
}

}  // namespace sotto::api::openai
