#include "evaluate/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/thread_pool.h"
#include "engine/border.h"
#include "evaluate/calibration.h"
#include "evaluate/subject.h"
#include "quantize/allocate.h"
#include "quantize/distortion.h"
#include "quantize/mix.h"
#include "quantize/stream.h"

namespace sotto::evaluate {
namespace {

// In which each tensor is quantized to see what that does. It has small blocks, which every row can be cut into.
constexpr gguf::TensorType kProbe = gguf::TensorType::kQ4_0;
constexpr double kLeastLoss = 1e-12;  // a loss below the rounding of logits

struct Candidate {
  const gguf::Tensor* tensor;
  std::vector<gguf::TensorType> types;
  std::vector<double> errors;  // of the types, relative
  double probe_error = 0;
  bool is_read = true;  // by the model, somewhere
};

// Matrices that are probed together.
struct Group {
  std::vector<Candidate*> members;
  double kld = 0;  // when all of them are quantized
};

// The matrices that a quantized file would have in fewer bits.
std::vector<Candidate> candidates_of(const gguf::File& file, model::Model& model) {
  std::vector<Candidate> found;
  for (const gguf::Tensor& tensor : file.tensors()) {
    if (!quantize::choose_type(*quantize::find_file_type("Q8_0"), {}, tensor)) continue;
    auto types = quantize::types_for_rows(tensor.dims[0]);
    if (!types.empty()) found.push_back({&tensor, std::move(types), {}, 0, model.reads(tensor.name)});
  }
  return found;
}

// The same in neighbouring layers, and those that read the same input and meet in a product: q and k, gate and up. The
// first two layers are apart from others, since they differ most.
std::string group_of(std::string_view name) {
  constexpr std::string_view kPrefix = "blk.";
  if (!name.starts_with(kPrefix)) return std::string(name);
  const std::size_t dot = name.find('.', kPrefix.size());
  const std::string_view digits = name.substr(kPrefix.size(), dot - kPrefix.size());
  unsigned layer = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), layer);
  std::string role(name.substr(std::min(dot, name.size())));
  for (const auto& [from, to] : {std::pair(".attn_k.", ".attn_q."), std::pair(".ffn_up", ".ffn_gate")}) {
    if (role.starts_with(from)) role.replace(0, std::string_view(from).size(), to);
  }
  return fmt::format("{}{}", layer < 2 ? layer : layer / 2 + 1, role);
}

// Without the matrices that the model does not read, of layers that it leaves out: those lose nothing by any type.
std::vector<Group> groups_of(std::vector<Candidate>& candidates) {
  std::map<std::string, Group> by_name;
  for (Candidate& candidate : candidates) {
    if (candidate.is_read) by_name[group_of(candidate.tensor->name)].members.push_back(&candidate);
  }
  std::vector<Group> groups;
  for (auto& [name, group] : by_name) groups.push_back(std::move(group));
  return groups;
}

class Meter {
 public:
  Meter(Subject& subject, Chunks chunks, const MixOptions& options)
      : subject_(subject),
        chunks_(std::move(chunks)),
        options_(options),
        pool_(options.eval.threads > 0 ? options.eval.threads : base::default_thread_count()),
        stream_(subject.file().path(), options.eval.threads > 0 ? options.eval.threads : base::default_thread_count()) {
  }

  Result<void> measure(std::vector<Candidate>& candidates, std::vector<Group>& groups);

 private:
  void estimate_errors(std::vector<Candidate>& candidates);
  void read_reference();
  Result<void> probe(Group& group);
  Result<void> put_probe(const gguf::Tensor& tensor, std::vector<std::byte>& bytes);
  double loss();
  bool cancelled() const { return options_.eval.cancel != nullptr && *options_.eval.cancel; }
  Result<void> unless_cancelled() const {
    return cancelled() ? Unexpected(ErrorCode::kCancelled, "measuring: stopped") : Result<void>();
  }
  const quantize::ColumnWeights* weights_of(const gguf::Tensor& tensor) const {
    return options_.importance != nullptr ? options_.importance->find(tensor.name) : nullptr;
  }

  Subject& subject_;
  Chunks chunks_;
  const MixOptions& options_;
  base::ThreadPool pool_;
  quantize::Stream stream_;
  std::vector<float> expected_, found_;  // [n_tokens, n_vocab]; [kBatchRows, n_vocab]
  std::vector<double> klds_;
};

