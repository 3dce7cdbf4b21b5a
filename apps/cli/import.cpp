// `sotto import`: a GGUF file, or a folder as models are published, becomes a model here or a file elsewhere.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>

#include "catalog/catalog.h"
#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/text_file.h"
#include "cli/work_progress.h"
#include "gguf/file.h"
#include "published/folder.h"

namespace sotto::cli {

namespace {

using published::WeightType;

const std::map<std::string, WeightType> kTypes = {
    {"f32", WeightType::kF32}, {"f16", WeightType::kF16}, {"bf16", WeightType::kBF16}};

struct ImportRequest {
  std::string path, out, type;
  bool force = false;
  catalog::ImportOptions options;

  WeightType weight_type() const { return type.empty() ? WeightType::kAsPublished : kTypes.at(type); }
};

Exit print_line(const std::string& text) {
  Output out(STDOUT_FILENO);
  out.untrusted(text);
  out.end_line();
  return written(out);
}

void note_architecture(const std::string& architecture) {
  catalog::Entry entry;
  entry.name = entry.architecture = architecture;
  if (entry.runs_here()) return;
  notice(fmt::format("the file is complete, but this version cannot run the architecture {} yet", architecture));
}

Exit import_to_file(const ImportRequest& request, const std::atomic<bool>* cancel) {
  std::vector<std::string> inputs;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(request.path, problem))
    if (entry.path().extension() != ".gguf") inputs.push_back(entry.path());  // what an import made may be made again
  if (auto writable = check_writable(request.out, inputs, request.force); !writable) return fail(writable.error());
  WorkProgress progress("importing");
  published::ConvertOptions options{request.weight_type(), request.options.name, request.options.license, cancel,
                                    [&](std::uint64_t done, std::uint64_t total) { progress(done, total); }};
  const auto converted = published::convert_folder(request.path, request.out, options);
  progress.end();
  if (!converted) return fail(converted.error());
  for (const std::string& note : converted->notes) notice(note);
  note_architecture(converted->architecture);
  return print_line(fmt::format("{} holds {}: {}, {}, {} tensors ({})", request.out, converted->name,
                                converted->architecture, converted->type, converted->n_tensors,
                                format_bytes(converted->bytes)));
}

Exit import_to_store(const ImportRequest& request, const std::atomic<bool>* cancel) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  WorkProgress progress("importing");
  std::vector<std::string> notes;
  catalog::ImportOptions options = request.options;
  options.type = request.weight_type();
  options.cancel = cancel;
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress(done, total); };
  options.on_note = [&](const std::string& note) { notes.push_back(note); };
  const Result<catalog::StoredModel> model = catalog::Store(paths->models).import(request.path, options);
  progress.end();
  if (!model) return fail(model.error());
  for (const std::string& note : notes) notice(note);
  note_architecture(model->architecture);
  return print_line(fmt::format("{} is here: {} ({})", model->name, model->path, format_bytes(model->file_bytes)));
}

Exit import(const ImportRequest& request) {
  if (!request.type.empty() && !kTypes.contains(request.type)) {
    return fail(Exit::kUsage, fmt::format("--type: found {}, expected f32, f16 or bf16; to make the file smaller, "
                                          "import it and then: sotto quantize",
                                          request.type));
  }
  const bool folder = published::is_folder(request.path);
  if (!folder && (!request.out.empty() || !request.type.empty())) {
    // That it is no model at all says more.
    if (const auto file = gguf::File::open(request.path); !file) return fail(file.error());
    return fail(Exit::kUsage, fmt::format("{} is no folder: --output and --type are for the folder that a model is "
                                          "published as",
                                          request.path));
  }
  if (folder && request.options.hard_link) {
    return fail(Exit::kUsage, "--link: a folder is converted; there are no bytes to share");
  }
  InterruptGuard interrupt;
  return request.out.empty() ? import_to_store(request, interrupt.flag()) : import_to_file(request, interrupt.flag());
}

}  // namespace

void add_import_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("import", "Take a GGUF file, or the folder of a published model, as a model");
  const auto request = std::make_shared<ImportRequest>();
  command
      ->add_option("PATH", request->path,
                   "a GGUF file, or a folder with config.json and safetensors; it stays as it is")
      ->required();
  command->add_option("--name", request->options.name, "what to call the model; otherwise the file's or folder's name");
  command->add_option("--license", request->options.license, "its licence, for sotto show");
  command->add_flag("--link", request->options.hard_link, "share the bytes with the file instead of copying them");
  command->add_option("-o,--output", request->out,
                      "write a folder's model to this GGUF file, not to the models folder");
  command->add_flag("--force", request->force, "replace the file of --output if it exists");
  command->add_option("--type", request->type, "f32, f16 or bf16 for a folder's matrices; otherwise as published")
      ->transform([](const std::string& type) { return CLI::detail::to_lower(type); });
  command->callback([&action, request] { action = [request] { return import(*request); }; });
}

}  // namespace sotto::cli
