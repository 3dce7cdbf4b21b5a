#include "api/ollama/create.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "api/messages.h"
#include "api/ollama/blobs.h"
#include "api/ollama/shapes.h"
#include "catalog/assistants/assistant.h"
#include "catalog/files.h"
#include "quantize/file.h"
#include "text/chat_template.h"

namespace sotto::api::ollama {
namespace {

namespace fs = std::filesystem;

struct Creation {
  std::string name, from, quantize;
  std::vector<std::pair<std::string, std::string>> files;  // name and digest
  catalog::Assistant assistant;
  bool changes = false;  // the assistant says more than its base
  bool stream = true;
};

// A folder in the models folder that is gone when this is.
class Workshop {
 public:
  explicit Workshop(const std::string& models) {
    static std::atomic<unsigned> count{0};
    path_ = fmt::format("{}/.blobs/create-{}-{}", models, ::getpid(), ++count);
  }
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void read_parameters(Fields& fields, Creation& creation) {
  const Json* parameters = fields.object("parameters");
  if (parameters == nullptr) return;
  Options checked;
  read_ollama_options(*parameters, "parameters", fields.findings(), checked);
  const std::vector<std::string>& ignored = fields.findings().ignored;
  for (const auto& [name, value] : parameters->items()) {
    if (value.is_null() || std::ranges::find(ignored, "parameters." + name) != ignored.end()) continue;
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& item : list) {
      creation.assistant.parameters.push_back({name, item.is_string() ? item.get<std::string>() : dump(item)});
      creation.changes = true;
    }
  }
}

void read_texts(Fields& fields, Creation& creation) {
  catalog::Assistant& assistant = creation.assistant;
  assistant.system = fields.text("system").value_or("");
  assistant.chat_template = fields.text("template").value_or("");
  assistant.licenses = fields.texts("license", 16);
  for (const Message& message : read_messages(fields, "messages")) {
    const bool said = message.role == Role::kUser || message.role == Role::kAssistant;
    if (!said) fields.complain("messages", "those of the user and the assistant are examples; others are not");
    assistant.messages.push_back({message.role == Role::kUser ? "user" : "assistant", message.content});
  }
  if (!assistant.chat_template.empty()) {
    const auto parsed = text::ChatTemplate::parse(assistant.chat_template);
    if (!parsed) fields.complain("template", "a template of Jinja is wanted: " + parsed.error().message);
  }
  creation.changes = creation.changes || !assistant.system.empty() || !assistant.chat_template.empty() ||
                     !assistant.licenses.empty() || !assistant.messages.empty();
}

Creation read_creation(Call& call) {
  Fields& fields = call.fields();
  Creation creation;
  creation.name = read_model(fields);
  creation.from = fields.text("from").value_or("");
  creation.quantize = fields.text("quantize").value_or("");
  creation.stream = fields.flag("stream").value_or(true);
  read_parameters(fields, creation);
  read_texts(fields, creation);
  if (const Json* files = fields.object("files")) {
    for (const auto& [name, digest] : files->items()) {
      if (!digest.is_string()) fields.complain("files", "an object of names and digests is wanted");
      else creation.files.emplace_back(name, digest.get<std::string>());
    }
  }
  fields.refuse("adapters", "give an adapter on this machine: sotto create with adapters in assistant.toml");
  fields.refuse("modelfile", "the fields of the newer form are wanted: from, system, template, parameters, …");
  if (creation.from.empty() == creation.files.empty())
    fields.complain("from", "either from, the name of a model, or files is wanted");
  if (creation.changes && !(creation.files.empty() && creation.quantize.empty()))
    fields.complain("from", "make the model first, of files or by quantize, then an assistant of it");
  return creation;
}

// A name of a file, and of no other place.
bool is_plain_file_name(const std::string& name) {
  return !name.empty() && name.size() <= 200 && name.find('/') == std::string::npos && name.front() != '.' &&
         name.find('\0') == std::string::npos;
}

// The brought files under their names, in a folder of their own. Gives what is to be imported: the only GGUF file, or
// the folder.
Result<std::string> lay_out(const catalog::Store& store, const Creation& creation, const std::string& folder) {
  if (auto made = catalog::make_folders(folder); !made) return forward_error(made);
  for (const auto& [name, digest] : creation.files) {
    if (!is_plain_file_name(name))
      return Unexpected(ErrorCode::kBadRequest, "files: a name without folders is wanted, found another");
    const auto blob = blob_path(store.folder(), digest);
    if (!blob) return Unexpected(blob.error());
    std::error_code failure;
    fs::create_hard_link(*blob, folder + "/" + name, failure);
    if (failure) {
      return Unexpected(
          ErrorCode::kNotFound,
          fmt::format("files: the blob {} is not here; bring it first: POST /api/blobs/{}", digest, digest));
    }
  }
  const bool one_file = creation.files.size() == 1 && creation.files.front().first.ends_with(".gguf");
  return one_file ? folder + "/" + creation.files.front().first : folder;
}

Result<void> import_as(const catalog::Store& store, const std::string& path, const std::string& name,
                       const std::atomic<bool>* gone) {
  catalog::ImportOptions options;
  options.name = name;
  options.hard_link = path.ends_with(".gguf");
  options.cancel = gone;
  auto imported = store.import(path, options);
  if (!imported) return forward_error(imported);
  return {};
}

Result<void> quantize_as(const catalog::Store& store, const std::string& from, const Creation& creation,
                         const std::string& folder, const std::atomic<bool>* gone) {
  quantize::QuantizeOptions options;
  options.type = quantize::find_file_type(creation.quantize);
  options.cancel = gone;
  if (options.type == nullptr) {
    return Unexpected(ErrorCode::kBadRequest, fmt::format("quantize: one of {} is wanted, found {}",
                                                          quantize::file_type_names(), creation.quantize));
  }
  if (auto made = catalog::make_folders(folder); !made) return made;
  const std::string out = folder + "/quantized.gguf";
  if (auto file = quantize::quantize_file(from, out, options); !file) return forward_error(file);
  return import_as(store, out, creation.name, gone);
}

Result<void> carry_out(const catalog::Store& store, Creation& creation, const std::atomic<bool>* gone) {
  const Workshop workshop(store.folder());
  if (!creation.files.empty()) {
    auto laid = lay_out(store, creation, workshop.path());
    if (!laid) return forward_error(laid);
    if (creation.quantize.empty()) return import_as(store, *laid, creation.name, gone);
    if (!laid->ends_with(".gguf"))
      return Unexpected(ErrorCode::kBadRequest, "quantize: create the model of the folder first, then quantize it");
    return quantize_as(store, *laid, creation, workshop.path(), gone);
  }
  auto from = clean_name(creation.from);
  if (!from) return forward_error(from);
  const auto path = store.locate(*from);
  if (!path) return Unexpected(path.error());
  if (!creation.quantize.empty()) return quantize_as(store, *path, creation, workshop.path(), gone);
  creation.assistant.base = *from;
  auto settled = catalog::settle_assistant(creation.assistant, "the request");
  if (!settled) return Unexpected(ErrorCode::kBadRequest, settled.error().message);
  auto kept = store.keep(creation.assistant, true);
  if (!kept) return forward_error(kept);
  return {};
}

}  // namespace

Outcome create(Service& service, Call& call) {
  Creation creation = read_creation(call);
  if (auto wrong = call.check()) return wrong;
  const auto name = clean_name(creation.name);
  if (!name) return failure_of(name.error());
  creation.name = creation.assistant.name = *name;
  const catalog::Store store = service.store();
  if (creation.stream) call.write_line({{"status", "creating " + *name}});
  const auto done = carry_out(store, creation, call.gone());
  if (!done) return failure_of(done.error());
  for (const auto& file : creation.files) {
    if (const auto blob = blob_path(store.folder(), file.second)) catalog::delete_file(*blob);
  }
  const Json success = {{"status", "success"}};
  if (!creation.stream) {
    call.send(success);
  } else {
    call.write_line(success);
    call.finish();
  }
  return std::nullopt;
}

}  // namespace sotto::api::ollama
