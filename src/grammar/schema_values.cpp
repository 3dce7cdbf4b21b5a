// Values that are no objects.
#include <fmt/format.h>
#include <algorithm>

#include "grammar/json_formats.h"
#include "grammar/regex.h"
#include "grammar/schema_compiler.h"

namespace sotto::grammar {
namespace {

// What tells one kind of number from another.
std::string key_of(const NumberBounds& bounds, bool integers) {
  const auto written = [](const std::optional<Decimal>& bound) {
    return bound ? (bound->negative ? "-" : "") + bound->whole + "." + bound->fraction : std::string("none");
  };
  return fmt::format("number {} {} {} {} {} {}", integers, written(bounds.least), bounds.least_excluded,
                     written(bounds.most), bounds.most_excluded, bounds.step ? std::to_string(*bounds.step) : "none");
}

// Likewise one kind of string.
std::string key_of(const ValueSpec& spec) {
  std::string key = fmt::format("string {} {}", spec.min_length, spec.max_length);
  for (const auto* list : {&spec.patterns, &spec.formats})
    for (const JsonValue* value : *list) key += fmt::format(" {} {}", value->text.size(), value->text);
  return key + fmt::format(" {}", spec.formats.size());
}

}  // namespace

Result<void> SchemaCompiler::add_spec(const ValueSpec& spec, Node from, Node to) {
  if (spec.values) return add_values(spec, from, to);
  if (spec.anything()) {
    builder_.add_call(from, text_.any(), to);
    return {};
  }
  if ((spec.types & kNullType) != 0) builder_.add_text(from, "null", to);
  if ((spec.types & kBooleanType) != 0)
    for (const char* word : {"true", "false"}) builder_.add_text(from, word, to);
  if ((spec.types & kIntegerType) != 0)
    if (auto added = add_number(spec, from, to); !added) return added;
  if ((spec.types & kStringType) != 0)
    if (auto added = add_string(spec, from, to); !added) return added;
  if ((spec.types & kArrayType) != 0)
    if (auto added = add_array(spec, from, to); !added) return added;
  if ((spec.types & kObjectType) != 0) return add_object(spec, from, to);
  return {};
}

Result<void> SchemaCompiler::add_values(const ValueSpec& spec, Node from, Node to) {
  for (const JsonValue* value : *spec.values) {
    const auto admitted = admits(spec, *value);
    if (!admitted) return Unexpected(admitted.error());
    if (*admitted) text_.add_value(from, *value, to);
  }
  return {};
}

Result<bool> SchemaCompiler::admits(const ValueSpec& spec, const JsonValue& value) {
  if ((spec.types & type_of(value)) == 0) return false;
  if (value.is(JsonValue::Kind::kString) && spec.limits_strings()) {
    const auto language = string_language(spec);
    if (!language) return Unexpected(language.error());
    return language->matches(value.text);
  }
  if (value.is(JsonValue::Kind::kNumber) && spec.numbers.any()) {
    const auto language = number_language(spec, false);
    if (!language) return Unexpected(language.error());
    return language->matches(canonical_number(value.text));
  }
  if ((value.is(JsonValue::Kind::kArray) && spec.limits_arrays()) ||
      (value.is(JsonValue::Kind::kObject) && spec.limits_objects()))
    return unsupported_schema(value,
                              "an array or object in enum or const, beside keywords that constrain those, is not "
                              "supported; take the keywords out");
  return true;
}

Result<Dfa> SchemaCompiler::number_language(const ValueSpec& spec, bool integers) {
  Dfa language = Dfa::all();
  for (const Expression& condition : number_conditions(spec.numbers, integers)) {
    const auto next = counted(Dfa::of(condition, options_.limits));
    if (!next) return Unexpected(next.error());
    auto both = met(language, *next);
    if (!both) return both;
    language = std::move(*both);
  }
  return language;
}

Result<void> SchemaCompiler::add_number(const ValueSpec& spec, Node from, Node to) {
  const bool integers = (spec.types & kFractionType) == 0;
  if (!spec.numbers.any()) {
    builder_.add_call(from, integers ? text_.integer() : text_.number(), to);
    return {};
  }
  const auto [rule, fresh] = shared_rule(key_of(spec.numbers, integers));
  builder_.add_call(from, rule, to);
  if (!fresh) return {};
  const auto language = number_language(spec, integers);
  if (!language) return Unexpected(language.error());
  text_.add_plain(builder_.start_of(rule), *language, builder_.end_of(rule));
  return {};
}

// What all automata of a schema cost together is bounded.
Result<Dfa> SchemaCompiler::counted(Result<Dfa> language) {
  if (!language) return language;
  n_dfa_states_ += language->states().size();
  if (n_dfa_states_ > static_cast<std::size_t>(options_.limits.dfa_states_in_all))
    return Unexpected(ErrorCode::kBudget,
                      fmt::format("the patterns, lengths and formats of the schema need more than {} states; make them "
                                  "fewer or simpler",
                                  options_.limits.dfa_states_in_all));
  return language;
}

// The rule of this kind of value, and whether it has no body yet: its masks are then found once for all places.
std::pair<Rule, bool> SchemaCompiler::shared_rule(const std::string& key) {
  const auto [known, fresh] = shared_rules_.try_emplace(key, 0);
  if (fresh) known->second = builder_.add_rule(key);
  return {known->second, fresh};
}

// The pattern's language, found once.
Result<const Dfa*> SchemaCompiler::pattern(std::string_view pattern, const JsonValue& at) {
  if (const auto known = patterns_.find(pattern); known != patterns_.end()) return &known->second;
  const auto expression = read_regex(pattern, options_.limits);
  if (!expression) return schema_error(at, expression.error().message, expression.error().code);
  auto language = counted(Dfa::of(*expression, options_.limits));
  if (!language) return schema_error(at, language.error().message, language.error().code);
  return &patterns_.emplace(pattern, std::move(*language)).first->second;
}

Result<Dfa> SchemaCompiler::string_language(const ValueSpec& spec) {
  Dfa language = Dfa::lengths(spec.min_length, spec.max_length);
  if (spec.max_length != kUnbounded && spec.min_length > spec.max_length) language = Dfa::all().complement();
  for (const auto* list : {&spec.patterns, &spec.formats}) {
    for (const JsonValue* value : *list) {
      const std::string_view text = list == &spec.formats ? find_format(value->text) : std::string_view(value->text);
      const auto next = pattern(text, *value);
      if (!next) return Unexpected(next.error());
      auto both = met(language, **next);
      if (!both) return schema_error(*value, both.error().message, both.error().code);
      language = std::move(*both);
    }
  }
  return language;
}

Result<void> SchemaCompiler::add_string(const ValueSpec& spec, Node from, Node to) {
  if (!spec.limits_strings()) {
    builder_.add_call(from, text_.string(), to);
    return {};
  }
  const auto [rule, fresh] = shared_rule(key_of(spec));
  builder_.add_call(from, rule, to);
  if (!fresh) return {};
  const auto language = string_language(spec);
  if (!language) return Unexpected(language.error());
  text_.add_string(builder_.start_of(rule), *language, builder_.end_of(rule));
  return {};
}

Result<void> SchemaCompiler::add_array(const ValueSpec& spec, Node from, Node to) {
  if (!spec.limits_arrays()) {
    builder_.add_call(from, text_.array(), to);
    return {};
  }
  if (spec.unique_items != nullptr && (spec.max_items == kUnbounded || spec.max_items > 1))
    return unsupported_schema(*spec.unique_items,
                              "uniqueItems is not supported where there may be several items; take "
                              "it out, or set maxItems to 1");
  if (spec.min_items == 0) builder_.add_text(from, "[]", to);
  if (spec.max_items == kUnbounded || spec.max_items >= std::max(spec.min_items, 1)) write_items(spec, from, to);
  return {};
}

Rule SchemaCompiler::item_rule(const ValueSpec& spec, std::size_t index) {
  std::vector<Schema> schemas;
  for (const ValueSpec::ArrayPart& part : spec.array_parts) {
    if (index < part.prefix.size()) schemas.push_back(part.prefix[index]);
    else if (part.items != nullptr) schemas.push_back(part.items);
  }
  return rule_of(std::move(schemas));
}

// At least one item.
void SchemaCompiler::write_items(const ValueSpec& spec, Node from, Node to) {
  std::size_t n_prefix = 0;
  for (const ValueSpec::ArrayPart& part : spec.array_parts) n_prefix = std::max(n_prefix, part.prefix.size());
  const bool bounded = spec.max_items != kUnbounded;
  const auto n_single = bounded ? static_cast<std::size_t>(spec.max_items)
                                : std::max({n_prefix, static_cast<std::size_t>(spec.min_items), std::size_t{1}});
  const Rule rest = item_rule(spec, n_prefix);
  Node at = text_.after_open(from, '[');
  for (std::size_t i = 0; i < n_single && !builder_.full(); ++i) {
    if (i > 0) at = text_.after_comma(at);
    at = builder_.after_call(at, i < n_prefix ? item_rule(spec, i) : rest);
    if (i + 1 >= static_cast<std::size_t>(spec.min_items)) text_.add_close(at, ']', to);
  }
  if (!bounded) builder_.add_call(text_.after_comma(at), rest, at);
}

}  // namespace sotto::grammar
