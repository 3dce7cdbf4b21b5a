#include "cli/eval_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cli/format.h"

namespace sotto::cli {

namespace {

using evaluate::EvalRow;
using evaluate::EvalTable;

std::string file_name(const EvalRow& row) { return std::filesystem::path(row.path).filename().string(); }

// NaN, of a text of which nothing follows, is no JSON.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json row_json(const EvalRow& row, bool beside) {
  Json json = {{"model", row.path},
               {"bytes", row.file_bytes},
               {"bits_per_weight", number(row.bits_per_weight)},
               {"tokens", row.n_tokens},
               {"perplexity", number(row.perplexity)},
               {"tokens_per_s", number(row.tokens_per_s)}};
  if (!beside) return json;
  json["mean_kld"] = number(row.mean_kld);
  json["p99_kld"] = number(row.p99_kld);
  json["same_top"] = number(row.same_top);
  return json;
}

std::string escape_xml(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      escaped += c;
    }
  }
  return escaped;
}

// Where values stand in a picture: an axis with a margin on both sides.
struct Axis {
  double low, high, from, to;
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

// least_margin: so that one value alone has some of the axis on both sides.
Axis axis_over(const std::vector<double>& values, double least_margin, double from, double to) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double margin = std::max((*high - *low) * 0.08, least_margin);
  return {*low - margin, *high + margin, from, to};
}

constexpr double kWidth = 720, kHeight = 440, kLeft = 80, kRight = 20, kTop = 30, kBottom = 60;
constexpr double kLeastKld = 1e-9;  // of a file beside itself; its logarithm must be a number

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, escape_xml(text));
}

// A line and its value at each power of ten, and at 2 and 5 times it.
std::string kld_lines(const Axis& axis) {
  std::string lines;
  for (int power = static_cast<int>(std::floor(axis.low)); power <= static_cast<int>(std::ceil(axis.high)); ++power) {
    for (const int step : {1, 2, 5}) {
      const double value = step * std::pow(10.0, power), place = std::log10(value);
      if (place < axis.low || place > axis.high) continue;
      const double y = axis.at(place);
      lines += fmt::format("<line x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\" stroke=\"#ddd\"/>\n", kLeft, y,
                           kWidth - kRight, y);
      lines += text_at(kLeft - 6, y + 4, "end", fmt::format("{:.1g}", value));
    }
  }
  return lines;
}

std::string byte_marks(const Axis& axis) {
  constexpr int kMarks = 5;
  std::string marks;
  for (int i = 0; i < kMarks; ++i) {
    const double value = axis.low + (axis.high - axis.low) * (i + 0.5) / kMarks;
    marks += text_at(axis.at(value), kHeight - kBottom + 20, "middle",
                     format_bytes(static_cast<std::uint64_t>(std::max(value, 0.0))));
  }
  return marks;
}

}  // namespace

std::string eval_table(const EvalTable& table) {
  std::vector<std::vector<std::string>> cells = {{"MODEL", "SIZE", "BITS", "PERPLEXITY", "TOKENS/S"}};
  const auto add = [&](const EvalRow& row) {
    cells.push_back({file_name(row), format_bytes(row.file_bytes), fmt::format("{:.2f}", row.bits_per_weight),
                     fmt::format("{:.3f}", row.perplexity), fmt::format("{:.1f}", row.tokens_per_s)});
  };
  if (table.reference) add(*table.reference);
  for (const EvalRow& row : table.models) add(row);
  if (!table.reference) return format_table(cells);
  const auto append = [](std::vector<std::string>& line, std::initializer_list<std::string> more) {
    line.insert(line.end(), more);
  };
  append(cells[0], {"MEAN KLD", "P99 KLD", "SAME TOP"});
  append(cells[1], {"(reference)"});
  for (std::size_t i = 0; i < table.models.size(); ++i) {
    const EvalRow& row = table.models[i];
    append(cells[i + 2], {fmt::format("{:.5f}", row.mean_kld), fmt::format("{:.5f}", row.p99_kld),
                          fmt::format("{:.2f}%", 100 * row.same_top)});
  }
  return format_table(cells);
}

Json eval_json(const EvalTable& table) {
  Json json = Json::object();
  json["reference"] = table.reference ? row_json(*table.reference, false) : Json(nullptr);
  json["models"] = Json::array();
  for (const EvalRow& row : table.models) json["models"].push_back(row_json(row, table.reference.has_value()));
  return json;
}

std::string eval_plot(const EvalTable& table) {
  std::vector<double> bytes, klds;
  for (const EvalRow& row : table.models) {
    bytes.push_back(static_cast<double>(row.file_bytes));
    klds.push_back(std::log10(std::max(row.mean_kld, kLeastKld)));
  }
  const Axis x = axis_over(bytes, bytes.front() * 0.1, kLeft, kWidth - kRight);
  const Axis y = axis_over(klds, 0.5, kHeight - kBottom, kTop);  // half a power of ten
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      kWidth, kHeight);
  svg += kld_lines(y) + byte_marks(x);
  svg += text_at(kWidth / 2, kHeight - 16, "middle", "size of the file");
  svg += text_at(kLeft, kTop - 12, "start",
                 "mean KLD in nats" + (table.reference ? " from " + file_name(*table.reference) : std::string()));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const double at_x = x.at(bytes[i]), at_y = y.at(klds[i]);
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"#06c\"/>\n", at_x, at_y);
    const bool right = at_x < kWidth * 0.7;
    svg += text_at(right ? at_x + 7 : at_x - 7, at_y - 5, right ? "start" : "end", file_name(table.models[i]));
  }
  return svg + "</svg>\n";
}

}  // namespace sotto::cli
