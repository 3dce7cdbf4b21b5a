#include "text/chat_template.h"

#include <nlohmann/json.hpp>

#include "text/jinja/interpreter.h"
#include "text/jinja/parser.h"

namespace sotto::text {

struct ChatTemplate::Impl {
  std::unique_ptr<const jinja::Program> program;
};

ChatTemplate::ChatTemplate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Result<ChatTemplate> ChatTemplate::parse(std::string_view source) {
  auto program = jinja::parse_program(source);
  if (!program) return forward_error(program);
  auto impl = std::make_unique<Impl>();
  impl->program = std::move(*program);
  return ChatTemplate(std::move(impl));
}

Result<std::vector<Piece>> ChatTemplate::render(const nlohmann::ordered_json& variables,
                                                const TemplateBudget& budget) const {
  jinja::Interpreter interpreter(*impl_->program, variables, {budget, std::nullopt});
  return interpreter.run();
}

}  // namespace sotto::text
