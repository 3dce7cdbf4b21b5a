#include "engine/conversation.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <utility>
#include <vector>

#include "text/tool_calls/reading.h"

namespace sotto::engine {
namespace {

using Json = nlohmann::ordered_json;
namespace tool_calls = text::tool_calls;

const char* role_name(Role role) {
  switch (role) {
    case Role::kSystem: return "system";
    case Role::kUser: return "user";
    case Role::kAssistant: return "assistant";
    case Role::kTool: return "tool";
  }
  return "user";
}

// Some templates refuse what is not nine letters and digits.
std::string short_id(const std::string& id) {
  constexpr std::size_t kLength = 9;
  const auto is_plain = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  if (id.size() == kLength && std::all_of(id.begin(), id.end(), is_plain)) return id;
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  std::string made;
  for (; made.size() < kLength; hash /= 36) made += "0123456789abcdefghijklmnopqrstuvwxyz"[hash % 36];
  return made;
}

// An object where the text is one, as most templates want it.
Json arguments_of(const std::string& text) {
  if (text.empty()) return Json::object();
  auto parsed = tool_calls::parse_object(text);
  if (!parsed) return text;
  return std::move(*parsed);
}

Json function_of(const Tool& tool) {
  Json parameters = arguments_of(tool.parameters);
  if (!parameters.is_object()) parameters = Json::object();
  if (!parameters.contains("type")) parameters["type"] = "object";
  if (!parameters.contains("properties")) parameters["properties"] = Json::object();
  return {{"name", tool.name}, {"description", tool.description}, {"parameters", std::move(parameters)}};
}

std::string general_instruction(const Request& request) {
  std::string text =
      "You can call functions. Each line is one, as JSON with a JSON Schema of its arguments:\n<tools>\n";
  for (const Tool& tool : request.tools) text += tool_calls::to_text(function_of(tool)) + "\n";
  text +=
      "</tools>\nTo call a function, write its name and arguments as JSON between two marks, and nothing else:\n"
      "<tool_call>\n{\"name\": \"NAME\", \"arguments\": {\"ARGUMENT\": \"VALUE\"}}\n</tool_call>\n"
      "What it gives comes back between <tool_response> and </tool_response>. Where no function is needed, answer in "
      "words.";
  return text;
}

void append_paragraph(std::string& text, const std::string& more) {
  if (!text.empty()) text += "\n\n";
  text += more;
}

// Calls of one message as messages of their own, each with its result behind it.
Json one_call_each(const Json& messages) {
  Json apart = Json::array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    Json message = messages[i];
    const Json calls = message.value("tool_calls", Json::array());
    if (calls.size() < 2) {
      apart.push_back(std::move(message));
      continue;
    }
    std::vector<const Json*> results;
    for (; i + 1 < messages.size() && messages[i + 1]["role"] == "tool"; ++i) results.push_back(&messages[i + 1]);
    for (const Json& call : calls) {
      message["tool_calls"] = Json::array({call});
      apart.push_back(message);
      message["content"] = "";
      const auto found = std::ranges::find_if(results, [&](const Json* result) {
        return result->contains("tool_call_id") && result->at("tool_call_id") == call["id"];
      });
      if (found == results.end()) continue;
      apart.push_back(**found);
      results.erase(found);
    }
    for (const Json* result : results) apart.push_back(*result);
  }
  return apart;
}

// Writes a request's messages, and into them what the template has no other place for.
class MessageWriter {
 public:
  MessageWriter(const Request& request, const ToolForm& form, Place place)
      : request_(request), form_(form), place_(place) {
    const bool calls = std::ranges::any_of(request.messages,
                                           [](const Message& m) { return !m.calls.empty() || m.role == Role::kTool; });
    general_ = form.native == nullptr && (calls || offers_tools(request));
  }

  Json write() {
    Json messages = Json::array();
    for (const Message& message : request_.messages) add(message, messages);
    if (form_.one_call) messages = one_call_each(messages);
    if (offers_tools(request_)) add_tools(messages);
    return messages;
  }

 private:
  struct OpenCall {
    std::string id, name;
  };

  void add(const Message& message, Json& messages) {
    Json json{{"role", role_name(message.role)}, {"content", message.content}};
    if (!message.calls.empty()) add_calls(message, json);
    if (message.role == Role::kTool) add_result(message, json);
    // Results that a user's message tells, and what the user says after them, are one message: templates want roles to
    // alternate.
    const bool joins = general_ && json["role"] == "user" && !messages.empty() && last_is_result_;
    last_is_result_ = general_ && message.role == Role::kTool;
    if (!joins) return messages.push_back(std::move(json));
    std::string content = messages.back()["content"];
    append_paragraph(content, json["content"]);
    messages.back()["content"] = std::move(content);
  }

