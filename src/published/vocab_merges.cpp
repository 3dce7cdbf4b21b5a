#include "published/vocab_merges.h"

#include <fmt/format.h>

#include <algorithm>

#include "gguf/report.h"
#include "published/tokenizer_json.h"
#include "text/utf8.h"

namespace sotto::published {
namespace {

using gguf::quote;

constexpr const char* kConfigFile = "/tokenizer_config.json";

// `pre`: the name of its way of cutting in GGUF files.
struct TokenizerClass {
  std::string_view name, pre;
};
constexpr TokenizerClass kClasses[] = {
    {"GPT2Tokenizer", "gpt-2"},
    {"GPT2TokenizerFast", "gpt-2"},
    {"Qwen2Tokenizer", "qwen2"},
    {"Qwen2TokenizerFast", "qwen2"},
};
// What their control token is called unless the files say otherwise.
constexpr const char* kEndOfText = "<|endoftext|>";

Result<std::string> name_of_class(const std::string& folder, const TokenFiles& files) {
  std::string name = text_field(files.tokenizer_config, "tokenizer_class");
  if (name.empty() && text_field(files.config, "model_type").starts_with("qwen")) name = "Qwen2Tokenizer";
  const auto* known = std::ranges::find(kClasses, name, &TokenizerClass::name);
  if (known != std::end(kClasses)) return std::string(known->pre);
  return unsupported(folder + kConfigFile,
                     fmt::format("tokenizer_class is {}, expected GPT2Tokenizer or Qwen2Tokenizer: how vocab.json is "
                                 "used stands in no other file",
                                 quote(name)),
                     "fetch the tokenizer.json of the model, or look for a GGUF file of it");
}

// A merge a line, after a line that begins with "#version".
Result<void> read_merges_text(const std::string& path, Vocabulary& vocabulary) {
  const auto file = map_file(path);
  if (!file) return Unexpected(file.error());
  const auto bytes = file->bytes();
  if (bytes.size() > kMaxTokenizerBytes) {
    return damaged(path, fmt::format("{} bytes long, expected at most {}", bytes.size(), kMaxTokenizerBytes));
  }
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t line_no = 1; !text.empty(); ++line_no) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (line_no == 1 && line.starts_with("#version"))) continue;
    const std::size_t space = line.find(' ');
    const bool two = space != line.npos && space > 0 && space + 1 < line.size() && line.rfind(' ') == space;
    if (!two || vocabulary.merges.size() >= kMaxTokens || text::find_invalid_utf8(line) != line.size()) {
      return damaged(path,
                     fmt::format("line {}: found {}, expected two tokens with a space between them, {} lines at most",
                                 line_no, quote(line), kMaxTokens));
    }
    vocabulary.merges.emplace_back(line);
  }
  return {};
}

// The tokens that the files call special; those of the vocabulary become control tokens.
std::vector<std::string> special_names(const TokenFiles& files) {
  std::vector<std::string> names = {kEndOfText};
  const auto add = [&](const Json* value) {
    if (value == nullptr) return;
    if (value->is_string()) names.push_back(value->get<std::string>());
    if (value->is_object()) names.push_back(text_field(*value, "content"));
  };
  for (const Json* object : {&files.tokenizer_config, &files.special_map}) {
    for (const char* name : {"bos_token", "eos_token", "unk_token", "pad_token"}) add(field(*object, name));
    const Json* more = field(*object, "additional_special_tokens");
    if (more == nullptr || !more->is_array()) continue;
    for (const Json& item : *more) add(&item);
  }
  return names;
}

void mark_special(const TokenFiles& files, std::uint64_t n_vocab, Vocabulary& vocabulary) {
  std::vector<std::string> names = special_names(files);
  std::ranges::sort(names);
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string token = vocabulary.tokens[id];
    if (!token.empty() && std::ranges::binary_search(names, token)) add_token(vocabulary, id, token, true, n_vocab);
  }
}

}  // namespace

Result<Vocabulary> read_vocab_merges(const std::string& folder, const TokenFiles& files, std::uint64_t n_vocab) {
  const std::string path = folder + "/vocab.json";
  const auto tokens = read_object(path, kMaxTokenizerBytes);
  if (!tokens) return Unexpected(tokens.error());
  const auto pre = name_of_class(folder, files);
  if (!pre) return Unexpected(pre.error());
  if (is_true(files.tokenizer_config, "add_prefix_space")) {
    return unsupported(folder + kConfigFile, "add_prefix_space is true, expected false: GGUF files cannot say so");
  }
  Vocabulary vocabulary;
  vocabulary.model = "gpt2";
  vocabulary.pre = *pre;
  if (auto read = read_vocab(&*tokens, path, n_vocab, vocabulary, "the file"); !read) return forward_error(read);
  if (auto read = read_merges_text(folder + "/merges.txt", vocabulary); !read) return forward_error(read);
  mark_special(files, n_vocab, vocabulary);
  return vocabulary;
}

}  // namespace sotto::published
