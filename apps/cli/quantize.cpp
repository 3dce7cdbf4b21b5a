// `sotto quantize`: a GGUF file becomes a smaller one.
#include "quantize/file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/work_progress.h"

namespace sotto::cli {

namespace {

struct QuantizeRequest {
  std::string in, out, type;
  int threads = 0;
  bool force = false;
};

std::string count_types(const quantize::QuantizedFile& file) {
  std::string counts;
  for (const auto& [type, count] : file.n_tensors_by_type) {
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, gguf::type_info(type)->name);
  }
  return counts;
}

std::string describe_result(const QuantizeRequest& request, const quantize::FileType& type,
                            const quantize::QuantizedFile& file) {
  const double n_values = static_cast<double>(std::max<std::uint64_t>(file.n_values, 1));
  const double before = 8 * static_cast<double>(file.weight_bytes_before) / n_values;
  const double after = 8 * static_cast<double>(file.weight_bytes) / n_values;
  return fmt::format("{} holds {} weights as {}: {}, {:.2f} bits per weight; before {}, {:.2f}. Tensors: {}",
                     request.out, format_count(file.n_values), type.name, format_bytes(file.weight_bytes), after,
                     format_bytes(file.weight_bytes_before), before, count_types(file));
}

Exit quantize_model(const QuantizeRequest& request) {
  const quantize::FileType* type = quantize::find_file_type(request.type);
  if (type == nullptr) {
    return fail(Exit::kUsage,
                fmt::format("--type: found {}, expected one of {}", request.type, quantize::file_type_names()));
  }
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const Result<catalog::StoredModel> model = catalog::Store(paths->models).resolve(request.in);
  if (!model) return fail(model.error());
  InterruptGuard interrupt;
  WorkProgress progress("quantizing");
  const quantize::QuantizeOptions options{type,
                                          request.threads,
                                          request.force,
                                          interrupt.flag(),
                                          [&](std::uint64_t done, std::uint64_t total) { progress(done, total); },
                                          [](const std::string& note) { notice(note); }};
  const auto written_file = quantize::quantize_file(model->path, request.out, options);
  progress.end();
  if (!written_file) return fail(written_file.error());
  Output out(STDOUT_FILENO);
  out.untrusted(describe_result(request, *type, *written_file));
  out.end_line();
  return written(out);
}

}  // namespace

void add_quantize_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("quantize", "Make a smaller GGUF file of a model");
  const auto request = std::make_shared<QuantizeRequest>();
  command->add_option("MODEL", request->in, "a name, or the path of a GGUF file; it stays as it is")->required();
  command->add_option("OUT", request->out, "the file to write")->required();
  command->add_option("--type", request->type, "what matrices become: " + quantize::file_type_names())->required();
  command->add_option("-t,--threads", request->threads, "processor threads; by default one for each performance core")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--force", request->force, "replace OUT if it exists");
  command->callback([&action, request] { action = [request] { return quantize_model(*request); }; });
}

}  // namespace sotto::cli
