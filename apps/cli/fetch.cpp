#include "cli/fetch.h"

#include <fmt/format.h>

#include <chrono>

#include "catalog/machine.h"
#include "catalog/share.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/terminal.h"

namespace sotto::cli {

namespace {

using catalog::PullProgress;
using Stage = PullProgress::Stage;

constexpr int kPlainLineSeconds = 5;  // how often a download that is not on a terminal says where it is
constexpr int kMinBarWidth = 10;
constexpr int kMaxBarWidth = 40;

const char* stage_verb(Stage stage) {
  switch (stage) {
    case Stage::kWaiting: return "waiting for";
    case Stage::kConnecting: return "connecting for";
    case Stage::kDownloading: return "pulling";
    case Stage::kVerifying: return "verifying";
    case Stage::kUnpacking: return "unpacking";
    case Stage::kRetrying: return "retrying";
    case Stage::kDone: return "pulled";
  }
  return "";
}

bool moves(const PullProgress& progress) {
  const Stage stage = progress.stage;
  return stage == Stage::kDownloading || stage == Stage::kVerifying || stage == Stage::kUnpacking;
}

// Decides which moments are worth a line and prints them.
class Display {
 public:
  explicit Display(std::string name) : name_(std::move(name)) {}

  void operator()(const PullProgress& progress) {
    const bool new_stage = progress.stage != stage_ || progress.stage == Stage::kRetrying;
    stage_ = progress.stage;
    if (progress.stage == Stage::kDone) {
      status_.clear();
    } else if (progress.stage == Stage::kRetrying) {
      status_.clear();
      notice(progress_line(name_, progress, 1000));
    } else if (status_.enabled()) {
      status_.show(progress_line(name_, progress, terminal_width(2) - 1));
    } else if (new_stage || Clock::now() - last_ > std::chrono::seconds(kPlainLineSeconds)) {
      last_ = Clock::now();
      notice(progress_line(name_, progress, 1000));
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::string name_;
  StatusLine status_;
  Stage stage_ = Stage::kDone;
  Clock::time_point last_{};
};

// Says what will come; an error when the disk cannot hold it.
Result<void> announce(const catalog::Entry& entry, const catalog::Paths& paths) {
  const Result<catalog::Fit> fit = catalog::check_fit(entry, paths.models, catalog::measure_machine());
  if (!fit) return Unexpected(fit.error());
  const std::string title = entry.title.empty() ? entry.name : entry.title;
  notice(fmt::format("{}: {}", title, catalog::describe_fit(entry, *fit)));
  if (!entry.runs_here()) {
    notice(fmt::format("{} can be stored, but this version cannot run the architecture {} yet", entry.name,
                       entry.architecture));
  }
  if (!fit->disk_ok) {
    return Unexpected(
        ErrorCode::kBudget,
        fmt::format("pulling {} into {}: it needs {} of disk, {} are free; make room, or set SOTTO_MODELS to a "
                    "folder on a larger disk",
                    entry.name, paths.models, format_bytes(fit->disk_needed_bytes),
                    format_bytes(fit->disk_free_bytes)));
  }
  return {};
}

}  // namespace

Result<catalog::Entry> find_entry(const std::string& name_or_url) {
  if (name_or_url.find("://") != std::string::npos) return catalog::entry_for_url(name_or_url);
  const Result<const catalog::Entry*> entry = catalog::Catalog::builtin().find(name_or_url);
  if (!entry) return Unexpected(entry.error());
  return **entry;
}

Result<catalog::StoredModel> fetch(const catalog::Entry& entry, const catalog::Paths& paths) {
  if (auto shared = catalog::share_stored(entry, paths.models)) {
    notice(fmt::format("{} has the same bytes as {}, which is here: they are shared (a hard link)", entry.name,
                       shared->other_name));
    return std::move(shared->model);
  }
  if (Result<void> fits = announce(entry, paths); !fits) return forward_error(fits);
  InterruptGuard interrupt;
  catalog::PullOptions options;
  options.models_folder = paths.models;
  options.cancel = interrupt.flag();
  Display display(entry.name);
  Result<catalog::StoredModel> model =
      catalog::pull(entry, options, [&](const PullProgress& progress) { display(progress); });
  if (!model && model.error().code == ErrorCode::kCancelled) {
    return Unexpected(ErrorCode::kCancelled,
                      fmt::format("pulling {}: stopped; the same command goes on where it ended", entry.name));
  }
  return model;
}

std::string progress_line(const std::string& name, const PullProgress& progress, int width) {
  std::string line = fmt::format("{} {}", stage_verb(progress.stage), name);
  if (!moves(progress)) {
    return progress.detail.empty() ? line : fit_width(line + ": " + progress.detail, width);
  }
  std::string figures = format_bytes(progress.done_bytes);
  double share = 0;
  if (progress.total_bytes > 0) {
    share = static_cast<double>(progress.done_bytes) / static_cast<double>(progress.total_bytes);
    figures = fmt::format("{:3.0f}%  {} of {}", share * 100, figures, format_bytes(progress.total_bytes));
  }
  if (progress.bytes_per_s > 0) {
    figures += "  " + format_bytes(static_cast<std::uint64_t>(progress.bytes_per_s)) + "/s";
  }
  if (progress.seconds_left >= 0) figures += "  " + format_left(progress.seconds_left) + " left";
  const int room = width - display_width(line) - display_width(figures) - 4;
  if (room >= kMinBarWidth && width < 1000) {
    line += "  " + format_bar(share, std::min(room, kMaxBarWidth));
  }
  return fit_width(line + "  " + figures, width);
}

}  // namespace sotto::cli
