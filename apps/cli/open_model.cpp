#include "cli/open_model.h"

#include <fmt/format.h>

#include "base/cores.h"
#include "catalog/store.h"
#include "cli/fetch.h"
#include "cli/interrupt.h"
#include "cli/packed_weights.h"
#include "cli/report.h"
#include "cli/terminal.h"
#include "kernels/table.h"

namespace sotto::cli {

namespace {

// The model on disk under that name or path; pulled first when only the catalog knows it.
Result<catalog::StoredModel> resolve_or_fetch(const std::string& name_or_path) {
  Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return forward_error(paths);
  const catalog::Store store(paths->models);
  Result<catalog::StoredModel> model = store.resolve(name_or_path);
  if (model || model.error().code != ErrorCode::kNotFound) return model;
  const Result<catalog::Entry> entry = find_entry(name_or_path);
  if (!entry) return model;
  if (!entry->runs_here()) {
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("running {}: this version cannot run the architecture {} yet; sotto list --all "
                                  "shows the models it runs",
                                  entry->name, entry->architecture));
  }
  if (entry->is_encoder()) {
    return Unexpected(
        ErrorCode::kUnsupported,
        fmt::format("running {0}: it is an encoder, which makes embeddings and writes no text: sotto pull "
                    "{0}, then sotto embed {0}",
                    entry->name));
  }
  notice(fmt::format("{} is not here yet", entry->name));
  return fetch(*entry, *paths);
}

// Another process may ask with `sotto ps`. That it cannot be told is no reason not to answer.
std::unique_ptr<catalog::Announcement> announce(const OpenModel& model) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return nullptr;
  const ModelInfo& info = model.engine->info();
  catalog::RunningModel running;
  running.name = model.name;
  running.path = model.path;
  running.memory_bytes = info.file_bytes + info.kv_bytes;
  running.ctx_tokens = info.ctx_tokens;
  Result<catalog::Announcement> announcement = catalog::Announcement::publish(paths->running, running);
  if (!announcement) return nullptr;
  return std::make_unique<catalog::Announcement>(std::move(*announcement));
}

// One thread, on an efficient core where there are some; where the system refuses that, on any.
void save_energy(EngineOptions& options) {
  if (options.threads == 0) options.threads = 1;
  const std::vector<int> efficient = base::efficient_cpus(base::allowed_cpus());
  if (!efficient.empty()) (void)base::stay_on(efficient);
}

}  // namespace

std::string isa_names() {
  std::string names;
  for (const kernels::Isa isa : kernels::kEveryIsa) {
    const kernels::Table* table = kernels::table_for(isa);
    if (table != nullptr) names += fmt::format("{}{}", names.empty() ? "" : ", ", table->isa);
  }
  return names;
}

void warn_of_ignored_isa() {
  const char* ignored = kernels::ignored_isa();
  if (ignored == nullptr) return;
  notice(fmt::format("SOTTO_ISA={} is ignored, {} used: this processor has {}", ignored, kernels::table().isa,
                     isa_names()));
}

Result<OpenModel> open_model(const std::string& name_or_path, const Settings& settings) {
  warn_of_ignored_isa();
  Result<catalog::StoredModel> model = resolve_or_fetch(name_or_path);
  if (!model) return forward_error(model);
  return open_file(model->name, model->path, settings);
}

Result<std::unique_ptr<Engine>> open_engine(EngineOptions options, const std::string& name) {
  StatusLine status;
  status.show(fmt::format("loading {}", one_line(name)));
  options.on_packing = packing_progress(status, name);
  const InterruptGuard interrupt;
  options.cancel = interrupt.flag();
  Result<std::unique_ptr<Engine>> engine = Engine::open(options);
  status.clear();
  if (!engine) return engine;
  if (const std::string& problem = (*engine)->info().packed_problem; !problem.empty()) notice(not_kept_notice(problem));
  return engine;
}

Result<OpenModel> open_file(const std::string& name, const std::string& path, const Settings& settings) {
  EngineOptions options;
  options.model_path = path;
  options.ctx_tokens = settings.ctx_tokens;
  options.threads = settings.threads;
  options.kv = settings.kv;
  options.adapters = settings.adapters;
  options.chat_template = settings.chat_template;
  if (settings.eco_tokens_per_s > 0) save_energy(options);
  // Without a folder to keep them in, weights are packed in memory.
  if (const auto paths = catalog::find_paths()) options.packed_dir = packed_folder(*paths, settings.packed_cache);
  Result<std::unique_ptr<Engine>> engine = open_engine(std::move(options), name);
  if (!engine) return forward_error(engine);
  OpenModel model{name, path, std::move(*engine), nullptr, nullptr};
  Result<std::unique_ptr<Session>> session = model.engine->new_session();
  if (!session) return forward_error(session);
  model.session = std::move(*session);
  model.announcement = announce(model);
  return model;
}

}  // namespace sotto::cli
