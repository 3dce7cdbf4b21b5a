#include "cli/packed_weights.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/report.h"
#include "cli/terminal.h"

namespace sotto::cli {

void add_packed_cache_flag(CLI::App& command, bool& packed_cache) {
  command.add_flag_callback(
      "--no-packed-cache", [&packed_cache] { packed_cache = false; },
      "pack the weights in memory; keep nothing of them on disk");
}

std::string packed_folder(const catalog::Paths& paths, bool packed_cache) {
  const char* off = std::getenv("SOTTO_NO_PACKED_CACHE");
  return packed_cache && (off == nullptr || *off == '\0') ? paths.packed : "";
}

std::function<void(int)> packing_progress(StatusLine& status, const std::string& name) {
  return [&status, label = one_line(name), shown = -1](int percent) mutable {
    if (percent == shown) return;
    shown = percent;
    status.show(fmt::format("packing {}, once: {} %", label, percent));
  };
}

std::string not_kept_notice(const std::string& problem) {
  return fmt::format(
      "the packed weights could not be kept, so the next start packs them again: {} "
      "(--no-packed-cache packs in memory without asking)",
      problem);
}

}  // namespace sotto::cli
