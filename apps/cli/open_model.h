// From a model's name or path to an engine that runs it, with what a person has to hear on the way.
#pragma once

#include <memory>
#include <string>

#include "catalog/running.h"
#include "cli/settings.h"

namespace sotto::cli {

struct OpenModel {
  std::string name;
  std::string path;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Session> session;  // after engine: it must not outlive it
  std::unique_ptr<catalog::Announcement> announcement;
};

// The instruction sets that the kernels and this processor have, as SOTTO_ISA takes them: "scalar, avx2".
std::string isa_names();

// A notice when SOTTO_ISA names no instruction set that the kernels and this processor have.
void warn_of_ignored_isa();

// Engine::open() with a status line that names `name`, stopped by Ctrl-C, and with a notice where the packed weights
// could not be kept. Sets on_packing and cancel. Errors: those of Engine::open.
Result<std::unique_ptr<Engine>> open_engine(EngineOptions options, const std::string& name);

// A model that is missing but in the catalog is pulled first. Errors: kNotFound, kBadFile, kUnsupported, kIo,
// kBudget (disk), kBadRequest, kCancelled.
Result<OpenModel> open_model(const std::string& name_or_path, const Settings& settings);

// The same for a file that is here already, after a change of settings.
Result<OpenModel> open_file(const std::string& name, const std::string& path, const Settings& settings);

}  // namespace sotto::cli
