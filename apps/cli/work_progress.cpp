#include "cli/work_progress.h"

#include <fmt/format.h>

#include "cli/format.h"
#include "cli/report.h"

namespace sotto::cli {

namespace {

constexpr int kWorkBarWidth = 30;
constexpr std::chrono::seconds kBetweenLines(5);

}  // namespace

void WorkProgress::operator()(std::uint64_t done, std::uint64_t total) {
  const double share = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
  const std::string amounts = unit_ == Unit::kBytes ? fmt::format("{} of {}", format_bytes(done), format_bytes(total))
                                                    : fmt::format("{} of {} tokens", done, total);
  const std::string figures = fmt::format("{} {:3.0f}%  {}", doing_, share * 100, amounts);
  if (status_.enabled()) {
    status_.show(fit_width(figures + "  " + format_bar(share, kWorkBarWidth), terminal_width(2) - 1));
  } else if (Clock::now() - last_ > kBetweenLines) {
    last_ = Clock::now();
    notice(figures);
  }
}

}  // namespace sotto::cli
