#include "cli/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/terminal.h"

namespace sotto::cli {

namespace {

// `value` in the largest unit that leaves at least 1, with at most three digits.
std::string scaled(double value, const std::vector<const char*>& units) {
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{:.0f}{}", value, units[0]);
  const double rounded = std::round(value * 10) / 10;
  const bool whole = rounded >= 100 || rounded == std::floor(rounded);
  return fmt::format("{:.{}f}{}", value, whole ? 0 : 1, units[unit]);
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  return scaled(static_cast<double>(bytes), {" B", " kB", " MB", " GB", " TB"});
}

std::string format_count(std::uint64_t count) { return scaled(static_cast<double>(count), {"", "K", "M", "B", "T"}); }

std::string format_ms(double ms) {
  if (ms < 1000) return fmt::format("{:.1f}ms", ms);
  if (ms < 60'000) return fmt::format("{:.2f}s", ms / 1000);
  return format_left(ms / 1000);
}

std::string format_rate(double count, double ms) {
  if (ms <= 0 || count <= 0) return "-";
  return fmt::format("{:.2f} tokens/s", count * 1000 / ms);
}

std::string format_left(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::clamp(seconds, 0.0, 3.6e8)));
  if (total < 60) return fmt::format("{}s", total);
  if (total < 3600) return fmt::format("{}m{:02}s", total / 60, total % 60);
  return fmt::format("{}h{:02}m", total / 3600, total / 60 % 60);
}

std::string format_ago(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{31'536'000, "year"}, {2'592'000, "month"}, {604'800, "week"},
                             {86'400, "day"},      {3'600, "hour"},      {60, "minute"}};
  for (const Unit& unit : kUnits) {
    const std::int64_t n = seconds / unit.seconds;
    if (n >= 1) return fmt::format("{} {}{} ago", n, unit.name, n == 1 ? "" : "s");
  }
  return "just now";
}

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) {
        line.append(static_cast<std::size_t>(widths[i] - display_width(row[i]) + 2), ' ');
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string format_bar(double share, int width) {
  const int inner = std::max(width - 2, 1);
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * inner);
  std::string bar(static_cast<std::size_t>(filled), '=');
  if (filled < inner) {
    bar += filled > 0 ? ">" : " ";
    bar.resize(static_cast<std::size_t>(inner), ' ');
  }
  return "[" + bar + "]";
}

}  // namespace sotto::cli
