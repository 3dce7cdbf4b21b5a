// `sotto merge`: a model and adapters become one GGUF file.
#include "adapter/merge.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "catalog/describe.h"
#include "catalog/paths.h"
#include "catalog/store.h"
#include "cli/assistant.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/text_file.h"
#include "cli/threads_option.h"
#include "cli/work_progress.h"

namespace sotto::cli {

namespace {

struct MergeRequest {
  std::string model, out;
  std::vector<std::string> adapters;
  adapter::MergeOptions options;
};

// What is merged: those of the command line, on top of those of an assistant.
Result<std::vector<adapter::Adapter>> read_all(const std::vector<AdapterOption>& chosen, const gguf::File& model) {
  std::vector<adapter::Adapter> adapters;
  for (const AdapterOption& option : chosen) {
    auto read = adapter::read_adapter(option.path, option.scale, model);
    if (!read) return forward_error(read);
    adapters.push_back(std::move(*read));
  }
  return adapters;
}

Exit merge_model(MergeRequest request) {
  const Result<catalog::Paths> paths = catalog::find_paths();
  if (!paths) return fail(paths.error());
  const catalog::Store store(paths->models);
  Settings settings;
  for (const std::string& text : request.adapters) {
    const Result<AdapterOption> adapter = parse_adapter(text);
    if (!adapter) return fail(Exit::kUsage, adapter.error().message);
    settings.adapters.push_back(*adapter);
  }
  const auto assistant = take_assistant(store, request.model, {"adapter"}, settings);
  if (!assistant) return fail(assistant.error());
  if (settings.adapters.empty())
    return fail(Exit::kUsage, "merging: no adapter was named; give one with --adapter PATH");
  const Result<std::string> path = store.locate(request.model);
  if (!path) return fail(path.error());
  std::vector<std::string> inputs = {*path};
  for (const AdapterOption& adapter : settings.adapters)
    for (const char* name : {"", "/adapter_config.json", "/adapter_model.safetensors"})
      inputs.push_back(adapter.path + name);
  if (auto writable = check_writable(request.out, inputs, request.options.replace); !writable)
    return fail(writable.error());
  const auto file = gguf::File::open(*path);
  if (!file) return fail(file.error());
  const auto adapters = read_all(settings.adapters, *file);
  if (!adapters) return fail(adapters.error());
  InterruptGuard interrupt;
  WorkProgress progress("merging");
  const catalog::KnownLicense license = catalog::known_license(*path);
  request.options.license_if_missing = {license.license, license.from};
  request.options.cancel = interrupt.flag();
  request.options.on_progress = [&](std::uint64_t done, std::uint64_t total) { progress(done, total); };
  request.options.on_note = [](const std::string& note) { notice(note); };
  const auto merged = adapter::merge(*file, *adapters, request.out, request.options);
  progress.end();
  if (!merged) return fail(merged.error());
  Output out(STDOUT_FILENO);
  out.untrusted(
      fmt::format("{} holds {} with {} changed matrices ({}); the licences of the model and of the adapter "
                  "hold for it\n",
                  request.out, request.model, merged->n_changed, format_bytes(merged->bytes)));
  return written(out);
}

}  // namespace

void add_merge_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("merge", "Make one GGUF file of a model and LoRA adapters");
  const auto request = std::make_shared<MergeRequest>();
  command->add_option("MODEL", request->model, "a model or assistant, or the path of a GGUF file; it stays as it is")
      ->required();
  command->add_option("OUT", request->out, "the file to write")->required();
  command
      ->add_option("--adapter", request->adapters,
                   "a GGUF file or a PEFT folder, with =SCALE for how strongly (may be repeated)")
      ->allow_extra_args(false)
      ->type_name("PATH[=SCALE]");
  command->add_flag("--f16", request->options.half,
                    "changed matrices of quantized types become F16 rather than their type again");
  add_threads_option(*command, request->options.threads);
  command->add_flag("--force", request->options.replace, "replace OUT if it exists");
  command->callback([&action, request] { action = [request] { return merge_model(*request); }; });
}

}  // namespace sotto::cli
