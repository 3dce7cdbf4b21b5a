// `sotto imatrix MODEL -o OUT`: which columns of a model's weights matter, for `sotto quantize --imatrix`.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/open_model.h"
#include "cli/output.h"
#include "cli/text_file.h"
#include "cli/threads_option.h"
#include "cli/work_progress.h"
#include "evaluate/calibration.h"
#include "evaluate/texts.h"

namespace sotto::cli {

namespace {

struct ImatrixRequest {
  std::string model, text, out;
  std::size_t n_tokens = 1 << 24;
  int threads = 0;
  bool force = false;
};

Exit make_imatrix(const ImatrixRequest& request) {
  warn_of_ignored_isa();
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const Result<std::string> model = catalog::Store(paths->models).locate(request.model);
  if (!model) return fail(model.error());
  const std::string inputs[] = {*model, request.text};
  if (auto writable = check_writable(request.out, inputs, request.force); !writable) return fail(writable.error());
  const Result<std::string> text = read_text_or(request.text, evaluate::calibration_text());
  if (!text) return fail(text.error());
  InterruptGuard interrupt;
  WorkProgress progress("reading", WorkProgress::Unit::kTokens);
  evaluate::EvalOptions options;
  options.n_tokens = request.n_tokens;
  options.threads = request.threads;
  options.cancel = interrupt.flag();
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress(done, total); };
  const std::string name = request.text.empty() ? "sotto" : std::filesystem::path(request.text).filename().string();
  const auto file = evaluate::write_importance(*model, request.out, *text, name, options);
  progress.end();
  if (!file) return fail(file.error());
  Output out(STDOUT_FILENO);
  out.untrusted(fmt::format("{} holds the importance of the columns of {} tensors over {} tokens", request.out,
                            file->n_tensors, file->n_tokens));
  out.end_line();
  return written(out);
}

}  // namespace

void add_imatrix_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("imatrix", "Find out which weights of a model matter most, for quantize");
  const auto request = std::make_shared<ImatrixRequest>();
  command->add_option("MODEL", request->model, "a name, or the path of a GGUF file")->required();
  command->add_option("-o,--out", request->out, "the file to write")->required();
  command->add_option("--text", request->text,
                      "a text of the kind that the model is for, instead of one that comes with sotto");
  command->add_option("--tokens", request->n_tokens, "how much of the text, at most; by default all")
      ->check(CLI::Range(2, 1 << 24));
  add_threads_option(*command, request->threads);
  command->add_flag("--force", request->force, "replace the file if it exists");
  command->callback([&action, request] { action = [request] { return make_imatrix(*request); }; });
}

}  // namespace sotto::cli
