// `sotto eval MODEL…`: how well a model foretells a text, and how far it is from the model it was made of.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/eval_report.h"
#include "cli/interrupt.h"
#include "cli/open_model.h"
#include "cli/output.h"
#include "cli/text_file.h"
#include "cli/threads_option.h"
#include "cli/work_progress.h"
#include "evaluate/models.h"
#include "evaluate/texts.h"

namespace sotto::cli {

namespace {

struct EvalRequest {
  std::vector<std::string> models;
  std::string against, text, plot;
  std::size_t n_tokens = 4096;
  int threads = 0;
  bool exact = false, json = false, force = false;
};

Result<std::string> locate(const std::string& name) {
  Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return forward_error(paths);
  return catalog::Store(paths->models).locate(name);
}

Result<void> check_plot(const EvalRequest& request, std::vector<std::string> read) {
  if (request.plot.empty()) return {};
  read.push_back(request.text);
  return check_writable(request.plot, read, request.force);
}

Result<evaluate::EvalTable> measure(const EvalRequest& request) {
  std::vector<std::string> models;
  for (const std::string& name : request.models) {
    Result<std::string> path = locate(name);
    if (!path) return forward_error(path);
    models.push_back(std::move(*path));
  }
  Result<std::string> against = request.against.empty() ? Result<std::string>("") : locate(request.against);
  if (!against) return forward_error(against);
  std::vector<std::string> read = models;
  read.push_back(*against);
  if (auto writable = check_plot(request, std::move(read)); !writable) return forward_error(writable);
  Result<std::string> text = read_text_or(request.text, evaluate::measured_text());
  if (!text) return forward_error(text);
  InterruptGuard interrupt;
  WorkProgress progress("measuring", WorkProgress::Unit::kTokens);
  evaluate::EvalOptions options;
  options.n_tokens = request.n_tokens;
  options.threads = request.threads;
  options.exact = request.exact;
  options.cancel = interrupt.flag();
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress(done, total); };
  auto table = evaluate::evaluate_models(models, *against, *text, options);
  progress.end();
  return table;
}

Exit eval(const EvalRequest& request) {
  if (!request.plot.empty() && request.against.empty()) {
    return fail(Exit::kUsage, "--plot: there is nothing to draw without --against REFERENCE");
  }
  warn_of_ignored_isa();
  const auto table = measure(request);
  if (!table) return fail(table.error());
  if (const std::size_t n = table->models.front().n_tokens; n < request.n_tokens && !request.text.empty()) {
    notice(fmt::format("{} has {} tokens; all of them were measured", request.text, n));
  }
  if (!request.plot.empty()) {
    if (auto drawn = write_text_file(request.plot, eval_plot(*table)); !drawn) return fail(drawn.error());
  }
  if (request.json) return print_json(eval_json(*table));
  Output out(STDOUT_FILENO);
  out.untrusted(eval_table(*table));
  out.end_line();
  return written(out);
}

}  // namespace

void add_eval_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("eval", "Measure how good a model's predictions are");
  const auto request = std::make_shared<EvalRequest>();
  command->add_option("MODEL", request->models, "names, or paths of GGUF files")->required();
  command->add_option("--against", request->against,
                      "the model that they were made of: how far are they from it? It runs in float32 arithmetic");
  command->add_option("--text", request->text, "the file to measure on, instead of a text that comes with sotto");
  command->add_option("--tokens", request->n_tokens, "how much of the text, at most")
      ->check(CLI::Range(2, 1 << 24))
      ->capture_default_str();
  command->add_flag("--exact", request->exact, "models in float32 arithmetic too: what their weights alone lose");
  add_threads_option(*command, request->threads);
  command->add_flag("--json", request->json, "print JSON");
  command->add_option("--plot", request->plot, "draw an SVG picture into this file: size and KLD of each model");
  command->add_flag("--force", request->force, "replace the picture of --plot if it exists");
  command->callback([&action, request] { action = [request] { return eval(*request); }; });
}

}  // namespace sotto::cli