  void add_calls(const Message& message, Json& json) {
    Json list = Json::array();
    std::vector<tool_calls::Call> written;
    open_.clear();
    for (const ToolCall& call : message.calls) {
      const std::string id = short_id(call.id.empty() ? "call " + std::to_string(n_calls_) : call.id);
      ++n_calls_;
      open_.push_back({id, call.name});
      const Json arguments = arguments_of(call.arguments);
      list.push_back({{"id", id}, {"type", "function"}, {"function", {{"name", call.name}, {"arguments", arguments}}}});
      written.push_back({call.name, tool_calls::to_text(arguments)});
    }
    if (form_.native != nullptr && form_.has_calls) {
      json["tool_calls"] = std::move(list);
      return;
    }
    std::string content = message.content;
    if (!content.empty()) content += "\n";
    json["content"] = content += tool_calls::write_calls(form_.format().framing, written);
  }

  void add_result(const Message& message, Json& json) {
    const OpenCall call = answered_by(message);
    if (general_) {
      Json result = Json::object();
      if (!call.name.empty()) result["name"] = call.name;
      result["content"] = message.content;
      json = {{"role", "user"}, {"content", "<tool_response>\n" + tool_calls::to_text(result) + "\n</tool_response>"}};
      return;
    }
    if (!call.name.empty()) json["name"] = call.name;
    if (!call.id.empty()) json["tool_call_id"] = call.id;
  }

  // The call that a result belongs to; what is not known of it is empty.
  OpenCall answered_by(const Message& message) {
    const std::string id = message.call_id.empty() ? "" : short_id(message.call_id);
    const auto found = std::ranges::find_if(open_, [&](const OpenCall& call) {
      return id.empty() ? message.tool_name.empty() || call.name == message.tool_name : call.id == id;
    });
    if (found == open_.end()) return {id, message.tool_name};
    OpenCall call = *found;
    open_.erase(found);
    return call;
  }

  // Tells the tools in the messages, where the template does not take them as a variable.
  void add_tools(Json& messages) {
    if (form_.native != nullptr && !form_.in_system) return;
    if (place_ == Place::kSystem && (messages.empty() || messages[0]["role"] != "system"))
      messages.insert(messages.begin(), Json{{"role", "system"}, {"content", ""}});
    if (form_.native != nullptr) {
      Json functions = Json::array();
      for (const Tool& tool : request_.tools) functions.push_back(function_of(tool));
      messages[0]["tools"] = tool_calls::to_text(functions);
      return;
    }
    const char* role = place_ == Place::kSystem ? "system" : "user";
    for (Json& message : messages) {
      if (message["role"] != role) continue;
      std::string first = message["content"], second = general_instruction(request_);
      if (place_ == Place::kUser) first.swap(second);
      append_paragraph(first, second);
      message["content"] = std::move(first);
      return;
    }
  }

  const Request& request_;
  const ToolForm& form_;
  const Place place_;
  bool general_ = false;         // calls and results are told in the general form
  bool last_is_result_ = false;  // the last message tells a result in it
  std::vector<OpenCall> open_;   // without a result yet
  int n_calls_ = 0;
};

}  // namespace

ToolForm shown_tool_form(std::string_view source) {
  const auto has = [&](std::string_view part) { return source.find(part) != std::string_view::npos; };
  return {.native = tool_calls::find_format(source),
          .has_calls = has("tool_calls"),
          .one_call = has("only supports single tool-calls"),
          .in_system = has("'tools' in message")};
}

ToolForm tool_form_of(std::string_view source, const text::ChatTemplate& chat_template, const text::Vocab& vocab) {
  ToolForm form = shown_tool_form(source);
  if (form.native == nullptr) return form;
  Request request;
  request.messages = {{Role::kUser, "?"}};
  request.tools = {{"f0_probe_0f", "", ""}};
  const auto pieces = chat_template.render(template_variables(request, vocab, form));
  const bool shown = pieces && std::ranges::any_of(*pieces, [&](const text::Piece& piece) {
                       return piece.text.find(request.tools[0].name) != std::string::npos;
                     });
  if (!shown) form.native = nullptr;
  return form;
}

bool offers_tools(const Request& request) {
  return !request.tools.empty() && request.tool_choice.mode != ToolChoice::Mode::kNone;
}

Json template_variables(const Request& request, const text::Vocab& vocab, const ToolForm& form, Place place) {
  Json variables{{"messages", MessageWriter(request, form, place).write()}, {"add_generation_prompt", true}};
  if (form.native != nullptr && !form.in_system && offers_tools(request)) {
    for (const Tool& tool : request.tools)
      variables["tools"].push_back({{"type", "function"}, {"function", function_of(tool)}});
  }
  const auto name = [&](const char* variable, text::TokenId token) {
    if (token >= 0) variables[variable] = vocab.tokens[static_cast<std::size_t>(token)];
  };
  name("bos_token", vocab.bos);
  name("eos_token", vocab.eos);
  name("unk_token", vocab.unk);
  name("pad_token", vocab.pad);
  if (request.thinking.mode != Thinking::Mode::kTemplate) {
    const bool thinks = request.thinking.mode == Thinking::Mode::kOn;
    for (const char* variable : {"enable_thinking", "thinking"}) variables[variable] = thinks;  // families differ
  }
  return variables;
}

}  // namespace sotto::engine
