#include "catalog/catalog.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "catalog/json_fields.h"
#include "catalog/names.h"
#include "gguf/file.h"
#include "model/families/registry.h"

namespace sotto::catalog {

extern const char* const kCatalogJson;  // catalog.json, compiled in

namespace {

template <class Number>
void append_number(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_text(std::string& bytes, std::string_view text) {
  append_number<std::uint64_t>(bytes, text.size());
  bytes += text;
}

// A GGUF file that holds nothing but its architecture: version 3, no tensors, one text.
std::string file_of(std::string_view architecture) {
  std::string bytes = "GGUF";
  append_number<std::uint32_t>(bytes, 3);
  append_number<std::uint64_t>(bytes, 0);
  append_number<std::uint64_t>(bytes, 1);
  append_text(bytes, "general.architecture");
  append_number(bytes, static_cast<std::uint32_t>(gguf::ValueType::kString));
  append_text(bytes, architecture);
  return bytes;
}

bool is_sha256(std::string_view text) {
  auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::ranges::all_of(text, is_digit);
}

std::vector<std::string> read_texts(const nlohmann::json& list, JsonFields& fields, const char* key) {
  std::vector<std::string> texts;
  for (const auto& item : list) {
    if (item.is_string()) {
      texts.push_back(item.get<std::string>());
    } else {
      fields.complain(fmt::format("\"{}\" must hold texts", key));
    }
  }
  return texts;
}

Source read_source(const nlohmann::json& json, JsonFields& entry) {
  JsonFields fields(json, "source");
  Source source;
  source.url = fields.text("url");
  for (const auto& item : fields.array("packages")) {
    JsonFields part(item, "package");
    source.parts.push_back({part.text("package", true), part.text("version", true), part.text("member", true)});
    if (!part.problem().empty()) entry.complain(part.problem());
  }
  if (!fields.problem().empty()) entry.complain(fields.problem());
  if (source.url.empty() == source.parts.empty()) {
    entry.complain("a source needs either \"url\" or \"packages\"");
  }
  return source;
}

// What depends on several fields of an entry.
void check_entry(const Entry& entry, JsonFields& fields) {
  if (!entry.sha256.empty() && !is_sha256(entry.sha256)) {
    fields.complain("\"sha256\" must be 64 lower-case hex digits");
  }
  if (!is_safe_file_name(entry.file_name)) fields.complain("\"file\" is no name of a GGUF file");
  if (entry.bytes == 0) fields.complain("\"bytes\" must not be 0");
  if (entry.read_bytes > entry.bytes) fields.complain("\"read_bytes\" must be no more than \"bytes\"");
  for (const std::string& name : entry.aliases) {
    if (!normalize_name(name)) fields.complain(fmt::format("\"{}\" is no name", name));
  }
  if (entry.window_layers > entry.layers) fields.complain("\"window_layers\" must be no more than \"layers\"");
  auto name = normalize_name(entry.name);
  if (!name || *name != entry.name) fields.complain("\"name\" must be a lower-case name with a tag");
}

Result<Entry> read_entry(const nlohmann::json& json, std::size_t index) {
  JsonFields fields(json, fmt::format("catalog, model {}", index));
  Entry entry;
  entry.name = fields.text("name", true);
  entry.aliases = read_texts(fields.array("aliases"), fields, "aliases");
  entry.title = fields.text("title", true);
  entry.good_for = fields.text("good_for", true);
  entry.languages = fields.text("languages", true);
  entry.architecture = fields.text("architecture", true);
  entry.parameters = fields.text("parameters", true);
  entry.quantization = fields.text("quantization", true);
  entry.license = fields.text("license", true);
  entry.file_name = fields.text("file", true);
  entry.sha256 = fields.text("sha256");
  entry.bytes = fields.number("bytes", true);
  entry.read_bytes = fields.number("read_bytes", false);
  entry.bytes_exact = fields.flag("bytes_exact", false);
  entry.chat = fields.flag("chat", true);
  entry.thinks = fields.flag("thinks", false);
  const auto count = [&](const char* key, bool required) {
    return static_cast<int>(std::min<std::uint64_t>(fields.number(key, required), 1u << 30));
  };
  entry.ctx_tokens = count("ctx_tokens", true);
  entry.layers = count("layers", true);
  entry.kv_heads = count("kv_heads", true);
  entry.head_dim = count("head_dim", true);
  entry.window = count("window", false);
  entry.window_layers = count("window_layers", false);
  if (fields.flag("default", false)) entry.aliases.push_back(entry.name.substr(0, entry.name.find(':')));
  for (const auto& source : fields.array("sources")) {
    entry.sources.push_back(read_source(source, fields));
  }
  check_entry(entry, fields);
  if (!fields.problem().empty()) return Unexpected(ErrorCode::kBadFile, fields.problem());
  return entry;
}

// The entry's names, with the beginning that stands for its family.
std::vector<std::string> known_names(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    names.insert(names.end(), entry.aliases.begin(), entry.aliases.end());
    names.push_back(entry.name);
  }
  return names;
}

std::string not_found_message(const std::string& name, const std::vector<Entry>& entries) {
  std::string base = name.substr(0, name.find(':'));
  std::vector<std::string> near;
  for (const Entry& entry : entries) {
    if (entry.name.starts_with(base + ":")) near.push_back(entry.name);
  }
  if (near.empty()) near = nearest_names(name, known_names(entries), 3);
  if (near.empty()) {
    return fmt::format("no model is called \"{}\"; the catalog's names are listed by: sotto list --all", name);
  }
  return fmt::format("no model is called \"{}\"; did you mean {}?", name, fmt::join(near, ", "));
}

}  // namespace

// The families' registry is the only place that knows, and it judges files.
std::uint64_t Entry::kv_bytes(int tokens) const {
  constexpr std::uint64_t kBatch = 512, kScaleBytes = 2;  // a window layer holds its window and a batch
  const auto n = static_cast<std::uint64_t>(tokens);
  const auto windowed = static_cast<std::uint64_t>(window_layers),
             whole = static_cast<std::uint64_t>(layers) - windowed;
  const std::uint64_t positions = whole * n + windowed * std::min(n, static_cast<std::uint64_t>(window) + kBatch);
  const auto row = static_cast<std::uint64_t>(head_dim) + kScaleBytes;
  return positions * 2 * static_cast<std::uint64_t>(kv_heads) * row;
}

bool Entry::runs_here() const {
  if (architecture.empty() || is_encoder()) return true;
  const std::string image = file_of(architecture);
  const auto file = gguf::File::parse(std::as_bytes(std::span(image)), name);
  return file && model::find_family(*file);
}

bool Entry::is_encoder() const {
  const std::string image = file_of(architecture);
  const auto file = gguf::File::parse(std::as_bytes(std::span(image)), name);
  return file && model::is_encoder(*file);
}

Result<Catalog> Catalog::parse(std::string_view json) {
  auto parsed = parse_json_object(json, "catalog");
  if (!parsed) return forward_error(parsed);
  JsonFields fields(*parsed, "catalog");
  Catalog catalog;
  std::set<std::string> taken;
  for (const auto& item : fields.array("models")) {
    auto entry = read_entry(item, catalog.entries_.size());
    if (!entry) return forward_error(entry);
    for (const std::string& name : known_names({*entry})) {
      if (!taken.insert(name).second) {
        return Unexpected(ErrorCode::kBadFile, fmt::format("catalog: \"{}\" stands twice", name));
      }
    }
    catalog.entries_.push_back(std::move(*entry));
  }
  if (!fields.problem().empty()) return Unexpected(ErrorCode::kBadFile, fields.problem());
  return catalog;
}

const Catalog& Catalog::builtin() {
  static const Catalog catalog = [] {
    auto parsed = parse(kCatalogJson);
    SOTTO_CHECK(parsed.has_value());
    return std::move(*parsed);
  }();
  return catalog;
}

Result<const Entry*> Catalog::find(std::string_view name) const {
  auto wanted = normalize_name(name);
  if (!wanted) return forward_error(wanted);
  for (const Entry& entry : entries_) {
    if (entry.name == *wanted || std::ranges::find(entry.aliases, *wanted) != entry.aliases.end()) {
      return &entry;
    }
  }
  return Unexpected(ErrorCode::kNotFound, not_found_message(*wanted, entries_));
}

const Entry* Catalog::find_sha256(std::string_view sha256) const {
  const auto found = std::ranges::find(entries_, sha256, &Entry::sha256);
  return sha256.empty() || found == entries_.end() ? nullptr : &*found;
}

Result<Entry> entry_for_url(std::string_view url) {
  std::string_view path = url.substr(0, url.find_first_of("?#"));
  std::string file(path.substr(path.rfind('/') + 1));
  if (!to_lower(url).starts_with("https://") || !is_safe_file_name(file)) {
    return Unexpected(ErrorCode::kBadRequest, fmt::format("\"{}\": expected an https:// address of a .gguf file", url));
  }
  Entry entry;
  entry.name = to_lower(model_stem(file));
  auto valid = normalize_name(entry.name);
  if (!valid) return forward_error(valid);
  entry.title = file;
  entry.file_name = file;
  entry.sources.push_back({.parts = {}, .url = std::string(url)});
  return entry;
}

}  // namespace sotto::catalog
