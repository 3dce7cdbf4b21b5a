// `sotto quantize`: a GGUF file becomes a smaller one.
#include "quantize/file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>

#include "catalog/describe.h"
#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/eval_report.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/text_file.h"
#include "cli/threads_option.h"
#include "cli/work_progress.h"
#include "evaluate/models.h"
#include "evaluate/sensitivity.h"
#include "evaluate/texts.h"

namespace sotto::cli {

namespace {

struct QuantizeRequest {
  std::string in, out, type, imatrix, text, plot;
  double bits = 0;  // 0: a type
  int threads = 0;
  bool force = false, no_eval = false;
};

std::string count_types(const quantize::QuantizedFile& file) {
  std::string counts;
  for (const auto& [type, count] : file.n_tensors_by_type) {
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, gguf::type_info(type)->name);
  }
  return counts;
}

std::string describe_result(const QuantizeRequest& request, const std::string& type,
                            const quantize::QuantizedFile& file) {
  const double n_values = static_cast<double>(std::max<std::uint64_t>(file.n_values, 1));
  const double before = 8 * static_cast<double>(file.weight_bytes_before) / n_values;
  const double after = 8 * static_cast<double>(file.weight_bytes) / n_values;
  return fmt::format("{} holds {} weights as {}: {}, {:.2f} bits per weight; before {}, {:.2f}. Tensors: {}",
                     request.out, format_count(file.n_values), type, format_bytes(file.weight_bytes), after,
                     format_bytes(file.weight_bytes_before), before, count_types(file));
}

// Measuring reads both models in forward passes: how many tokens so that it takes about half a minute. 0 when that is
// too few to say anything, unless it is `wanted`.
std::size_t tokens_to_measure(std::uint64_t n_values, bool wanted) {
  constexpr std::uint64_t kMostProducts = std::uint64_t{150'000'000'000}, kMost = 512, kLeast = 64;
  const std::uint64_t n = std::min(kMost, kMostProducts / std::max<std::uint64_t>(n_values, 1));
  return n >= kLeast ? n : wanted ? kLeast : 0;
}

// Without a picture to draw, measuring is an extra: what stops it is a notice.
Exit print_eval(const std::string& in, const QuantizeRequest& request, std::uint64_t n_values, Output& out) {
  const std::size_t n_tokens = tokens_to_measure(n_values, !request.plot.empty());
  if (n_tokens == 0) {
    notice(fmt::format("how far it is from {} was not measured, which would take long: sotto eval {} --against {}",
                       request.in, request.out, request.in));
    return Exit::kOk;
  }
  InterruptGuard interrupt;
  WorkProgress progress("measuring", WorkProgress::Unit::kTokens);
  evaluate::EvalOptions options;
  options.n_tokens = n_tokens;
  options.threads = request.threads;
  options.cancel = interrupt.flag();
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress(done, total); };
  const auto table = evaluate::evaluate_models({request.out}, in, evaluate::measured_text(), options);
  progress.end();
  if (!table) {
    notice("what it lost was not measured: " + table.error().message);
    return request.plot.empty() ? Exit::kOk : exit_for(table.error().code);
  }
  out.untrusted(eval_table(*table));
  out.end_line();
  if (request.plot.empty()) return Exit::kOk;
  const auto drawn = write_text_file(request.plot, eval_plot(*table));
  return drawn ? Exit::kOk : fail(drawn.error());
}

struct Mixed {
  quantize::Importance importance;
  evaluate::MixedTypes types;
};

// How many matrices get a type for the reason alone that the model does not need them.
void note_unread(const evaluate::MixedTypes& mixed) {
  std::map<gguf::TensorType, int> counts;
  for (const std::string& name : mixed.unread) ++counts[mixed.types.at(name)];
  for (const auto& [type, n] : counts) {
    notice(fmt::format("{} that this model leaves out {} {}", n == 1 ? "1 matrix" : fmt::format("{} matrices", n),
                       n == 1 ? "gets" : "get", gguf::type_info(type)->name));
  }
}

// The types of --bits; without an importance matrix one is made first.
Result<void> choose_mix(const std::string& in, const QuantizeRequest& request, const std::atomic<bool>* cancel,
                        bool has_importance, Mixed& mixed) {
  constexpr std::size_t kImportanceTokens = 4096, kMeasuredTokens = 128;
  const Result<std::string> text = read_text_or(request.text, evaluate::calibration_text());
  if (!text) return Unexpected(text.error());
  WorkProgress progress("measuring tensors", WorkProgress::Unit::kTokens);
  evaluate::MixOptions options;
  options.bits = request.bits;
  options.importance = &mixed.importance;
  options.eval.threads = request.threads;
  options.eval.cancel = cancel;
  options.eval.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress(done, total); };
  if (!has_importance) {
    options.eval.n_tokens = kImportanceTokens;
    auto found = evaluate::importance_of(in, *text, options.eval);
    if (!found) return forward_error(found);
    mixed.importance = std::move(*found);
  }
  options.eval.n_tokens = kMeasuredTokens;
  auto types = evaluate::choose_types(in, *text, options);
  progress.end();
  if (!types) return forward_error(types);
  note_unread(*types);
  mixed.types = std::move(*types);
  return {};
}