void Meter::estimate_errors(std::vector<Candidate>& candidates) {
  pool_.run(static_cast<int>(candidates.size()), [&](int index, int) {
    Candidate& candidate = candidates[static_cast<std::size_t>(index)];
    const gguf::Tensor& tensor = *candidate.tensor;
    if (cancelled()) return;
    candidate.probe_error = quantize::sampled_error(tensor, kProbe, weights_of(tensor));
    for (const gguf::TensorType type : candidate.types) {
      if (cancelled()) return;
      candidate.errors.push_back(quantize::sampled_error(tensor, type, weights_of(tensor)));
    }
  });
}

// Incomplete once cancelled; likewise estimate_errors().
void Meter::read_reference() {
  const std::size_t n_vocab = subject_.n_vocab();
  expected_.resize(count_tokens(chunks_) * n_vocab);
  std::size_t done = 0;
  for (const std::vector<Token>& chunk : chunks_) {
    if (cancelled()) return;
    subject_.begin_chunk(chunk.size());
    subject_.read(chunk, std::span(expected_).subspan(done * n_vocab, chunk.size() * n_vocab));
    done += chunk.size();
  }
}

// The mean KLD from the reference, as the model stands.
double Meter::loss() {
  const std::size_t n_vocab = subject_.n_vocab();
  found_.resize(kBatchRows * n_vocab);
  klds_.resize(count_tokens(chunks_));
  std::size_t done = 0;
  for (const std::vector<Token>& chunk : chunks_) {
    subject_.begin_chunk(chunk.size());
    for (std::size_t first = 0; first < chunk.size(); first += kBatchRows) {
      const std::size_t count = std::min(kBatchRows, chunk.size() - first);
      subject_.read(std::span(chunk).subspan(first, count), std::span(found_).first(count * n_vocab));
      pool_.run(static_cast<int>(count), [&](int index, int) {
        const auto i = static_cast<std::size_t>(index);
        const auto row = std::span(found_).subspan(i * n_vocab, n_vocab);
        const auto expected = std::span(expected_).subspan((done + i) * n_vocab, n_vocab);
        klds_[done + i] = divergence(distribution_of(expected), distribution_of(row));
      });
      done += count;
    }
  }
  double sum = 0;
  for (const double kld : klds_) sum += kld;
  return sum / static_cast<double>(klds_.size());
}

// The tensor as the probe's type, in the model; `bytes` must outlive its use.
Result<void> Meter::put_probe(const gguf::Tensor& tensor, std::vector<std::byte>& bytes) {
  const auto keep = [&](std::span<const std::byte> part) -> Result<void> {
    bytes.insert(bytes.end(), part.begin(), part.end());
    return {};
  };
  const auto done = [&](std::span<const std::byte>) { return unless_cancelled(); };
  if (auto made = stream_.convert(tensor, kProbe, weights_of(tensor), keep, done); !made) return made;
  const bool put = subject_.model().substitute(tensor.name, kProbe, bytes);
  SOTTO_CHECK(put);
  return {};
}

Result<void> Meter::probe(Group& group) {
  std::vector<std::vector<std::byte>> bytes(group.members.size());
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    if (auto put = put_probe(*group.members[i]->tensor, bytes[i]); !put) return put;
  }
  group.kld = loss();
  for (const Candidate* member : group.members) subject_.model().substitute(member->tensor->name, kProbe, {});
  if (std::isfinite(group.kld)) return {};
  return Unexpected(ErrorCode::kBadFile, fmt::format("{}: found logits that are NaN or infinite, expected numbers; the "
                                                     "weights are damaged",
                                                     subject_.file().path()));
}

Result<void> Meter::measure(std::vector<Candidate>& candidates, std::vector<Group>& groups) {
  estimate_errors(candidates);
  read_reference();
  if (auto go_on = unless_cancelled(); !go_on) return go_on;
  const std::uint64_t n_tokens = count_tokens(chunks_);
  std::uint64_t done = 0;
  for (Group& group : groups) {
    if (auto probed = probe(group); !probed) return probed;
    done += n_tokens;
    if (options_.eval.on_progress) options_.eval.on_progress(done, n_tokens * groups.size());
  }
  return {};
}

