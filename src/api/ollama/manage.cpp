#include "api/ollama/manage.h"

#include <fmt/format.h>

#include "api/ollama/shapes.h"
#include "catalog/download/pull.h"

namespace sotto::api::ollama {
namespace {

using Stage = catalog::PullProgress::Stage;

Json progress_json(const catalog::PullProgress& progress, const catalog::Entry& entry) {
  const std::string digest = entry.sha256.empty() ? entry.name : "sha256:" + entry.sha256;
  switch (progress.stage) {
    case Stage::kDownloading:
    case Stage::kUnpacking:
      return {{"status", fmt::format("pulling {}", entry.sha256.empty() ? entry.name : entry.sha256.substr(0, 12))},
              {"digest", digest},
              {"total", progress.total_bytes},
              {"completed", progress.done_bytes}};
    case Stage::kVerifying: return {{"status", "verifying sha256 digest"}};
    case Stage::kConnecting: return {{"status", "pulling manifest"}};
    case Stage::kWaiting:
    case Stage::kRetrying: return {{"status", progress.detail}};
    case Stage::kDone: return {{"status", "writing manifest"}};
  }
  return {{"status", ""}};
}

// A model under a second name: the same bytes, linked.
Result<void> link_model(const catalog::Store& store, const std::string& from, const std::string& to) {
  const auto path = store.locate(from);
  if (!path) return Unexpected(path.error());
  catalog::ImportOptions options;
  options.name = to;
  options.hard_link = true;
  auto linked = store.import(*path, options);
  if (!linked) return forward_error(linked);
  return {};
}

}  // namespace

Outcome pull(Service& service, Call& call) {
  const std::string name = read_model(call.fields());
  const bool stream = call.fields().flag("stream").value_or(true);
  if (auto wrong = call.check()) return wrong;
  const auto entry = catalog::Catalog::builtin().find(name);
  if (!entry) return model_not_found(entry.error());
  catalog::PullOptions options;
  options.models_folder = service.store().folder();
  options.cancel = call.gone();
  const auto sink = [&](const catalog::PullProgress& progress) {
    if (stream) call.write_line(progress_json(progress, **entry));
  };
  if (const auto pulled = catalog::pull(**entry, options, sink); !pulled) return failure_of(pulled.error());
  const Json done = {{"status", "success"}};
  if (!stream) {
    call.send(done);
  } else {
    call.write_line(done);
    call.finish();
  }
  return std::nullopt;
}

Outcome copy(Service& service, Call& call) {
  const std::string from = call.fields().required_text("source"), to = call.fields().required_text("destination");
  if (auto wrong = call.check()) return wrong;
  const auto source = clean_name(from), name = clean_name(to);
  if (!source || !name) return failure_of(source ? name.error() : source.error());
  const catalog::Store store = service.store();
  auto kept = store.assistant(*source);
  if (!kept) return failure_of(kept.error());
  if (*kept) {
    catalog::Assistant assistant = (*kept)->assistant;
    assistant.name = *name;
    const auto copied = store.keep(assistant, false);
    if (!copied) return failure_of(copied.error());
  } else if (const auto linked = link_model(store, *source, *name); !linked) {
    return model_not_found(linked.error());
  }
  call.send_text("", "");
  return std::nullopt;
}

Outcome remove(Service& service, Call& call) {
  const std::string asked = read_model(call.fields());
  if (auto wrong = call.check()) return wrong;
  const auto name = clean_name(asked);
  if (!name) return failure_of(name.error());
  const catalog::Store store = service.store();
  const auto recipe = find_recipe(store, *name);
  const auto removed = store.remove(*name);
  if (!removed) return model_not_found(removed.error());
  // An assistant's engine may be that of its base, which stays.
  if (recipe && !catalog::Store(store.folder()).locate(recipe->name)) service.models().unload(*recipe);
  call.send_text("", "");
  return std::nullopt;
}

}  // namespace sotto::api::ollama
