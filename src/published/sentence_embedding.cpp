#include "published/sentence_embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "gguf/report.h"

namespace sotto::published {
namespace {

using gguf::quote;

constexpr std::size_t kMaxBytes = 1u << 20;

// GGUF's pooling types, and the switches of a pooling module that say the same.
constexpr std::uint32_t kMean = 1;
constexpr std::pair<std::string_view, std::uint32_t> kModes[] = {
    {"pooling_mode_mean_tokens", kMean}, {"pooling_mode_cls_token", 2}, {"pooling_mode_lasttoken", 3}};

Result<std::uint32_t> read_mode(const std::string& path) {
  const auto pooling = read_object(path, kMaxBytes);
  if (!pooling) return Unexpected(pooling.error());
  std::vector<std::uint32_t> modes;
  for (const auto& [name, value] : pooling->items()) {
    if (!name.starts_with("pooling_mode_") || value != true) continue;
    const auto* known =
        std::ranges::find(kModes, std::string_view(name), &std::pair<std::string_view, std::uint32_t>::first);
    if (known == std::end(kModes)) return unsupported(path, quote(name) + " is true, which GGUF files cannot say");
    modes.push_back(known->second);
  }
  if (modes.size() == 1) return modes.front();
  return unsupported(path, fmt::format("{} ways of pooling are switched on, expected one of pooling_mode_mean_tokens, "
                                       "pooling_mode_cls_token and pooling_mode_lasttoken",
                                       modes.size()));
}

// A module's folder within the model's: a plain name.
bool is_plain(const std::string& name) {
  const auto printable = [](unsigned char c) { return c >= ' ' && c != 127 && c != '/'; };
  return !name.empty() && name != "." && name != ".." && std::ranges::all_of(name, printable);
}

Result<std::uint32_t> read_modules(const std::string& folder) {
  const std::string path = folder + "/modules.json";
  const auto modules = read_list(path, kMaxBytes);
  if (!modules && modules.error().code == ErrorCode::kNotFound) return kMean;
  if (!modules) return Unexpected(modules.error());
  std::uint32_t mode = kMean;
  for (const Json& module : *modules) {
    const std::string type = text_field(module, "type");
    const std::string kind = type.substr(type.rfind('.') + 1);
    if (kind == "Transformer" || kind == "Normalize") continue;  // vectors are normalized in any case
    if (kind != "Pooling") {
      return unsupported(path, fmt::format("module {} stands behind the model, which GGUF files cannot say; embeddings "
                                           "without it would be others",
                                           quote(type)));
    }
    const std::string name = text_field(module, "path");
    if (!is_plain(name)) return damaged(path, fmt::format("the pooling's path is {}, expected a name", quote(name)));
    auto read = read_mode(folder + "/" + name + "/config.json");
    if (!read) return read;
    mode = *read;
  }
  return mode;
}

}  // namespace

Result<void> write_pooling(const std::string& folder, const Configuration& configuration, gguf::Writer& writer,
                           std::vector<std::string>& notes) {
  const auto mode = read_modules(folder);
  if (!mode) return Unexpected(mode.error());
  writer.set(std::string(configuration.family->architecture) + ".pooling_type", *mode);
  const auto sentence = read_object(folder + "/sentence_bert_config.json", kMaxBytes);
  if (!sentence) return sentence.error().code == ErrorCode::kNotFound ? Result<void>() : Unexpected(sentence.error());
  const Json* most = field(*sentence, "max_seq_length");
  if (most != nullptr && most->is_number_unsigned() && most->get<std::uint64_t>() < configuration.sizes.positions) {
    notes.push_back(fmt::format("the model was trained with texts of up to {} tokens; it takes up to {}",
                                most->get<std::uint64_t>(), configuration.sizes.positions));
  }
  return {};
}

}  // namespace sotto::published
