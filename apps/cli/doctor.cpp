// `sotto doctor`: what this machine offers, what is wrong and how to mend it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/doctor_checks.h"
#include "cli/json_out.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace sotto::cli {

namespace {

using State = Check::State;

struct DoctorOptions {
  bool json = false;
  bool verify = false;
};

const char* state_name(State state) {
  switch (state) {
    case State::kOk: return "ok";
    case State::kWarning: return "warning";
    case State::kProblem: return "problem";
  }
  return "";
}

std::string_view state_colour(State state) {
  if (state == State::kOk) return Style::kGreen;
  return state == State::kWarning ? Style::kYellow : Style::kRed;
}

Exit print_checks(const std::vector<Check>& checks) {
  Output out(STDOUT_FILENO);
  const Style style(STDOUT_FILENO);
  out.trusted(fmt::format("sotto {}\n", SOTTO_VERSION));
  for (const Check& check : checks) {
    out.trusted(style.paint(state_colour(check.state), fmt::format("{:<8}", state_name(check.state))));
    out.trusted(one_line(fmt::format("{}: {}", check.name, check.finding)) + "\n");
    if (!check.advice.empty()) out.trusted(one_line("        -> " + check.advice) + "\n");
  }
  return written(out);
}

Exit print_checks_json(const std::vector<Check>& checks, bool sound) {
  Json object = {{"version", SOTTO_VERSION}, {"ok", sound}, {"checks", Json::array()}};
  for (const Check& check : checks) {
    object["checks"].push_back({{"name", check.name},
                                {"state", state_name(check.state)},
                                {"finding", check.finding},
                                {"advice", check.advice}});
  }
  return print_json(object);
}

Exit doctor(const DoctorOptions& options) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const std::vector<Check> checks = all_checks(*paths, options.verify);
  const bool sound =
      std::none_of(checks.begin(), checks.end(), [](const Check& check) { return check.state == State::kProblem; });
  const Exit printed = options.json ? print_checks_json(checks, sound) : print_checks(checks);
  if (printed != Exit::kOk) return printed;
  return sound ? Exit::kOk : Exit::kFailure;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("doctor", "Look at this machine and say what is wrong");
  const auto options = std::make_shared<DoctorOptions>();
  command->add_flag("--json", options->json, "print JSON");
  command->add_flag("--verify", options->verify,
                    "read every byte of packed weights, and of the models whose sha256 is known");
  command->callback([&action, options] { action = [options] { return doctor(*options); }; });
}

}  // namespace sotto::cli
