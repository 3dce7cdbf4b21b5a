#include "cli/doctor_checks.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/thread_pool.h"
#include "catalog/download/pull.h"
#include "catalog/machine.h"
#include "catalog/sha256.h"
#include "cli/format.h"
#include "cli/open_model.h"
#include "kernels/table.h"
#include "model/packed/folder.h"

namespace sotto::cli {

namespace {

using State = Check::State;

constexpr std::uint64_t kLittleMemory = 512u << 20;
constexpr std::uint64_t kLittleDisk = 1u << 30;

// The folder itself, or the nearest one above it that exists.
std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code error;
  while (!std::filesystem::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  return path;
}

std::string count_of(int n, std::string_view thing) { return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s"); }

Check check_model(const catalog::StoredModel& model, bool verify) {
  Check check{"model " + model.name, State::kOk, "", ""};
  if (!model.base.empty()) {
    check.finding = "an assistant of " + model.base;
    return check;
  }
  check.finding = fmt::format("{}, {} {}", format_bytes(model.file_bytes), model.architecture, model.quantization);
  std::string problem = model.problem;
  if (problem.empty() && verify && !model.sha256.empty()) {
    const Result<std::string> found = catalog::sha256_of_file(model.path);
    if (!found) {
      problem = found.error().message;
    } else if (*found != model.sha256) {
      problem = fmt::format("{}: its sha256 is {}, expected {}", model.path, *found, model.sha256);
    } else {
      check.finding += ", every byte verified";
    }
  }
  if (problem.empty()) return check;
  check.state = State::kProblem;
  check.finding = problem;
  check.advice = fmt::format("sotto rm {0}, then sotto pull {0}", model.name);
  return check;
}

}  // namespace

Check check_processor() {
  const char* isa = kernels::table().isa;
  Check check{"processor", State::kOk, "", ""};
  check.finding = fmt::format("{}; {} used; kernels: {}", catalog::processor_name(),
                              count_of(base::default_thread_count(), "thread"), isa);
  const char* forced = std::getenv("SOTTO_ISA");
  if (const char* ignored = kernels::ignored_isa()) {
    check.state = State::kWarning;
    check.finding += fmt::format("; SOTTO_ISA asks for \"{}\"", ignored);
    check.advice = fmt::format("unset SOTTO_ISA, or set it to what this processor has: {}", isa_names());
  } else if (std::string_view(isa) == "scalar") {
    check.state = State::kWarning;
    check.advice = forced != nullptr
                       ? "unset SOTTO_ISA to use what the processor has"
                       : "answers will be slow: processors with AVX2, or on ARM the dot product, are many times faster";
  }
  return check;
}

Check check_memory() {
  const catalog::Machine machine = catalog::measure_machine();
  Check check{"memory", State::kOk, "", ""};
  check.finding = fmt::format("{} of {} available, read at {}/s", format_bytes(machine.memory_available_bytes),
                              format_bytes(machine.memory_bytes),
                              format_bytes(static_cast<std::uint64_t>(machine.read_bytes_per_s)));
  if (machine.memory_available_bytes < kLittleMemory) {
    check.state = State::kWarning;
    check.advice = "close other programs: even the smallest model wants about half a gigabyte";
  }
  return check;
}

Check check_downloads() {
  // The address itself may hold a password and is not shown.
  if (catalog::configured_index()) return {"downloads", State::kOk, "a package index is configured, and https", ""};
  return {"downloads", State::kOk, "https only: no package index is configured", ""};
}

Check check_folder(const std::string& name, const std::string& path) {
  Check check{name, State::kOk, path, ""};
  const std::filesystem::path existing = nearest_existing(path);
  std::error_code error;
  if (!std::filesystem::is_directory(existing, error)) {
    check.state = State::kProblem;
    check.finding += fmt::format(": {} is no folder", existing.string());
    check.advice = fmt::format("move {} away", existing.string());
  } else if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    check.state = State::kProblem;
    check.finding += fmt::format(": {} cannot be written", existing.string());
    check.advice =
        fmt::format("chown or chmod {}, or choose another folder (sotto(1), ENVIRONMENT)", existing.string());
  } else if (existing != std::filesystem::path(path)) {
    check.finding += " (made when it is needed)";
  }
  return check;
}

Check check_disk(const std::string& models_folder) {
  Check check{"disk", State::kOk, "", ""};
  struct statvfs status{};
  const std::string folder = nearest_existing(models_folder).string();
  if (::statvfs(folder.c_str(), &status) != 0) {
    return {"disk", State::kProblem, fmt::format("{}: free space unknown", folder), "check that the disk is mounted"};
  }
  const std::uint64_t free = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  check.finding = fmt::format("{} free for models", format_bytes(free));
  if (free < kLittleDisk) {
    check.state = State::kWarning;
    check.advice = "make room, or set SOTTO_MODELS to a folder on a larger disk";
  }
  return check;
}

std::vector<Check> check_models(const std::string& models_folder, bool verify) {
  const Result<std::vector<catalog::StoredModel>> models = catalog::Store(models_folder).list();
  if (!models) {
    return {{"models", State::kProblem, models.error().message, "make the models folder readable for your account"}};
  }
  std::vector<Check> checks;
  for (const catalog::StoredModel& model : *models) checks.push_back(check_model(model, verify));
  if (!catalog::Store(models_folder).resolve(catalog::kDefaultModel)) {
    checks.push_back({fmt::format("model {}", catalog::kDefaultModel), State::kWarning, "the default model is not here",
                      fmt::format("sotto pull {}", catalog::kDefaultModel)});
  }
  return checks;
}

Check check_packed(const std::string& packed_folder, bool verify) {
  Check check{"packed weights", State::kOk, packed_folder, ""};
  const auto folder = model::packed::Folder::open_existing(packed_folder);
  if (!folder) return {check.name, State::kProblem, folder.error().message, fmt::format("rm -r {}", packed_folder)};
  if (!*folder) {
    check.finding += ": none yet";
    return check;
  }
  std::vector<std::string> useless, problems;
  std::uint64_t bytes = 0;
  const auto all = (*folder)->list();
  for (const model::packed::Kept& kept : all) {
    bytes += kept.bytes;
    const std::string problem = kept.problem.empty() && verify ? (*folder)->verify(kept) : kept.problem;
    if (problem.empty()) continue;
    useless.push_back(kept.path);
    problems.push_back(problem);
  }
  check.finding += fmt::format(": {}, {}", count_of(static_cast<int>(all.size()), "file"), format_bytes(bytes));
  if (verify && useless.empty()) check.finding += ", every byte verified";
  if (useless.empty()) return check;
  check.state = State::kWarning;
  check.finding += fmt::format("; not usable: {}", fmt::join(problems, "; "));
  check.advice = fmt::format("rm {}; what is needed is packed again", fmt::join(useless, " "));
  return check;
}

std::vector<Check> all_checks(const catalog::Paths& paths, bool verify) {
  std::vector<Check> checks = {
      check_processor(),
      check_memory(),
      check_disk(paths.models),
      check_downloads(),
      check_folder("models folder", paths.models),
      check_folder("cache folder", paths.cache),
      check_folder("state folder", paths.state),
      check_folder("settings folder", std::filesystem::path(paths.config_file).parent_path().string()),
      check_folder("running folder", paths.running),
      check_packed(paths.packed, verify),
  };
  for (Check& check : check_models(paths.models, verify)) checks.push_back(std::move(check));
  return checks;
}

}  // namespace sotto::cli
