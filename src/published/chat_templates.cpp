#include "published/chat_templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "text/utf8.h"

namespace sotto::published {
namespace {

constexpr std::size_t kMaxTemplateBytes = 1u << 20;
constexpr const char* kKey = "tokenizer.chat_template";

Result<std::string> checked(std::string_view text, const std::string& path) {
  if (text.size() <= kMaxTemplateBytes && text::find_invalid_utf8(text) == text.size()) return std::string(text);
  return damaged(path, fmt::format("the chat template has {} bytes, expected UTF-8 of at most {}", text.size(),
                                   kMaxTemplateBytes));
}

// The text of a file, or an empty one where there is none.
Result<std::string> read_template(const std::string& path) {
  auto file = map_file(path);
  if (!file && file.error().code == ErrorCode::kNotFound) return std::string();
  if (!file) return forward_error(file);
  return checked({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()}, path);
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

// A list of objects with a name and a template; the one called "default" is the one that is used.
Result<void> write_list(const Json& list, const std::string& path, gguf::Writer& writer) {
  std::vector<std::string> names;
  for (const Json& item : list) {
    const std::string name = text_field(item, "name");
    auto text = checked(text_field(item, "template"), path);
    if (!text) return forward_error(text);
    if (!is_name(name))
      return damaged(path, "chat_template: found " + shown(item) + ", expected a name and a template");
    if (name == "default") {
      writer.set(kKey, *text);
    } else {
      writer.set(fmt::format("{}.{}", kKey, name), *text);
      names.push_back(name);
    }
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (!names.empty()) writer.set_array("tokenizer.chat_templates", std::span<const std::string_view>(views));
  return {};
}

}  // namespace

Result<void> write_chat_templates(const std::string& folder, const Json& tokenizer_config, gguf::Writer& writer) {
  auto text = read_template(folder + "/chat_template.jinja");
  if (!text) return forward_error(text);
  const std::string config_path = folder + "/tokenizer_config.json";
  const Json* given = field(tokenizer_config, "chat_template");
  if (text->empty() && given != nullptr && given->is_array()) return write_list(*given, config_path, writer);
  if (text->empty() && given != nullptr && given->is_string()) {
    text = checked(given->get_ref<const std::string&>(), config_path);
    if (!text) return forward_error(text);
  }
  if (text->empty() && given != nullptr && !given->is_string()) {
    return damaged(config_path, "chat_template: found " + shown(*given) + ", expected a text or a list of templates");
  }
  if (!text->empty()) writer.set(kKey, *text);
  return {};
}

}  // namespace sotto::published