// What each option of each candidate loses: of a group's loss, its share of the errors that made it, in proportion to
// the error of the option.
void fill_losses(const std::vector<Group>& groups, const std::vector<Candidate>& candidates,
                 std::vector<std::vector<quantize::Option>>& options) {
  for (const Group& group : groups) {
    double errors = 0;
    for (const Candidate* member : group.members) errors += member->probe_error;
    for (const Candidate* member : group.members) {
      auto& own = options[static_cast<std::size_t>(member - candidates.data())];
      for (std::size_t i = 0; i < own.size(); ++i) {
        own[i].cost = errors > 0 ? std::max(group.kld, kLeastLoss) * member->errors[i] / errors : 0;
      }
    }
  }
}

double count_values(const std::vector<Candidate>& candidates) {
  double n = 0;
  for (const Candidate& candidate : candidates) n += static_cast<double>(candidate.tensor->n_values());
  return n;
}

std::uint64_t bytes_as(const Candidate& candidate, std::size_t type) {
  return gguf::data_bytes(candidate.types[type], candidate.tensor->dims).value_or(0);
}

Result<void> check_bits(const gguf::File& file, const std::vector<Candidate>& candidates, double bits) {
  double bytes = 0;
  for (const Candidate& candidate : candidates) bytes += static_cast<double>(bytes_as(candidate, 0));
  const double least = 8 * bytes / count_values(candidates);
  if (least <= bits) return {};
  return Unexpected(
      ErrorCode::kBadRequest,
      fmt::format("--bits: found {}, expected at least {:.3f}, which the smallest types that fit the rows "
                  "of {} have",
                  bits, std::ceil(least * 1000) / 1000, file.path()));
}

MixedTypes choose(const std::vector<Candidate>& candidates, const std::vector<Group>& groups, double bits) {
  std::vector<std::vector<quantize::Option>> options;
  for (const Candidate& candidate : candidates) {
    options.emplace_back();
    for (std::size_t i = 0; i < candidate.types.size(); ++i) options.back().push_back({bytes_as(candidate, i), 0});
  }
  fill_losses(groups, candidates, options);
  const double n_values = count_values(candidates);
  const std::vector<std::size_t> chosen = quantize::allocate(options, static_cast<std::uint64_t>(n_values * bits / 8));
  MixedTypes mixed;
  double bytes = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::string name(candidates[i].tensor->name);
    mixed.types[name] = candidates[i].types[chosen[i]];
    if (!candidates[i].is_read) mixed.unread.push_back(name);
    mixed.expected_kld += options[i][chosen[i]].cost;
    bytes += static_cast<double>(options[i][chosen[i]].bytes);
  }
  mixed.bits_per_weight = 8 * bytes / n_values;
  return mixed;
}

}  // namespace

Result<quantize::Importance> importance_of(const std::string& path, std::string_view text, const EvalOptions& options) {
  return engine::at_border([&]() -> Result<quantize::Importance> {
    auto subject = Subject::open(path, options.threads, true);
    if (!subject) return forward_error(subject);
    Activity activity;
    const Chunks chunks = chunks_of((*subject)->language(), text, options.n_tokens, (*subject)->chunk_tokens());
    if (auto watched = watch(**subject, chunks, options, activity); !watched) return forward_error(watched);
    return activity.importance();
  });
}

Result<MixedTypes> choose_types(const std::string& path, std::string_view text, const MixOptions& options) {
  return engine::at_border([&]() -> Result<MixedTypes> {
    auto subject = Subject::open(path, options.eval.threads, true);
    if (!subject) return forward_error(subject);
    std::vector<Candidate> candidates = candidates_of((*subject)->file(), (*subject)->model());
    Chunks chunks = chunks_of((*subject)->language(), text, options.eval.n_tokens, (*subject)->chunk_tokens());
    if (chunks.empty() || candidates.empty()) {
      return Unexpected(ErrorCode::kBadRequest,
                        fmt::format("{}: found {} matrices and {} chunks of text, expected some of both", path,
                                    candidates.size(), chunks.size()));
    }
    if (auto enough = check_bits((*subject)->file(), candidates, options.bits); !enough) return forward_error(enough);
    std::vector<Group> groups = groups_of(candidates);
    if (groups.empty()) {
      return Unexpected(ErrorCode::kUnsupported,
                        fmt::format("{}: this version cannot measure what the matrices of {} models are worth; give a "
                                    "--type",
                                    path, (*subject)->model().spec().architecture));
    }
    Meter meter(**subject, std::move(chunks), options);
    if (auto measured = meter.measure(candidates, groups); !measured) return forward_error(measured);
    return choose(candidates, groups, options.bits);
  });
}

}  // namespace sotto::evaluate
