#include "api/anthropic/conversation.h"

#include "api/messages.h"

namespace sotto::api::anthropic {
namespace {

// Calls `read` with the fields of each object in the list, any of which may say how it is cached.
template <class Read>
void each_item(Fields& fields, const char* name, const Json& list, const Read& read) {
  fields.each_object(name, list, [&](Fields& item) {
    read(item);
    item.allow({"cache_control", "citations"});
  });
}

// The blocks of one message, as messages.
class Turn {
 public:
  Turn(Role role, std::vector<Message>& messages) : role_(role), messages_(messages) {}

  void read(Fields& block) {
    const std::string type = block.required_text("type");
    if (type == "text") {
      open().content += block.text("text").value_or("");
    } else if (type == "tool_use" && role_ == Role::kAssistant) {
      const Json* input = block.object("input");
      open().calls.push_back(
          {block.required_text("id"), block.required_text("name"), input != nullptr ? dump(*input) : ""});
    } else if (type == "tool_result" && role_ == Role::kUser) {
      Message result{Role::kTool, read_content(block, "content")};
      result.call_id = block.required_text("tool_use_id");
      if (block.flag("is_error").value_or(false)) result.content = "Error: " + result.content;
      messages_.push_back(std::move(result));
      open_ = false;
    } else if (type == "thinking" || type == "redacted_thinking") {
      block.allow({"thinking", "signature", "data"});
    } else if (!type.empty()) {
      block.complain("type",
                     "the model reads text, an assistant's tool_use and a user's tool_result alone, found " + type);
    }
  }

 private:
  // The message that texts and calls go to; a result ends it.
  Message& open() {
    if (!open_) messages_.push_back({role_, ""});
    open_ = true;
    return messages_.back();
  }

  Role role_;
  std::vector<Message>& messages_;
  bool open_ = false;
};

void read_turn(Fields& message, std::vector<Message>& messages) {
  const Role role = read_role(message);
  const Json* content = message.any("content");
  if (content == nullptr || !content->is_array()) {
    messages.push_back({role, read_content(message, "content")});
    return;
  }
  if (content->empty()) messages.push_back({role, ""});  // it is a message all the same
  Turn turn(role, messages);
  each_item(message, "content", *content, [&](Fields& block) { turn.read(block); });
}

}  // namespace

std::vector<Message> read_turns(Fields& fields) {
  std::vector<Message> messages;
  if (const Json* list = fields.list("messages"))
    each_item(fields, "messages", *list, [&](Fields& message) { read_turn(message, messages); });
  return messages;
}

std::vector<Tool> read_tools(Fields& fields) {
  std::vector<Tool> tools;
  const Json* list = fields.list("tools");
  if (list == nullptr) return tools;
  each_item(fields, "tools", *list, [&](Fields& item) {
    const std::string type = item.text("type").value_or("custom");
    if (type != "custom") item.complain("type", "the caller's own tools alone are called, found " + type);
    Tool tool{item.required_text("name"), item.text("description").value_or(""), ""};
    if (const Json* schema = item.object("input_schema")) tool.parameters = dump(*schema);
    item.allow({"strict", "eager_input_streaming"});
    tools.push_back(std::move(tool));
  });
  return tools;
}

ToolChoice read_tool_choice(Fields& fields) {
  using Mode = ToolChoice::Mode;
  ToolChoice choice;
  const Json* object = fields.object("tool_choice");
  if (object == nullptr) return choice;
  Fields within(*object, "tool_choice", fields.findings());
  const std::string type = within.required_text("type");
  choice.parallel = !within.flag("disable_parallel_tool_use").value_or(false);
  if (type == "tool") {
    choice.mode = Mode::kNamed;
    choice.name = within.required_text("name");
  } else if (type == "any") {
    choice.mode = Mode::kRequired;
  } else if (type == "none") {
    choice.mode = Mode::kNone;
  } else if (type != "auto" && !type.empty()) {
    within.complain("type", "auto, any, tool or none is wanted, found " + type);
  }
  within.finish();
  return choice;
}

}  // namespace sotto::api::anthropic
