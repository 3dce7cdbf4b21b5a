#include "published/sentence_embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "gguf/report.h"
#include "published/fields.h"

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

struct Modules {
  std::uint32_t mode = kMean;
  std::vector<std::string> dense;  // their folders, in order
};

Result<Modules> read_modules(const std::string& folder, std::size_t most_dense) {
  const std::string path = folder + "/modules.json";
  const auto modules = read_list(path, kMaxBytes);
  if (!modules && modules.error().code == ErrorCode::kNotFound) return Modules();
  if (!modules) return Unexpected(modules.error());
  Modules found;
  for (const Json& module : *modules) {
    const std::string type = text_field(module, "type");
    const std::string kind = type.substr(type.rfind('.') + 1);
    if (kind == "Transformer" || kind == "Normalize") continue;  // vectors are normalized in any case
    const bool dense = kind == "Dense" && found.dense.size() < most_dense;
    if (kind != "Pooling" && !dense) {
      return unsupported(path, fmt::format("module {} stands behind the model, which GGUF files cannot say; embeddings "
                                           "without it would be others",
                                           quote(type)));
    }
    const std::string name = text_field(module, "path");
    if (!is_plain(name)) return damaged(path, fmt::format("the module's path is {}, expected a name", quote(name)));
    if (dense) {
      found.dense.push_back(folder + "/" + name);
      continue;
    }
    auto read = read_mode(folder + "/" + name + "/config.json");
    if (!read) return forward_error(read);
    found.mode = *read;
  }
  return found;
}

// Of a Dense module of `in` features: how many it gives. It must be a matrix and nothing else.
Result<std::uint64_t> dense_width(const std::string& folder, std::uint64_t in) {
  constexpr std::uint64_t kMostWidth = 1u << 20;
  const std::string path = folder + "/config.json";
  auto object = read_object(path, kMaxBytes);
  if (!object) return Unexpected(object.error());
  Fields fields(std::move(*object), path);
  if (const auto found = fields.need_whole("in_features", 1, kMostWidth); found != in && !fields.failed())
    fields.fail("in_features", std::to_string(found), std::to_string(in));
  const std::uint64_t out = fields.need_whole("out_features", 1, kMostWidth);
  if (fields.flag("bias", true)) fields.refuse("bias is true, which GGUF files cannot say");
  const std::string activation = fields.text("activation_function");
  if (!activation.ends_with(".Identity")) {
    fields.refuse(
        fmt::format("activation_function is {}, which GGUF files cannot say; they mean none", quote(activation)));
  }
  if (fields.failed()) return fields.error();
  return out;
}

}  // namespace

Result<std::vector<std::string>> write_pooling(const std::string& folder, const Configuration& configuration,
                                               gguf::Writer& writer, std::vector<std::string>& notes) {
  auto modules = read_modules(folder, configuration.family->most_dense);
  if (!modules) return Unexpected(modules.error());
  writer.set(std::string(configuration.family->architecture) + ".pooling_type", modules->mode);
  const auto sentence = read_object(folder + "/sentence_bert_config.json", kMaxBytes);
  if (!sentence && sentence.error().code == ErrorCode::kNotFound) return std::move(modules->dense);
  if (!sentence) return Unexpected(sentence.error());
  const Json* most = field(*sentence, "max_seq_length");
  if (most != nullptr && most->is_number_unsigned() && most->get<std::uint64_t>() < configuration.sizes.positions) {
    notes.push_back(fmt::format("the model was trained with texts of up to {} tokens; it takes up to {}",
                                most->get<std::uint64_t>(), configuration.sizes.positions));
  }
  return std::move(modules->dense);
}

Result<void> DenseModules::add(const std::vector<std::string>& folders, const Configuration& configuration, Plan& plan,
                               gguf::Writer& writer) {
  files_.reserve(folders.size());
  std::uint64_t in = configuration.sizes.hidden;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto out = dense_width(folders[i], in);
    if (!out) return Unexpected(out.error());
    auto opened = WeightFiles::open(folders[i]);
    if (!opened) return Unexpected(opened.error());
    const WeightFiles& files = files_.emplace_back(std::move(*opened));
    const std::vector<std::uint64_t> shape{*out, in};
    if (files.n_tensors() != 1 || files.at(0).tensor->name != "linear.weight" || files.at(0).tensor->shape != shape) {
      return damaged(folders[i], fmt::format("its weights are not a tensor linear.weight of [{}, {}]", *out, in));
    }
    if (!weight_type(files.at(0).tensor->dtype)) {
      return unsupported(folders[i], fmt::format("its weights are of type {}; sotto imports F32, F16 and BF16",
                                                 quote(files.at(0).tensor->dtype)));
    }
    plan.tensors.push_back(
        {fmt::format("dense_{}.weight", i + 2), plan.matrices, {in, *out}, {files.at(0)}, Change::kNone, 0, {}});
    const std::string key = fmt::format("{}.dense_{}_feat_", configuration.family->architecture, i + 2);
    writer.set(key + "in", static_cast<std::uint32_t>(in));
    writer.set(key + "out", static_cast<std::uint32_t>(*out));
    in = *out;
  }
  return {};
}

}  // namespace sotto::published
