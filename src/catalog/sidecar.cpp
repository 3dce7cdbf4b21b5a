#include "catalog/sidecar.h"

#include "catalog/files.h"
#include "catalog/json_fields.h"
#include "catalog/names.h"

namespace sotto::catalog {
namespace {
constexpr std::size_t kMaxSidecarBytes = 64 * 1024;
}

std::string sidecar_path(const std::string& model_path) { return model_path + ".json"; }

std::optional<Sidecar> read_sidecar(const std::string& model_path) {
  std::string path = sidecar_path(model_path);
  auto text = read_small_file(path, kMaxSidecarBytes);
  if (!text) return std::nullopt;
  auto json = parse_json_object(*text, path);
  if (!json) return std::nullopt;
  JsonFields fields(*json, path);
  Sidecar sidecar{.name = fields.text("name", true),
                  .source = fields.text("source"),
                  .sha256 = fields.text("sha256"),
                  .license = fields.text("license"),
                  .bytes = fields.number("bytes", true)};
  auto name = normalize_name(sidecar.name);
  bool fits = static_cast<std::int64_t>(sidecar.bytes) == file_size(model_path);
  if (!fields.problem().empty() || !name || *name != sidecar.name || !fits) return std::nullopt;
  return sidecar;
}

Result<void> write_sidecar(const std::string& model_path, const Sidecar& sidecar) {
  nlohmann::ordered_json json = {{"name", sidecar.name},
                                 {"source", sidecar.source},
                                 {"sha256", sidecar.sha256},
                                 {"license", sidecar.license},
                                 {"bytes", sidecar.bytes}};
  // Bytes that are no UTF-8 (a path may hold them) become the replacement character.
  std::string text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  return write_file(sidecar_path(model_path), text + "\n");
}

}  // namespace sotto::catalog
