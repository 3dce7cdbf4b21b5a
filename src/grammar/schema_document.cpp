#include "grammar/schema_document.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <utility>

namespace sotto::grammar {
namespace {

int hex_digit(char c) {
  const auto at = std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' && c <= 'F' ? c | 0x20 : c));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// %41 as A; what is no such escape stays.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string unescaped_step(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1'))
      out += step[++i] == '0' ? '~' : '/';
    else out += step[i];
  }
  return out;
}

const JsonValue* child(const JsonValue& value, const std::string& step) {
  if (!value.is(JsonValue::Kind::kArray)) return value.find(step);
  std::size_t index = 0;
  const auto [end, problem] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (problem != std::errc() || end != step.data() + step.size() || index >= value.items.size()) return nullptr;
  return &value.items[index];
}

}  // namespace

Unexpected schema_error(const JsonValue& part, const std::string& problem, ErrorCode code) {
  return Unexpected(code, fmt::format("schema, at #{}: {}", pointer_to(part), problem));
}

Unexpected unsupported_schema(const JsonValue& part, const std::string& problem) {
  return schema_error(part, problem, ErrorCode::kUnsupported);
}

Result<SchemaDocument> SchemaDocument::parse(std::string_view text, const Limits& limits) {
  auto root = parse_json(text, limits);
  if (!root) return Unexpected(root.error().code, "schema: " + root.error().message);
  if (!(*root)->is(JsonValue::Kind::kObject) && !(*root)->is(JsonValue::Kind::kBoolean))
    return schema_error(**root, fmt::format("expected an object, true or false, found {}", name_of((*root)->kind)));
  SchemaDocument document(std::move(*root));
  document.find_anchors(*document.root_);
  return document;
}

void SchemaDocument::find_anchors(const JsonValue& value) {
  if (const JsonValue* id = value.find("$id"); id != nullptr && id->is(JsonValue::Kind::kString)) {
    // Draft 7 gives a name to a part so. Any other part with an $id is a document of its own.
    if (id->text.starts_with('#')) anchors_.emplace(id->text.substr(1), &value);
    else if (value.parent != nullptr) return;
  }
  for (const char* name : {"$anchor", "$dynamicAnchor"})
    if (const JsonValue* anchor = value.find(name); anchor != nullptr && anchor->is(JsonValue::Kind::kString))
      anchors_.emplace(anchor->text, &value);
  for (const JsonValue& item : value.items) find_anchors(item);
  for (const auto& [name, member] : value.members)
    if (name != "enum" && name != "const") find_anchors(member);
}

Result<Schema> SchemaDocument::resolve(const JsonValue& reference) const {
  if (!reference.is(JsonValue::Kind::kString))
    return schema_error(reference, fmt::format("expected a string, found {}", name_of(reference.kind)));
  std::string_view target = reference.text;
  const JsonValue* id = root_->find("$id");
  if (id != nullptr && id->is(JsonValue::Kind::kString) && !id->text.empty()) {
    std::string_view base = id->text;
    if (base.ends_with('#')) base.remove_suffix(1);
    if (target.starts_with(base) && (target.size() == base.size() || target[base.size()] == '#'))
      target.remove_prefix(base.size());
  }
  if (target.empty() || target == "#") return root_.get();
  if (!target.starts_with('#'))
    return unsupported_schema(reference, fmt::format("\"{}\" leads out of the schema; put what it names into $defs and "
                                                     "refer to it as #/$defs/NAME",
                                                     reference.text));
  target.remove_prefix(1);
  if (target.starts_with('/')) return follow(reference, target);
  const auto anchor = anchors_.find(percent_decoded(target));
  if (anchor == anchors_.end())
    return schema_error(reference, fmt::format("there is no $anchor \"{}\" in the schema", target));
  return anchor->second;
}

Result<Schema> SchemaDocument::follow(const JsonValue& reference, std::string_view pointer) const {
  const std::string decoded = percent_decoded(pointer);
  std::string_view rest = decoded;
  Schema at = root_.get();
  while (!rest.empty() && at != nullptr) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    at = child(*at, unescaped_step(rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  if (at == nullptr)
    return schema_error(reference, fmt::format("there is nothing at {} in the schema", reference.text));
  if (!at->is(JsonValue::Kind::kObject) && !at->is(JsonValue::Kind::kBoolean))
    return schema_error(reference, fmt::format("{} is no schema but {}", reference.text, name_of(at->kind)));
  return at;
}

}  // namespace sotto::grammar
