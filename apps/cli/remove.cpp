// `sotto rm MODEL…`: deletes models, and says when their bytes are free.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "catalog/paths.h"
#include "catalog/running.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/output.h"
#include "model/packed/folder.h"

namespace sotto::cli {

namespace {

// The processes that have the model open; none when they cannot be listed.
std::vector<int> processes_with(const catalog::Store& store, const std::string& name, const std::string& running) {
  std::vector<int> pids;
  if (const auto assistant = store.assistant(name); assistant && *assistant) return pids;
  const Result<std::string> path = store.locate(name);
  const auto models = catalog::list_running(running);
  if (!path || !models) return pids;
  for (const catalog::RunningModel& model : *models) {
    std::error_code ignored;
    if (std::filesystem::equivalent(model.path, *path, ignored)) pids.push_back(model.pid);
  }
  return pids;
}

// Packed weights whose model is gone go with it; the bytes freed.
std::uint64_t prune_packed(const std::string& packed_folder) {
  const auto folder = model::packed::Folder::open_existing(packed_folder);
  return folder && *folder ? (*folder)->prune() : 0;
}

std::string describe(const std::string& name, const catalog::Removed& removed, const std::vector<int>& pids) {
  if (removed.shared_bytes > 0) {
    return fmt::format("{} is gone; its {} stay in use: another file shares them (a hard link)", name,
                       format_bytes(removed.shared_bytes));
  }
  const std::string bytes = format_bytes(removed.freed_bytes);
  if (pids.empty()) return fmt::format("{} is gone; {} are free again", name, bytes);
  if (pids.size() == 1)
    return fmt::format("{} is gone; its {} are free when process {} ends, which runs it", name, bytes, pids[0]);
  return fmt::format("{} is gone; its {} are free when processes {} and {} end, which run it", name, bytes,
                     fmt::join(pids.begin(), pids.end() - 1, ", "), pids.back());
}

Exit remove(const std::vector<std::string>& names, bool force) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const catalog::Store store(paths->models);
  Exit exit = Exit::kOk;
  for (const std::string& name : names) {
    const std::vector<int> pids = processes_with(store, name, paths->running);
    const Result<catalog::Removed> removed = store.remove(name, force);
    if (!removed) {
      exit = fail(removed.error());
      continue;
    }
    Output out(1);
    out.untrusted(describe(name, *removed, pids) + "\n");
    if (const std::uint64_t packed = prune_packed(paths->packed); packed > 0)
      out.trusted(fmt::format("{} of packed weights went with it\n", format_bytes(packed)));
    exit = std::max(exit, written(out));
  }
  return exit;
}

}  // namespace

void add_remove_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("rm", "Delete models and assistants from this machine");
  const auto names = std::make_shared<std::vector<std::string>>();
  command->add_option("MODEL", *names, "names, as sotto list shows them")->required();
  const auto force = std::make_shared<bool>(false);
  command->add_flag("--force", *force, "also a model that is the base of an assistant");
  command->callback([&action, names, force] { action = [names, force] { return remove(*names, *force); }; });
}

}  // namespace sotto::cli
