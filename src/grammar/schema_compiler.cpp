#include "grammar/schema_compiler.h"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace sotto::grammar {
namespace {

constexpr int kMostAlternatives = 20'000;

}  // namespace

Result<Grammar> SchemaCompiler::compile() {
  const Rule root = rule_of({documents_.front().root()});
  if (auto added = add_bodies(); !added) return forward_error(added);
  return builder_.finish(builder_.after_free_text(options_.trigger, root));
}

Result<Grammar> SchemaCompiler::compile(const Frames& frames) {
  const Rule framed = builder_.add_rule("a value in its frame"), root = builder_.add_rule("values in their frames");
  for (std::size_t i = 0; i < frames.frames.size() && !builder_.full(); ++i) {
    const Frame& frame = frames.frames[i];
    const Node value = builder_.after_text(builder_.start_of(framed), frame.before);
    const Node after = builder_.after_call(value, rule_of({documents_[i].root()}));
    builder_.add_text(after, frame.after, builder_.end_of(framed));
  }
  if (auto added = add_bodies(); !added) return forward_error(added);
  const std::string_view open = options_.trigger.empty() ? std::string_view(frames.open) : std::string_view();
  Node node = builder_.start_of(root);
  for (int n = 0; n < frames.most; ++n) {
    node = builder_.after_call(builder_.after_text(node, n == 0 ? open : frames.between), framed);
    builder_.add_text(node, frames.close, builder_.end_of(root));
  }
  return builder_.finish(builder_.after_free_text(options_.trigger, root));
}

const SchemaDocument& SchemaCompiler::document_of(Schema schema) const {
  while (schema->parent != nullptr) schema = schema->parent;
  const auto found = std::find_if(documents_.begin(), documents_.end(),
                                  [&](const SchemaDocument& document) { return document.root() == schema; });
  return found == documents_.end() ? documents_.front() : *found;
}

Rule SchemaCompiler::rule_of(std::vector<Schema> schemas) {
  std::erase_if(schemas, [](Schema schema) {
    return schema->is(JsonValue::Kind::kObject) ? schema->members.empty() : schema->truth;
  });
  if (schemas.empty()) return text_.any();
  std::vector<Schema> key = schemas;
  std::sort(key.begin(), key.end());
  key.erase(std::unique(key.begin(), key.end()), key.end());
  const auto [known, fresh] = rules_.try_emplace(std::move(key), 0);
  if (fresh) {
    known->second = builder_.add_rule("#" + pointer_to(*schemas.front()));
    pending_.emplace_back(known->second, std::move(schemas));
  }
  return known->second;
}

Result<void> SchemaCompiler::add_bodies() {
  while (!pending_.empty() && !builder_.full()) {
    const auto [rule, schemas] = std::move(pending_.front());
    pending_.pop_front();
    std::vector<Demand> demands;
    for (const Schema schema : schemas) demands.push_back({schema});
    if (auto added = add_demands(demands, builder_.start_of(rule), builder_.end_of(rule), {}); !added) return added;
  }
  return {};
}

Result<void> SchemaCompiler::add_demands(const std::vector<Demand>& demands, Node from, Node to,
                                         std::set<Demand> taken) {
  const auto flat = flatten(demands);
  if (!flat) return Unexpected(flat.error());
  if (flat->never) return {};
  if (!flat->choices.empty()) return add_choice(*flat, from, to, std::move(taken));
  const auto spec = spec_of(flat->own);
  if (!spec) return Unexpected(spec.error());
  return add_spec(*spec, from, to);
}

// Each alternative of the first choice, together with everything else.
Result<void> SchemaCompiler::add_choice(const Flat& flat, Node from, Node to, std::set<Demand> taken) {
  const Demand choice = flat.choices.front();
  // An alternative that asks for the choice it belongs to says nothing.
  if (!taken.insert(choice).second) return {};
  const char* name = choice.part == Demand::Part::kAnyOf ? "anyOf" : "oneOf";
  std::vector<Demand> rest(flat.choices.begin() + 1, flat.choices.end());
  for (const Schema schema : flat.own) rest.push_back({schema, Demand::Part::kOwn});
  for (const JsonValue& alternative : choice.schema->find(name)->items) {
    if (++n_alternatives_ > kMostAlternatives)
      return schema_error(
          alternative,
          fmt::format("more than {} alternatives, those that choices give together counted", kMostAlternatives),
          ErrorCode::kBudget);
    std::vector<Demand> demands = rest;
    demands.push_back({&alternative});
    if (auto added = add_demands(demands, from, to, taken); !added) return added;
  }
  return {};
}

Result<SchemaCompiler::Flat> SchemaCompiler::flatten(const std::vector<Demand>& demands) {
  Flat flat;
  std::set<Demand> seen;
  std::vector<Demand> open(demands.rbegin(), demands.rend());
  while (!open.empty() && !flat.never) {
    const Demand demand = open.back();
    open.pop_back();
    if (!seen.insert(demand).second) continue;
    switch (demand.part) {
      case Demand::Part::kAll:
        if (auto followed = follow(demand, open, flat); !followed) return forward_error(followed);
        break;
      case Demand::Part::kOwn: flat.own.push_back(demand.schema); break;
      case Demand::Part::kAnyOf:
      case Demand::Part::kOneOf: flat.choices.push_back(demand); break;
    }
  }
  return flat;
}

// Puts in the place of a schema what it consists of; what comes first is put last on `open`.
Result<void> SchemaCompiler::follow(const Demand& demand, std::vector<Demand>& open, Flat& flat) {
  const JsonValue& schema = *demand.schema;
  if (schema.is(JsonValue::Kind::kBoolean)) {
    flat.never |= !schema.truth;
    return {};
  }
  std::vector<Demand> parts{{&schema, Demand::Part::kOwn}};
  if (const JsonValue* reference = schema.find("$ref")) {
    const auto target = document_of(&schema).resolve(*reference);
    if (!target) return Unexpected(target.error());
    parts.push_back({*target});
  }
  for (const auto& [name, part] : {std::pair("allOf", Demand::Part::kAll), std::pair("anyOf", Demand::Part::kAnyOf),
                                   std::pair("oneOf", Demand::Part::kOneOf)}) {
    const JsonValue* list = schema.find(name);
    if (list == nullptr) continue;
    if (!list->is(JsonValue::Kind::kArray) || list->items.empty())
      return schema_error(*list, fmt::format("expected an array of schemas, found {}",
                                             list->is(JsonValue::Kind::kArray) ? "an empty one" : name_of(list->kind)));
    for (const JsonValue& item : list->items) {
      if (!item.is(JsonValue::Kind::kObject) && !item.is(JsonValue::Kind::kBoolean))
        return schema_error(item, fmt::format("expected a schema, found {}", name_of(item.kind)));
      if (part == Demand::Part::kAll) parts.push_back({&item});
    }
    if (part != Demand::Part::kAll) parts.push_back({&schema, part});
  }
  open.insert(open.end(), parts.rbegin(), parts.rend());
  return {};
}

Result<ValueSpec> SchemaCompiler::spec_of(const std::vector<Schema>& schemas) {
  ValueSpec spec;
  for (const Schema schema : schemas)
    if (auto read = read_keywords(schema, options_.limits, spec, ignored_); !read) return forward_error(read);
  return spec;
}

}  // namespace sotto::grammar
