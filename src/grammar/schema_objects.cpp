// Objects: which members there may be, and in which order they are written.
#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "grammar/schema_compiler.h"

namespace sotto::grammar {
namespace {

constexpr std::size_t kMostPatterns = 6;  // each may match or not: 64 languages of names

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_false(Schema schema) { return schema->is(JsonValue::Kind::kBoolean) && !schema->truth; }

}  // namespace

Result<void> SchemaCompiler::add_object(const ValueSpec& spec, Node from, Node to) {
  if (!spec.limits_objects()) {
    builder_.add_call(from, text_.object(), to);
    return {};
  }
  const auto members = members_of(spec);
  if (!members) return Unexpected(members.error());
  ObjectWriter(builder_, text_, *members).write(from, to);
  return {};
}

Result<Members> SchemaCompiler::members_of(const ValueSpec& spec) {
  Members members{.named = {}, .others = {}, .least = spec.min_properties, .most = spec.max_properties, .never = false};
  const auto names = names_language(spec);
  if (!names) return Unexpected(names.error());
  if (auto named = name_members(spec, *names, members); !named) return forward_error(named);
  if (members.never) return members;
  if (auto added = add_others(spec, *names, members); !added) return forward_error(added);
  // Others may have one name twice, and then count once.
  if (!members.others.empty() && members.least > std::max(members.n_required(), 1))
    return unsupported_schema(*spec.min_properties_at,
                              "minProperties is not supported where there may be properties "
                              "that are not named; list them in properties or required");
  return members;
}

// propertyNames: what of it concerns strings.
Result<Dfa> SchemaCompiler::names_language(const ValueSpec& spec) {
  Dfa language = Dfa::all();
  for (const Schema schema : spec.names) {
    const auto flat = flatten({{schema}});
    if (!flat) return Unexpected(flat.error());
    if (!flat->choices.empty())
      return unsupported_schema(*schema, "anyOf and oneOf are not supported in propertyNames; use pattern or enum");
    const auto names = flat->never ? Result<ValueSpec>(ValueSpec{.types = 0}) : spec_of(flat->own);
    if (!names) return Unexpected(names.error());
    Result<Dfa> allowed = string_language(*names);
    if (!allowed) return allowed;
    if (names->values) {
      Expression choice = choice_of({});
      for (const JsonValue* value : *names->values)
        if (value->is(JsonValue::Kind::kString) && allowed->matches(value->text))
          choice.parts.push_back(text_of(value->text));
      allowed = counted(Dfa::of(choice, options_.limits));
      if (!allowed) return allowed;
    }
    if ((names->types & kStringType) == 0) allowed = Dfa::all().complement();
    auto both = met(language, *allowed);
    if (!both) return both;
    language = std::move(*both);
  }
  return language;
}

// What holds for the member of this name, by each schema's own properties, patterns and rest.
Result<std::vector<Schema>> SchemaCompiler::schemas_of_member(const ValueSpec& spec, const std::string& name) {
  std::vector<Schema> schemas;
  for (const ValueSpec::ObjectPart& part : spec.object_parts) {
    const std::size_t before = schemas.size();
    if (part.properties != nullptr)
      if (const JsonValue* property = part.properties->find(name)) schemas.push_back(property);
    if (part.patterns != nullptr) {
      for (const auto& [text, schema] : part.patterns->members) {
        const auto language = pattern(text, schema);
        if (!language) return Unexpected(language.error());
        if ((*language)->matches(name)) schemas.push_back(&schema);
      }
    }
    if (schemas.size() == before && part.additional != nullptr) schemas.push_back(part.additional);
  }
  return schemas;
}

Result<void> SchemaCompiler::name_members(const ValueSpec& spec, const Dfa& names, Members& members) {
  std::vector<std::string> order;
  std::set<std::string_view> known;
  for (const ValueSpec::ObjectPart& part : spec.object_parts)
    if (part.properties != nullptr)
      for (const auto& [name, schema] : part.properties->members)
        if (known.insert(name).second) order.push_back(name);
  for (const std::string& name : spec.required)
    if (known.insert(name).second) order.push_back(name);
  const std::set<std::string_view> required(spec.required.begin(), spec.required.end());
  for (const std::string& name : order) {
    auto schemas = schemas_of_member(spec, name);
    if (!schemas) return forward_error(schemas);
    const bool needed = required.contains(name), allowed = names.matches(name);
    if (needed && !allowed) members.never = true;
    // A name that may not be is left out here, and taken out of the others' names all the same.
    const Rule value = allowed ? rule_of(std::move(*schemas)) : Members::kNoRule;
    members.named.push_back({name, value, needed});
  }
  return {};
}

SchemaCompiler::OtherNames SchemaCompiler::other_names(const ValueSpec& spec) const {
  OtherNames other;
  std::set<std::string_view> seen;
  bool says = spec.object_parts.empty() || !spec.names.empty();
  for (const ValueSpec::ObjectPart& part : spec.object_parts) {
    says |= part.additional != nullptr || part.patterns != nullptr || part.properties->members.empty();
    if (part.patterns == nullptr) continue;
    for (const auto& [text, schema] : part.patterns->members)
      if (seen.insert(text).second) other.patterns.emplace_back(text, &schema);
  }
  other.allowed = says || !options_.named_properties_only;
  return other;
}

Result<void> SchemaCompiler::add_others(const ValueSpec& spec, const Dfa& names, Members& members) {
  const OtherNames other = other_names(spec);
  if (!other.allowed) return {};
  if (other.patterns.size() > kMostPatterns)
    return unsupported_schema(*other.patterns.back().second,
                              fmt::format("{} patternProperties hold together; at most {} are supported",
                                          other.patterns.size(), kMostPatterns));
  const auto free = free_names(names, members);
  if (!free) return Unexpected(free.error());
  for (unsigned matched = 0; matched < 1u << other.patterns.size(); ++matched)
    if (auto added = add_other(spec, other, matched, *free, members); !added) return added;
  return {};
}

// Those that no property has.
Result<Dfa> SchemaCompiler::free_names(const Dfa& names, const Members& members) {
  Expression named = choice_of({});
  for (const Members::Named& member : members.named) named.parts.push_back(text_of(member.name));
  const auto taken = counted(Dfa::of(named, options_.limits));
  if (!taken) return Unexpected(taken.error());
  return met(names, taken->complement());
}

// Of `names`, those that match the patterns whose bits are set, and no other pattern.
Result<void> SchemaCompiler::add_other(const ValueSpec& spec, const OtherNames& other, unsigned matched, Dfa names,
                                       Members& members) {
  std::vector<std::string> matching;
  for (std::size_t i = 0; i < other.patterns.size() && !names.empty(); ++i) {
    const bool matches = (matched >> i & 1) != 0;
    const auto& [text, where] = other.patterns[i];
    if (matches) matching.push_back(text);
    const auto known = pattern(text, *where);
    if (!known) return Unexpected(known.error());
    auto both = met(names, matches ? **known : (*known)->complement());
    if (!both) return forward_error(both);
    names = std::move(*both);
  }
  if (names.empty()) return {};
  std::vector<Schema> schemas;
  for (const ValueSpec::ObjectPart& part : spec.object_parts) {
    const std::size_t before = schemas.size();
    if (part.patterns != nullptr)
      for (const auto& [text, schema] : part.patterns->members)
        if (has(matching, text)) schemas.push_back(&schema);
    if (schemas.size() == before && part.additional != nullptr) schemas.push_back(part.additional);
  }
  if (std::none_of(schemas.begin(), schemas.end(), is_false))
    members.others.push_back({std::move(names), rule_of(std::move(schemas))});
  return {};
}

}  // namespace sotto::grammar
