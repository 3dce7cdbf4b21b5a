#include "catalog/download/fetch_state.h"

#include "catalog/files.h"
#include "catalog/json_fields.h"

namespace sotto::catalog {
namespace {
constexpr std::size_t kMaxStateBytes = 64 * 1024;
}

std::string state_path(const std::string& partial_path) { return partial_path + ".json"; }

std::string validator_of(const HttpHead& head) {
  bool strong = head.etag.size() > 2 && head.etag.front() == '"';
  return strong ? head.etag : head.last_modified;
}

FetchState read_state(const std::string& partial_path) {
  auto text = read_small_file(state_path(partial_path), kMaxStateBytes);
  if (!text) return {};
  auto json = parse_json_object(*text, "state");
  if (!json) return {};
  JsonFields fields(*json, "state");
  FetchState state{.url = fields.text("url", true),
                   .validator = fields.text("validator"),
                   .linked_sha256 = fields.text("sha256"),
                   .total_bytes = fields.number("bytes")};
  // A line break would end the header that the validator is sent in.
  bool one_line = state.validator.find_first_of("\r\n") == std::string::npos;
  return fields.problem().empty() && one_line ? state : FetchState{};
}

Result<void> write_state(const std::string& partial_path, const FetchState& state) {
  nlohmann::ordered_json json = {{"url", state.url},
                                 {"validator", state.validator},
                                 {"sha256", state.linked_sha256},
                                 {"bytes", state.total_bytes}};
  std::string text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
  return write_file(state_path(partial_path), text + "\n");
}

}  // namespace sotto::catalog
