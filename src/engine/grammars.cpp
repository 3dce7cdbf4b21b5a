#include "engine/grammars.h"

#include <algorithm>
#include <utility>

#include "grammar/gbnf.h"

namespace sotto::engine {
namespace {

constexpr grammar::SchemaOptions kOptions{.named_properties_only = true};

Result<grammar::Grammar> grammar_of(Result<grammar::CompiledSchema> compiled) {
  if (!compiled) return forward_error(compiled);
  return std::move(compiled->grammar);
}

}  // namespace

Result<std::shared_ptr<grammar::TokenGrammar>> Grammars::find(const Request& request) {
  if (request.json_schema.empty() && request.grammar.empty()) return std::shared_ptr<grammar::TokenGrammar>();
  if (!request.json_schema.empty() && !request.grammar.empty())
    return Unexpected(ErrorCode::kBadRequest, "both json_schema and grammar are set; set one of them");
  if (request.json_schema.empty())
    return find(Kind::kGbnf, request.grammar, [&] { return grammar::read_gbnf(request.grammar); });
  return find(Kind::kSchema, request.json_schema,
              [&] { return grammar_of(grammar::compile_json_schema(request.json_schema, kOptions)); });
}

Result<std::shared_ptr<grammar::TokenGrammar>> Grammars::find_calls(const grammar::Frames& frames,
                                                                    std::string_view trigger) {
  std::string key = std::to_string(frames.most);
  const auto add = [&](std::string_view part) { key += std::to_string(part.size()).append(":").append(part); };
  for (const std::string_view part :
       {trigger, std::string_view(frames.open), std::string_view(frames.between), std::string_view(frames.close)})
    add(part);
  for (const grammar::Frame& frame : frames.frames)
    for (const std::string* part : {&frame.before, &frame.schema, &frame.after}) add(*part);
  return find(Kind::kCalls, key, [&] {
    return grammar_of(grammar::compile_frames(frames, {.named_properties_only = true, .trigger = trigger}));
  });
}

Result<std::shared_ptr<grammar::TokenGrammar>> Grammars::find(Kind kind, const std::string& text,
                                                              const Compile& compile) {
  if (auto known = kept(kind, text)) return known;
  auto compiled = compile();
  if (!compiled) return forward_error(compiled);
  auto made =
      std::make_shared<grammar::TokenGrammar>(std::make_shared<const grammar::Grammar>(std::move(*compiled)), trie());
  const std::lock_guard lock(mutex_);
  kept_.push_front({kind, text, made});
  if (kept_.size() > kMostKept) kept_.pop_back();
  return made;
}

std::shared_ptr<grammar::TokenGrammar> Grammars::kept(Kind kind, const std::string& text) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& candidate) {
    return candidate.kind == kind && candidate.text == text;
  });
  if (known == kept_.end()) return nullptr;
  std::rotate(kept_.begin(), known, known + 1);
  return kept_.front().grammar;
}

std::shared_ptr<const grammar::TokenTrie> Grammars::trie() {
  const std::lock_guard lock(mutex_);
  if (trie_ == nullptr) trie_ = grammar::TokenTrie::of(tokenizer_);
  return trie_;
}

}  // namespace sotto::engine
