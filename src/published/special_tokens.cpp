#include "published/special_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "gguf/report.h"

namespace sotto::published {
namespace {

using Id = std::optional<std::uint32_t>;

constexpr std::size_t kMostIds = 16;  // GGUF files say three

// A token's name, given as a text or as an object with its content.
std::string token_name(const Json& object, const char* name) {
  const Json* value = field(object, name);
  if (value == nullptr) return {};
  return value->is_object() ? text_field(*value, "content") : text_field(object, name);
}

class SpecialTokens {
 public:
  SpecialTokens(const Vocabulary& vocabulary, const TokenFiles& files) : vocabulary_(vocabulary), files_(files) {}

  std::string name_of(const char* name) const {
    std::string found = token_name(files_.tokenizer_config, name);
    return found.empty() ? token_name(files_.special_map, name) : found;
  }

  Id find(const std::string& name) const {
    if (name.empty()) return std::nullopt;
    const auto found = std::ranges::find(vocabulary_.tokens, name);
    if (found == vocabulary_.tokens.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - vocabulary_.tokens.begin());
  }

  // The ids that a field of config.json or generation_config.json gives: one, or a list, of which the first few count.
  std::vector<std::uint32_t> ids(const char* name) const {
    std::vector<std::uint32_t> all;
    for (const Json* object : {&files_.config, &files_.generation}) {
      const Json* value = field(*object, name);
      if (value == nullptr) continue;
      const Json list = value->is_array() ? *value : Json::array({*value});
      for (const Json& item : list) {
        if (!item.is_number_unsigned() || item.get<std::uint64_t>() >= vocabulary_.tokens.size()) continue;
        const auto id = item.get<std::uint32_t>();
        // Readers never write nor read a special token as text: an ordinary one must not become that.
        const TokenKind kind = vocabulary_.kinds[id];
        if (kind == TokenKind::kNormal || kind == TokenKind::kUnused) continue;
        if (all.size() < kMostIds && std::ranges::find(all, id) == all.end()) all.push_back(id);
      }
    }
    return all;
  }

  Id resolve(const char* token, const std::string& otherwise, const char* id_field) const {
    if (const Id named = find(name_of(token))) return named;
    if (const Id named = find(otherwise)) return named;
    const auto given = ids(id_field);
    return given.empty() ? Id() : Id(given.front());
  }

 private:
  const Vocabulary& vocabulary_;
  const TokenFiles& files_;
};

void write_id(gguf::Writer& writer, const char* key, Id id) {
  if (id) writer.set(key, *id);
}

std::optional<bool> said(const Json& object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_boolean() ? std::optional(value->get<bool>()) : std::nullopt;
}

// Whether a token is put at an end of the text: the tokenizer's configuration says so, or its post-processor.
bool is_added(const Vocabulary& vocabulary, std::optional<bool> configured, std::optional<bool> processed,
              const std::string& put, Id id, std::vector<std::string>& notes) {
  if (configured) return *configured && id;
  const bool same = id && !put.empty() && vocabulary.tokens[*id] == put;
  if (!put.empty() && !same) {
    notes.push_back(
        fmt::format("the tokenizer puts {} at an end of a text, which the GGUF file cannot say", gguf::quote(put)));
  }
  return processed.value_or(false) && same;
}

}  // namespace

void write_special_tokens(const Vocabulary& vocabulary, const TokenFiles& files, gguf::Writer& writer,
                          std::vector<std::string>& notes) {
  const SpecialTokens special(vocabulary, files);
  const Id bos = special.resolve("bos_token", vocabulary.first_token, "bos_token_id");
  const Id eos = special.resolve("eos_token", vocabulary.last_token, "eos_token_id");
  write_id(writer, "tokenizer.ggml.bos_token_id", bos);
  write_id(writer, "tokenizer.ggml.eos_token_id", eos);
  // Others that end an answer.
  const char* more[] = {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};
  std::size_t n_more = 0;
  for (const std::uint32_t id : special.ids("eos_token_id")) {
    if (id != eos && n_more < std::size(more)) writer.set(more[n_more++], id);
  }
  write_id(writer, "tokenizer.ggml.unknown_token_id", special.resolve("unk_token", vocabulary.unknown, "unk_token_id"));
  write_id(writer, "tokenizer.ggml.padding_token_id", special.resolve("pad_token", "", "pad_token_id"));
  write_id(writer, "tokenizer.ggml.mask_token_id", special.find(special.name_of("mask_token")));
  if (vocabulary.model == "bert") {
    write_id(writer, "tokenizer.ggml.cls_token_id",
             special.resolve("cls_token", vocabulary.first_token, "cls_token_id"));
    write_id(writer, "tokenizer.ggml.seperator_token_id",
             special.resolve("sep_token", vocabulary.last_token, "sep_token_id"));
  }

  std::optional<bool> add_bos = said(files.tokenizer_config, "add_bos_token");
  if (!add_bos && !vocabulary.add_bos && vocabulary.model == "llama") add_bos = true;
  writer.set("tokenizer.ggml.add_bos_token",
             is_added(vocabulary, add_bos, vocabulary.add_bos, vocabulary.first_token, bos, notes));
  writer.set("tokenizer.ggml.add_eos_token", is_added(vocabulary, said(files.tokenizer_config, "add_eos_token"),
                                                      vocabulary.add_eos, vocabulary.last_token, eos, notes));
}

}  // namespace sotto::published
