// Builds the grammar of a schema: a rule for each set of schemas that hold together at some place. The inside of
// json_schema.h.
#pragma once

#include <compare>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "grammar/json_schema.h"
#include "grammar/object_writer.h"
#include "grammar/schema_document.h"
#include "grammar/value_spec.h"

namespace sotto::grammar {

// For one document, or for several whose values stand in one text. Not thread-safe.
class SchemaCompiler {
 public:
  // documents: must outlive this.
  SchemaCompiler(std::span<const SchemaDocument> documents, const SchemaOptions& options)
      : documents_(documents), options_(options), builder_(options.limits), text_(builder_) {}

  Result<Grammar> compile();  // of the first document
  // Of as many documents as there are frames.
  Result<Grammar> compile(const Frames& frames);
  std::vector<std::string> ignored() const { return {ignored_.begin(), ignored_.end()}; }

 private:
  // A schema, or a part of what it says.
  struct Demand {
    enum class Part { kAll, kOwn, kAnyOf, kOneOf };
    Schema schema;
    Part part = Part::kAll;

    auto operator<=>(const Demand&) const = default;
  };
  // What holds once references and allOf are followed.
  struct Flat {
    std::vector<Schema> own;
    std::vector<Demand> choices;
    bool never = false;
  };
  // The names that patterns tell apart, and whether there may be others than those of properties.
  struct OtherNames {
    std::vector<std::pair<std::string, Schema>> patterns;  // each with a place where it stands
    bool allowed = true;
  };

  // The rule of a value for which all of these hold; its body is added later.
  Rule rule_of(std::vector<Schema> schemas);
  Result<void> add_bodies();
  Result<void> add_demands(const std::vector<Demand>& demands, Node from, Node to, std::set<Demand> taken);
  Result<void> add_choice(const Flat& flat, Node from, Node to, std::set<Demand> taken);
  Result<Flat> flatten(const std::vector<Demand>& demands);
  Result<void> follow(const Demand& demand, std::vector<Demand>& open, Flat& flat);
  const SchemaDocument& document_of(Schema schema) const;  // that it is part of: references stay within it
  Result<ValueSpec> spec_of(const std::vector<Schema>& schemas);

  // schema_values.cpp
  Result<void> add_spec(const ValueSpec& spec, Node from, Node to);
  Result<void> add_values(const ValueSpec& spec, Node from, Node to);
  Result<bool> admits(const ValueSpec& spec, const JsonValue& value);
  Result<void> add_number(const ValueSpec& spec, Node from, Node to);
  Result<void> add_string(const ValueSpec& spec, Node from, Node to);
  Result<void> add_array(const ValueSpec& spec, Node from, Node to);
  Rule item_rule(const ValueSpec& spec, std::size_t index);
  void write_items(const ValueSpec& spec, Node from, Node to);
  std::pair<Rule, bool> shared_rule(const std::string& key);
  Result<Dfa> number_language(const ValueSpec& spec, bool integers);
  Result<Dfa> string_language(const ValueSpec& spec);
  Result<Dfa> counted(Result<Dfa> language);
  Result<Dfa> met(const Dfa& a, const Dfa& b) { return counted(a.both(b, options_.limits)); }
  Result<const Dfa*> pattern(std::string_view pattern, const JsonValue& at);

  // schema_objects.cpp
  Result<void> add_object(const ValueSpec& spec, Node from, Node to);
  Result<Members> members_of(const ValueSpec& spec);
  Result<void> name_members(const ValueSpec& spec, const Dfa& names, Members& members);
  Result<void> add_others(const ValueSpec& spec, const Dfa& names, Members& members);
  Result<Dfa> names_language(const ValueSpec& spec);
  Result<std::vector<Schema>> schemas_of_member(const ValueSpec& spec, const std::string& name);
  OtherNames other_names(const ValueSpec& spec) const;
  Result<Dfa> free_names(const Dfa& names, const Members& members);
  Result<void> add_other(const ValueSpec& spec, const OtherNames& other, unsigned matched, Dfa names, Members& members);

  std::span<const SchemaDocument> documents_;
  const SchemaOptions& options_;
  Builder builder_;
  JsonText text_;
  std::map<std::vector<Schema>, Rule> rules_;
  std::deque<std::pair<Rule, std::vector<Schema>>> pending_;  // rules without body yet
  std::map<std::string, Rule> shared_rules_;                  // of strings and numbers, by what they are held to
  std::map<std::string, Dfa, std::less<>> patterns_;
  std::set<std::string> ignored_;
  int n_alternatives_ = 0;
  std::size_t n_dfa_states_ = 0;
};

}  // namespace sotto::grammar
