// `sotto pull MODEL…`
#include <fmt/format.h>

#include <memory>

#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/fetch.h"
#include "cli/format.h"
#include "cli/output.h"

namespace sotto::cli {

namespace {

Exit pull_one(const std::string& name) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const Result<catalog::Entry> entry = find_entry(name);
  if (!entry) return fail(entry.error());
  // The same bytes may have been imported under this name: then no network is needed.
  Result<catalog::StoredModel> model = catalog::Store(paths->models).resolve(name);
  const bool is_here = model && !entry->sha256.empty() && model->sha256 == entry->sha256;
  if (!is_here) model = fetch(*entry, *paths);
  if (!model) return fail(model.error());
  Output out(1);
  out.untrusted(fmt::format("{} is here: {} ({})\n", model->name, model->path, format_bytes(model->file_bytes)));
  out.untrusted(fmt::format("licence: {}\n", model->license.empty() ? "not stated" : model->license));
  return written(out);
}

}  // namespace

void add_pull_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("pull", "Download models");
  const auto names = std::make_shared<std::vector<std::string>>();
  command->add_option("MODEL", *names, "names (sotto list --all), or https: addresses of GGUF files")->required();
  command->callback([&action, names] {
    action = [names] {
      Exit exit = Exit::kOk;
      for (const std::string& name : *names) {
        if (const Exit one = pull_one(name); one != Exit::kOk) exit = one;
        if (exit == Exit::kInterrupted) break;
      }
      return exit;
    };
  });
}

}  // namespace sotto::cli
