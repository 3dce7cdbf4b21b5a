#include "catalog/describe.h"

#include <sys/stat.h>

#include <cmath>

#include <fmt/format.h>

#include "catalog/catalog.h"
#include "catalog/files.h"
#include "catalog/names.h"
#include "catalog/sidecar.h"
#include "gguf/file.h"
#include "gguf/quantization.h"
#include "gguf/sampling_keys.h"
#include "model/families/registry.h"
#include "model/vocab_reader.h"
#include "text/gap_tokens.h"

namespace sotto::catalog {
namespace {

constexpr std::size_t kMaxShownBytes = 120;
constexpr std::string_view kOtherLicense = "other";  // as model cards say it, with a name beside it

std::string text_or_empty(const gguf::File& file, std::string_view key) {
  auto text = file.string(key);
  return text && *text ? std::string(**text) : "";
}

std::uint64_t number_or_zero(const gguf::File& file, std::string_view key) {
  auto number = file.integer(key);
  return number && *number && **number > 0 ? static_cast<std::uint64_t>(**number) : 0;
}

std::string shorten(std::string_view text) {
  std::string shown;
  for (char c : text.substr(0, kMaxShownBytes)) {
    // Control characters of a hostile file must not reach a terminal.
    shown += static_cast<unsigned char>(c) < 32 || c == 127 ? ' ' : c;
  }
  while (text.size() > kMaxShownBytes && !shown.empty() && (shown.back() & 0xC0) == 0x80) shown.pop_back();
  return text.size() > kMaxShownBytes ? fmt::format("{}… ({} bytes)", shown, text.size()) : shown;
}

std::string show_value(const gguf::Value& value) {
  struct Show {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::string_view text) const { return shorten(text); }
    std::string operator()(const gguf::Array& array) const { return fmt::format("[{} values]", array.count); }
    std::string operator()(std::uint64_t number) const { return fmt::format("{}", number); }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    // Stored as f32: its shortest form is what was meant.
    std::string operator()(double number) const { return fmt::format("{}", static_cast<float>(number)); }
  };
  return std::visit(Show{}, value);
}

// By the names that these settings have here.
constexpr std::pair<const char*, gguf::SamplingKey> kRecommendations[] = {{"temperature", gguf::kTemperature},
                                                                          {"top_k", gguf::kTopK},
                                                                          {"top_p", gguf::kTopP},
                                                                          {"min_p", gguf::kMinP},
                                                                          {"repeat_penalty", gguf::kRepeatPenalty},
                                                                          {"repeat_last_n", gguf::kRepeatLastN}};

std::vector<Recommendation> sampling_of(const gguf::File& file) {
  std::vector<Recommendation> sampling;
  for (const auto& [name, from] : kRecommendations) {
    const auto number = file.number(from.key);
    if (!number || !*number || !from.allows(**number)) continue;
    sampling.push_back({name, std::round(**number * 1e6) / 1e6});  // stored as f32: 0.6, not 0.6000000238
  }
  return sampling;
}

// general.license; where that is only "other", with the name that the file gives.
std::string license_of(const gguf::File& file) {
  const std::string license = text_or_empty(file, "general.license"),
                    name = text_or_empty(file, "general.license.name");
  return license == kOtherLicense && !name.empty() ? fmt::format("{} ({})", license, name) : license;
}

StoredModel describe_open(const gguf::File& file) {
  StoredModel model = describe_file(file.path());
  model.file_bytes = file.size_bytes();
  model.architecture = text_or_empty(file, "general.architecture");
  model.quantization = gguf::quantization_of(file);
  const bool both_other = model.license == kOtherLicense && text_or_empty(file, "general.license") == kOtherLicense;
  if (model.license.empty() || both_other) model.license = license_of(file);
  return model;
}

}  // namespace

StoredModel describe_file(const std::string& path) {
  StoredModel model;
  model.path = path;
  struct stat status;
  if (::stat(path.c_str(), &status) == 0) {
    model.file_bytes = static_cast<std::uint64_t>(status.st_size);
    model.modified_unix_s = status.st_mtime;
  }
  std::string file_name = base_name(path);
  model.name = model_stem(file_name);
  if (auto sidecar = read_sidecar(path)) {
    model.name = sidecar->name;
    model.license = known_license(path).license;
    model.sha256 = sidecar->sha256;
    model.source = sidecar->source;
    return model;
  }
  for (const Entry& entry : Catalog::builtin().entries()) {
    if (to_lower(entry.file_name) == to_lower(file_name)) model.name = entry.name;
  }
  return model;
}

KnownLicense known_license(const std::string& path) {
  const auto sidecar = read_sidecar(path);
  if (!sidecar) return {};
  if (!sidecar->license.empty()) return {sidecar->license, base_name(sidecar_path(path))};
  const Entry* entry = Catalog::builtin().find_sha256(sidecar->sha256);
  return entry != nullptr ? KnownLicense{entry->license, "the catalog's " + entry->name} : KnownLicense{};
}

Result<StoredModel> describe_model(const std::string& path) {
  auto file = gguf::File::open(path);
  if (!file) return forward_error(file);
  return describe_open(*file);
}

Result<ModelDetails> describe_details(const std::string& path) {
  auto file = gguf::File::open(path);
  if (!file) return forward_error(file);
  ModelDetails details;
  details.model = describe_open(*file);
  details.title = shorten(text_or_empty(*file, "general.name"));
  details.n_tensors = file->tensors().size();
  for (const gguf::Tensor& tensor : file->tensors()) details.n_params += tensor.n_values();
  details.ctx_tokens = number_or_zero(*file, details.model.architecture + ".context_length");
  details.encoder = model::is_encoder(*file);
  details.chat_template = text_or_empty(*file, "tokenizer.chat_template");
  details.sampling = sampling_of(*file);
  const std::string link = text_or_empty(*file, "general.license.link");
  details.license_text = details.model.license;
  if (!link.empty()) details.license_text += (details.license_text.empty() ? "" : ", ") + link;
  for (const auto& [key, value] : file->metadata()) {
    details.metadata.emplace_back(shorten(key), show_value(value));
  }
  return details;
}

bool model_fills_gaps(const std::string& path) {
  const auto file = gguf::File::open(path);
  if (!file) return false;
  const auto vocab = model::read_vocab(*file);
  if (!vocab) return false;
  std::vector<text::TokenKind> kinds = vocab->kinds;
  kinds.resize(vocab->tokens.size(), text::TokenKind::kNormal);
  text::GapTokens gap = vocab->gap;
  text::find_gap_tokens(*vocab, kinds, gap);
  return gap.complete();
}

}  // namespace sotto::catalog
