#include "api/llamacpp/vocabulary.h"

#include <limits>

#include "api/llamacpp/shapes.h"
#include "api/messages.h"
#include "api/tools.h"
#include "text/utf8.h"

namespace sotto::api::llamacpp {
namespace {

constexpr std::uint64_t kMostToken = std::numeric_limits<std::int32_t>::max();

}  // namespace

Outcome tokenize(Service& service, Call& call) {
  Fields& fields = call.fields();
  const std::string model = read_or_choose_model(service, call);
  const std::string content = fields.text("content").value_or("");
  const bool begin = fields.flag("add_special").value_or(false);
  const bool pieces = fields.flag("with_pieces").value_or(false);
  fields.refuse("parse_special", "texts are texts throughout: control tokens are never read in them");
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Models::Use> use;
  if (auto wrong = service.use(model, std::nullopt, call.gone(), use)) return wrong;
  const auto tokens = use->engine().tokenize(content, begin);
  if (!tokens) return failure_of(tokens.error());
  Json list = Json::array();
  for (const Token token : *tokens) {
    if (pieces) list.push_back({{"id", token}, {"piece", use->engine().token_text(token)}});
    else list.push_back(token);
  }
  call.send({{"tokens", std::move(list)}});
  return std::nullopt;
}

Outcome detokenize(Service& service, Call& call) {
  Fields& fields = call.fields();
  const std::string model = read_or_choose_model(service, call);
  const Json* tokens = fields.list("tokens");
  for (std::size_t i = 0; tokens != nullptr && i < tokens->size(); ++i) {
    const Json& token = (*tokens)[i];
    if (!token.is_number_unsigned() || token.get<std::uint64_t>() > kMostToken)
      fields.complain("tokens", "a list of numbers of tokens is wanted");
  }
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Models::Use> use;
  if (auto wrong = service.use(model, std::nullopt, call.gone(), use)) return wrong;
  std::string text;
  for (std::size_t i = 0; tokens != nullptr && i < tokens->size(); ++i)
    text += use->engine().token_text((*tokens)[i].get<Token>());
  call.send({{"content", text::replace_invalid_utf8(text)}});
  return std::nullopt;
}

Outcome apply_template(Service& service, Call& call) {
  Fields& fields = call.fields();
  Ask ask;
  ask.model = read_or_choose_model(service, call);
  ask.messages = read_messages(fields, "messages");
  if (ask.messages.empty()) fields.complain("messages", "at least one is wanted");
  ask.tools = read_tools(fields);
  ask.tool_choice = read_tool_choice(fields);
  if (auto wrong = call.check()) return wrong;
  std::unique_ptr<Job> job;
  if (auto wrong = service.prepare(ask, call.gone(), job)) return wrong;
  const auto text = job->engine().prompt_text(job->request());
  if (!text) return failure_of(text.error());
  call.send({{"prompt", text::replace_invalid_utf8(*text)}});
  return std::nullopt;
}

}  // namespace sotto::api::llamacpp
