// `sotto serve --systemd`: a unit of systemd that runs the server for the person who asks, confined to what it needs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/paths.h"
#include "sotto/result.h"

namespace sotto::server {

// What the unit is made of.
struct UnitFacts {
  std::string program;                                           // absolute
  std::vector<std::string> arguments;                            // of the server, without --systemd
  std::vector<std::pair<std::string, std::string>> environment;  // names and values
  std::vector<std::string> writable;                             // folders, absolute
};

// Of this program with this command line, and the environment.
UnitFacts unit_facts(int argc, const char* const* argv, const catalog::Paths& paths);

// The unit's text. Its first line is a sum of the rest, by which a unit that somebody changed is told from one that was
// written here.
std::string unit_text(const UnitFacts& facts);

// Whether unit_text() wrote just this.
bool is_unchanged_unit(std::string_view text);

// Writes the unit to `path`, with its folder. Errors: kBadRequest where another unit stands there, or one that was
// changed; kIo.
Result<void> write_unit(const std::string& path, const std::string& text);

// Writes the unit of this program with this command line to systemd/user beside the configuration's folder, makes the
// folders that it may write, and prints what to do next. Gives the exit code: 0; 1 failure; 2 another unit is there.
int run_systemd(int argc, const char* const* argv, const catalog::Paths& paths);

}  // namespace sotto::server
