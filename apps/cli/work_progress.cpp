#include "cli/work_progress.h"

#include <fmt/format.h>

#include "cli/format.h"
#include "cli/report.h"

namespace sotto::cli {

namespace {

constexpr int kWorkBarWidth = 30;
constexpr std::chrono::seconds kBetweenLines(5);

}  // namespace

void WorkProgress::operator()(std::uint64_t done_bytes, std::uint64_t total_bytes) {
  const double share = total_bytes == 0 ? 1 : static_cast<double>(done_bytes) / static_cast<double>(total_bytes);
  const std::string figures =
      fmt::format("{} {:3.0f}%  {} of {}", doing_, share * 100, format_bytes(done_bytes), format_bytes(total_bytes));
  if (status_.enabled()) {
    status_.show(fit_width(figures + "  " + format_bar(share, kWorkBarWidth), terminal_width(2) - 1));
  } else if (Clock::now() - last_ > kBetweenLines) {
    last_ = Clock::now();
    notice(figures);
  }
}

}  // namespace sotto::cli
