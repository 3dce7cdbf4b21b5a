// Figures and tables for people. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sotto::cli {

std::string format_bytes(std::uint64_t bytes);     // "98.4 MB", powers of 1000 as disks and networks count
std::string format_count(std::uint64_t count);     // "135M", "1.2B"
std::string format_ms(double ms);                  // "12.3ms", "4.56s", "2m05s"
std::string format_rate(double count, double ms);  // "41.25 tokens/s"; "-" when no time passed
std::string format_left(double seconds);           // time left: "8s", "2m05s", "1h02m"
std::string format_ago(std::int64_t seconds);      // "just now", "5 minutes ago", "3 weeks ago"

// Columns aligned to their widest cell, two blanks apart; the first row is the heading. No blanks at line ends.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

// "[=====>    ]" of `width` characters, `share` in 0…1.
std::string format_bar(double share, int width);

}  // namespace sotto::cli