Result<quantize::QuantizedFile> write_file(const std::string& in, const QuantizeRequest& request, std::string& name) {
  Mixed mixed;
  if (!request.imatrix.empty()) {
    auto importance = quantize::Importance::open(request.imatrix);
    if (!importance) return forward_error(importance);
    mixed.importance = std::move(*importance);
  }
  InterruptGuard interrupt;
  quantize::QuantizeOptions options;
  options.type = quantize::find_file_type(request.type);
  name = options.type != nullptr ? std::string(options.type->name) : std::string();
  if (request.bits > 0) {
    if (auto mix = choose_mix(in, request, interrupt.flag(), !request.imatrix.empty(), mixed); !mix) {
      return forward_error(mix);
    }
    options.chosen = &mixed.types.types;
    name = fmt::format("a mix of types (KLD of about {:.2g} expected)", mixed.types.expected_kld);
  }
  if (mixed.importance.size() > 0) options.importance = &mixed.importance;
  WorkProgress progress("quantizing");
  options.threads = request.threads;
  const catalog::KnownLicense license = catalog::known_license(in);
  options.license_if_missing = {license.license, license.from};
  options.replace = request.force;
  options.cancel = interrupt.flag();
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress(done, total); };
  options.on_note = [](const std::string& note) { notice(note); };
  auto file = quantize::quantize_file(in, request.out, options);
  progress.end();
  return file;
}

Exit check_request(const QuantizeRequest& request) {
  if (request.bits > 0 && !request.type.empty())
    return fail(Exit::kUsage, "--bits: chooses the types itself; leave out --type");
  if (request.no_eval && !request.plot.empty())
    return fail(Exit::kUsage, "--plot: what is drawn is measured; leave out --no-eval");
  if (request.bits > 0) return Exit::kOk;
  if (request.type.empty()) return fail(Exit::kUsage, "--type or --bits: one of them is required");
  if (!request.text.empty())
    return fail(Exit::kUsage, "--text: only --bits reads a text; sotto imatrix makes an importance matrix of one");
  if (quantize::find_file_type(request.type) != nullptr) return Exit::kOk;
  return fail(Exit::kUsage,
              fmt::format("--type: found {}, expected one of {}", request.type, quantize::file_type_names()));
}

Exit quantize_model(const QuantizeRequest& request) {
  if (const Exit wrong = check_request(request); wrong != Exit::kOk) return wrong;
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const Result<catalog::StoredModel> model = catalog::Store(paths->models).resolve(request.in);
  if (!model) return fail(model.error());
  const std::string inputs[] = {model->path, request.imatrix, request.text};
  if (auto writable = check_writable(request.out, inputs, request.force); !writable) return fail(writable.error());
  if (!request.plot.empty()) {
    const std::string others[] = {model->path, request.out, request.imatrix, request.text};
    if (auto writable = check_writable(request.plot, others, request.force); !writable) return fail(writable.error());
  }
  std::string type;
  const auto file = write_file(model->path, request, type);
  if (!file) return fail(file.error());
  Output out(STDOUT_FILENO);
  out.untrusted(describe_result(request, type, *file));
  out.end_line();
  const Exit measured = request.no_eval ? Exit::kOk : print_eval(model->path, request, file->n_values, out);
  return measured == Exit::kOk ? written(out) : measured;
}

}  // namespace

void add_quantize_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("quantize", "Make a smaller GGUF file of a model");
  const auto request = std::make_shared<QuantizeRequest>();
  command->add_option("MODEL", request->in, "a name, or the path of a GGUF file; it stays as it is")->required();
  command->add_option("OUT", request->out, "the file to write")->required();
  command->add_option("--type", request->type, "what matrices become: " + quantize::file_type_names());
  command
      ->add_option("--bits", request->bits,
                   "bits a weight: types chosen for each matrix, by measuring what it is worth")
      ->check(CLI::Range(2.0, 16.0));
  command->add_option("--imatrix", request->imatrix,
                      "an importance matrix of this model, from sotto imatrix or llama.cpp");
  command->add_option("--text", request->text, "what --bits measures on, instead of a text that comes with sotto");
  add_threads_option(*command, request->threads);
  command->add_flag("--force", request->force, "replace OUT, and the picture of --plot, if they exist");
  command->add_flag("--no-eval", request->no_eval,
                    "without measuring, at the end, how far the new file is from the old");
  command->add_option("--plot", request->plot, "draw what was measured into this SVG file: size and KLD");
  command->callback([&action, request] { action = [request] { return quantize_model(*request); }; });
}

}  // namespace sotto::cli
