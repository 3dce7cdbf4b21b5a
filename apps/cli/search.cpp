// `sotto models [WORD…]`: the catalog, with what this machine makes of each model.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "catalog/catalog.h"
#include "catalog/machine.h"
#include "catalog/names.h"
#include "catalog/paths.h"
#include "cli/commands.h"
#include "cli/entry_text.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace sotto::cli {

namespace {

using catalog::Entry;
using catalog::Fit;
using Rows = std::vector<std::vector<std::string>>;

struct SearchOptions {
  std::vector<std::string> words;
  bool json = false;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return text;
}

// Whether each word stands somewhere in what is said of the model.
bool matches(const Entry& entry, const std::vector<std::string>& words) {
  const std::string thinks = entry.thinks ? "thinks thinking" : "";
  const std::string text =
      lower(fmt::format("{} {} {} {} {} {} {} {}", entry.name, fmt::join(entry.aliases, " "), entry.title,
                        entry.good_for, entry.languages, entry.license, entry.architecture, thinks));
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return text.find(lower(word)) != std::string::npos; });
}

// "; did you mean …?" for words that no model has: the names that are nearest to one of them.
std::string nearest_hint(const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const Entry& entry : catalog::Catalog::builtin().entries()) {
    names.push_back(entry.name);
    names.insert(names.end(), entry.aliases.begin(), entry.aliases.end());
  }
  std::vector<std::string> near;
  for (const std::string& word : words) {
    for (std::string& name : catalog::nearest_names(lower(word), names, 3)) near.push_back(std::move(name));
  }
  return near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, " or "));
}

// Columns beside what everyone sees, where a terminal of `width` columns leaves room for what a model is good for.
std::string table_of(const std::vector<Entry>& entries, const std::vector<Fit>& fits, int width) {
  constexpr int kRoomForContext = 100, kRoomForLicense = 135;
  Rows rows(entries.size() + 1);
  const auto add = [&](const char* heading, const auto& cell) {
    rows[0].push_back(heading);
    for (std::size_t i = 0; i < entries.size(); ++i) rows[i + 1].push_back(cell(entries[i], fits[i]));
  };
  add("NAME", [](const Entry& entry, const Fit&) { return entry.name; });
  add("SIZE",
      [](const Entry& entry, const Fit&) { return (entry.bytes_exact ? "" : "~") + format_bytes(entry.bytes); });
  add("MEMORY 4K, 32K", [](const Entry& entry, const Fit&) { return memory_text(entry); });
  add("HERE", here_text);
  if (width >= kRoomForContext) add("CONTEXT", [](const Entry& entry, const Fit&) { return context_text(entry); });
  if (width >= kRoomForLicense) add("LICENCE", [](const Entry& entry, const Fit&) { return entry.license; });
  add("GOOD FOR", [](const Entry& entry, const Fit&) { return entry.good_for; });
  return format_table(rows);
}

// Lines that a terminal would break are cut; a pipe gets all of them.
void print_table(const std::string& table, int width, Output& out) {
  for (std::size_t at = 0; at < table.size();) {
    const std::size_t end = std::min(table.find('\n', at), table.size());
    out.untrusted(fit_width(std::string_view(table).substr(at, end - at), width) + "\n");
    at = end + 1;
  }
}

Exit search(const SearchOptions& options) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const catalog::Machine machine = catalog::measure_machine();
  std::vector<Entry> entries;
  std::vector<Fit> fits;
  for (const Entry& entry : catalog::Catalog::builtin().entries()) {
    if (!matches(entry, options.words)) continue;
    const Result<Fit> fit = catalog::check_fit(entry, paths->models, machine);
    if (!fit) return fail(fit.error());
    entries.push_back(entry);
    fits.push_back(*fit);
  }
  const Entry* first = catalog::to_start_with(entries, fits);
  if (options.json) {
    Json object = {{"models", Json::array()}};
    for (std::size_t i = 0; i < entries.size(); ++i) object["models"].push_back(entry_json(entries[i], fits[i]));
    object["start_with"] = first == nullptr ? Json() : Json(first->name);
    return print_json(object);
  }
  if (entries.empty()) {
    const std::string hint = nearest_hint(options.words);
    return fail(Exit::kNotFound, fmt::format("no model of the catalog has \"{}\" in its name, languages or uses{} "
                                             "sotto models lists them all",
                                             fmt::join(options.words, "\" and \""), hint.empty() ? ";" : hint));
  }
  Output out(STDOUT_FILENO);
  const int width = out.is_terminal() ? terminal_width(STDOUT_FILENO) : 1 << 20;
  print_table(table_of(entries, fits, width), width, out);
  if (first != nullptr) {
    out.trusted(fmt::format("\nOne to start with on this machine: sotto run {} ({}, {})\n", first->name, first->title,
                            first->languages));
  }
  return written(out);
}

}  // namespace

void add_search_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("models", "Search the catalog: what fits this machine, and how fast it runs");
  const auto options = std::make_shared<SearchOptions>();
  command->add_option("WORD", options->words, "only models with these words in name, languages, uses or licence");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&action, options] { action = [options] { return search(*options); }; });
}

}  // namespace sotto::cli
