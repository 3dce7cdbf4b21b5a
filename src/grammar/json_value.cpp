#include "grammar/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "grammar/decimal.h"

namespace sotto::grammar {
namespace {

using Json = nlohmann::json;

// What nlohmann's reader calls, event by event; false ends it.
class JsonTreeBuilder {
 public:
  JsonTreeBuilder(JsonValue& root, const Limits& limits) : root_(root), limits_(limits) {}

  bool null() { return scalar(JsonValue::Kind::kNull, {}); }
  bool boolean(bool truth) {
    scalar(JsonValue::Kind::kBoolean, {});
    last_->truth = truth;
    return true;
  }
  bool number_integer(Json::number_integer_t number) {
    return scalar(JsonValue::Kind::kNumber, std::to_string(number));
  }
  bool number_unsigned(Json::number_unsigned_t number) {
    return scalar(JsonValue::Kind::kNumber, std::to_string(number));
  }
  bool number_float(Json::number_float_t, const std::string& written) {
    return scalar(JsonValue::Kind::kNumber, written);
  }
  bool string(std::string& text) { return scalar(JsonValue::Kind::kString, std::move(text)); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return start(JsonValue::Kind::kObject); }
  bool start_array(std::size_t) { return start(JsonValue::Kind::kArray); }
  bool key(std::string& name) {
    open_.back()->members.push_back({std::move(name), {}});
    return true;
  }
  bool end_object() {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : open_.back()->members) names.push_back(name);
    std::sort(names.begin(), names.end());
    const auto twin = std::adjacent_find(names.begin(), names.end());
    if (twin != names.end())
      problem_ = {ErrorCode::kBadRequest,
                  fmt::format("the name \"{}\" stands twice in one object; give it once", *twin)};
    return end() && problem_.message.empty();
  }
  bool end_array() { return end(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    problem_ = {ErrorCode::kBadRequest, fmt::format("no valid JSON at byte {}", position)};
    return false;
  }

  const Error& problem() const { return problem_; }

 private:
  JsonValue& next() {
    if (open_.empty()) return root_;
    JsonValue& parent = *open_.back();
    if (parent.is(JsonValue::Kind::kObject)) return parent.members.back().value;
    return parent.items.emplace_back();
  }
  bool scalar(JsonValue::Kind kind, std::string text) {
    last_ = &next();
    last_->kind = kind;
    last_->text = std::move(text);
    return true;
  }
  bool start(JsonValue::Kind kind) {
    if (static_cast<int>(open_.size()) >= limits_.nesting) {
      problem_ = {ErrorCode::kBudget, fmt::format("nested deeper than {} levels", limits_.nesting)};
      return false;
    }
    scalar(kind, {});
    open_.push_back(last_);
    return true;
  }
  bool end() {
    open_.pop_back();
    return true;
  }

  JsonValue& root_;
  const Limits& limits_;
  // An open value does not move: only the innermost one grows.
  std::vector<JsonValue*> open_;
  JsonValue* last_ = nullptr;
  Error problem_{};
};

void set_parents(JsonValue& value) {
  for (JsonValue& item : value.items) {
    item.parent = &value;
    set_parents(item);
  }
  for (auto& [name, member] : value.members) {
    member.parent = &value;
    set_parents(member);
  }
}

bool same_members(const JsonValue& a, const JsonValue& b) {
  if (a.members.size() != b.members.size()) return false;
  return std::all_of(a.members.begin(), a.members.end(), [&](const auto& member) {
    const JsonValue* other = b.find(member.name);
    return other != nullptr && same_value(member.value, *other);
  });
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

Result<std::unique_ptr<const JsonValue>> parse_json(std::string_view text, const Limits& limits) {
  if (text.size() > limits.text_bytes)
    return Unexpected(ErrorCode::kBudget, fmt::format("{} bytes long; at most {}", text.size(), limits.text_bytes));
  auto root = std::make_unique<JsonValue>();
  JsonTreeBuilder builder(*root, limits);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return Unexpected(builder.problem());
  set_parents(*root);
  return std::unique_ptr<const JsonValue>(std::move(root));
}

std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') step += "~0";
    else if (c == '/') step += "~1";
    else step += c;
  }
  return step;
}

std::string pointer_to(const JsonValue& part) {
  std::vector<std::string> steps;
  for (const JsonValue* value = &part; value->parent != nullptr; value = value->parent) {
    const JsonValue& parent = *value->parent;
    if (parent.is(JsonValue::Kind::kArray)) {
      steps.push_back("/" + std::to_string(value - parent.items.data()));
      continue;
    }
    const auto member = std::find_if(parent.members.begin(), parent.members.end(),
                                     [&](const auto& candidate) { return &candidate.value == value; });
    steps.push_back(pointer_step(member->name));
  }
  std::string pointer;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) pointer += *step;
  return pointer;
}

bool same_value(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case JsonValue::Kind::kNull: return true;
    case JsonValue::Kind::kBoolean: return a.truth == b.truth;
    case JsonValue::Kind::kString: return a.text == b.text;
    case JsonValue::Kind::kNumber: return same_number(a.text, b.text);
    case JsonValue::Kind::kArray:
      return std::ranges::equal(a.items, b.items,
                                [](const JsonValue& x, const JsonValue& y) { return same_value(x, y); });
    case JsonValue::Kind::kObject: return same_members(a, b);
  }
  return false;
}

std::string_view name_of(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull: return "null";
    case JsonValue::Kind::kBoolean: return "a boolean";
    case JsonValue::Kind::kNumber: return "a number";
    case JsonValue::Kind::kString: return "a string";
    case JsonValue::Kind::kArray: return "an array";
    case JsonValue::Kind::kObject: return "an object";
  }
  return "";
}

}  // namespace sotto::grammar
