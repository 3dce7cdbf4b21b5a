#include "catalog/download/pull.h"

#include <fmt/format.h>

#include "catalog/describe.h"
#include "catalog/download/sources.h"
#include "catalog/download/split_model.h"
#include "catalog/files.h"
#include "catalog/machine.h"
#include "catalog/names.h"
#include "catalog/sha256.h"
#include "catalog/sidecar.h"
#include "catalog/units.h"
#include "gguf/file.h"

namespace sotto::catalog {
namespace {

using Stage = PullProgress::Stage;

Result<StoredModel> note_and_describe(const Entry& entry, const std::string& target, const Obtained& from) {
  auto noted = write_sidecar(target, {.name = entry.name,
                                      .source = from.source,
                                      .sha256 = from.sha256,
                                      .license = entry.license,
                                      .bytes = from.bytes});
  if (!noted) return forward_error(noted);
  return describe_model(target);
}

// A file that lies at `target` already: the model, or something in its place.
Result<StoredModel> use_existing(const Entry& entry, const std::string& target, Meter& meter) {
  auto model = describe_model(target);
  if (!model) {
    model.error().message += "; move it away, or: sotto rm " + entry.name;
    return model;
  }
  bool as_pinned = entry.sha256.empty() || model->sha256 == entry.sha256;
  if (!model->sha256.empty() && model->name == entry.name && as_pinned) return model;
  meter.enter(Stage::kVerifying, target);
  auto sha256 = sha256_of_file(target, [&](std::uint64_t done) {
    meter.update(done, model->file_bytes);
    return true;
  });
  if (!sha256) return forward_error(sha256);
  if (!entry.sha256.empty() && *sha256 != entry.sha256) {
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("{}: has sha256 {}, but {} has {}; move it away, or: sotto rm {}", target, *sha256,
                                  entry.name, entry.sha256, entry.name));
  }
  return note_and_describe(entry, target,
                           {.path = target, .sha256 = *sha256, .bytes = model->file_bytes, .source = "found on disk"});
}

Result<void> check_disk(const Entry& entry, const PullOptions& options) {
  auto fit = check_fit(entry, options.models_folder, Machine{});
  if (!fit) return forward_error(fit);
  if (fit->disk_ok) return {};
  return Unexpected(ErrorCode::kIo,
                    fmt::format("{} needs {} more on the disk of {}, where {} are free; free some space or "
                                "set SOTTO_MODELS to a folder on another disk",
                                entry.name, human_bytes(fit->disk_needed_bytes), options.models_folder,
                                human_bytes(fit->disk_free_bytes)));
}

// All failures in one line, and what to do when one of them happened on the way: such a message names an address.
std::string describe_failures(const Entry& entry, const std::vector<std::string>& failures, ErrorCode code) {
  if (failures.empty()) return entry.name + ": the catalog names no source";
  std::string text = fmt::format("pulling {}: {}", entry.name, fmt::join(failures, "; "));
  bool on_the_way = code == ErrorCode::kIo && text.find("://") != std::string::npos;
  if (on_the_way) text += "; check the network and the proxy, or bring the file yourself: sotto import FILE";
  return text;
}

// The first source that delivers. Its bytes are checked as a model before they count.
Result<Obtained> obtain_from_any(const Job& job) {
  std::vector<std::string> failures;
  ErrorCode code = ErrorCode::kNotFound;
  for (const Source& source : job.entry.sources) {
    auto obtained = obtain(job, source);
    if (obtained) {
      auto readable = gguf::File::open(obtained->path);
      if (readable) return obtained;
      job.workspace.clear();
      obtained = forward_error(readable);
    }
    const Error& error = obtained.error();
    if (error.code == ErrorCode::kCancelled) return obtained;
    if (code == ErrorCode::kNotFound) code = error.code;
    const std::string name = describe_source(source);
    failures.push_back(error.message.starts_with(name) ? error.message : name + ": " + error.message);
  }
  return Unexpected(code, describe_failures(job.entry, failures, code));
}

}  // namespace

Result<StoredModel> pull(const Entry& entry, const PullOptions& options, const PullSink& sink) {
  if (!is_safe_file_name(entry.file_name)) {
    return Unexpected(ErrorCode::kBadRequest, entry.file_name + ": is no name for a model's file");
  }
  Meter meter(sink);
  bool told = false;
  auto wait = [&] {
    if (!told) meter.enter(Stage::kWaiting, "another process is downloading " + entry.name);
    told = true;
    return !(options.cancel && options.cancel->load());
  };
  auto workspace = Workspace::open(options.models_folder, entry.file_name, wait);
  if (!workspace) return forward_error(workspace);
  std::string target = options.models_folder + "/" + entry.file_name;
  if (const auto split = gguf::read_split_name(entry.file_name); split && split->count > 1) {
    if (auto room = check_disk(entry, options); !room) return forward_error(room);
    auto model = pull_parts({entry, options, *workspace, meter}, *split);
    if (model) meter.enter(Stage::kDone);
    return model;
  }
  if (file_size(target) >= 0) {
    auto model = use_existing(entry, target, meter);
    if (model) meter.enter(Stage::kDone);
    return model;
  }
  if (auto room = check_disk(entry, options); !room) return forward_error(room);
  auto obtained = obtain_from_any({entry, options, *workspace, meter});
  if (!obtained) return forward_error(obtained);
  auto placed = publish_file(obtained->path, target, /*replace=*/false);
  if (!placed) return forward_error(placed);
  workspace->clear();
  auto model = note_and_describe(entry, target, *obtained);
  if (model) meter.enter(Stage::kDone);
  return model;
}

}  // namespace sotto::catalog
