#include "published/json.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/report.h"

namespace sotto::published {
namespace {

// Whether brackets outside of texts are nested deeper than allowed. The parser keeps a stack of what is open, and what
// it made is taken apart level by level: neither may follow a hostile file.
bool nests_too_deep(std::string_view text) {
  int depth = 0;
  bool inside_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inside_text) {
      if (c == '\\') ++i;
      if (c == '"') inside_text = false;
    } else if (c == '"') {
      inside_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// Notes the first name that stands twice in one object.
class TwinNames {
 public:
  bool operator()(int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      open_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!open_.back().insert(name).second && !found_) twin_ = name, found_ = true;
    }
    return true;
  }
  bool found() const { return found_; }
  const std::string& twin() const { return twin_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string twin_;
  bool found_ = false;
};

// What stands in `text`, which must be of `type`.
Result<Json> parse_json(std::string_view text, const std::string& path, Json::value_t type) {
  if (nests_too_deep(text)) {
    return damaged(path, fmt::format("nested deeper than {} levels, which no real file is", kMaxJsonDepth));
  }
  TwinNames twins;
  Json parsed;
  try {
    parsed = Json::parse(text.begin(), text.end(),
                         [&](int depth, Json::parse_event_t event, Json& value) { return twins(depth, event, value); });
  } catch (const Json::parse_error& error) {
    return damaged(path, fmt::format("no valid JSON at byte {} of {}", error.byte, text.size()));
  } catch (const Json::exception&) {
    return damaged(path, "a number in it is out of range");
  }
  if (parsed.type() != type) {
    return damaged(path, fmt::format("found {} {}, expected a JSON {}", parsed.type_name(), shown(parsed),
                                     type == Json::value_t::object ? "object" : "list"));
  }
  if (twins.found()) return damaged(path, fmt::format("the name {} stands twice", gguf::quote(twins.twin())));
  return parsed;
}

Result<Json> read_json(const std::string& path, std::size_t max_bytes, Json::value_t type) {
  auto file = base::MappedFile::open(path);
  if (!file) return forward_error(file);
  const auto bytes = file->bytes();
  if (bytes.size() > max_bytes) {
    return damaged(path, fmt::format("{} bytes long, expected at most {}", bytes.size(), max_bytes));
  }
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path, type);
}

}  // namespace

Unexpected damaged(const std::string& path, const std::string& what) {
  return Unexpected(ErrorCode::kBadFile, path + ": " + what + "; the file is damaged: fetch it again");
}

Unexpected unsupported(const std::string& path, const std::string& what) {
  return Unexpected(ErrorCode::kUnsupported, path + ": " + what);
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

Result<Json> parse_object(std::string_view text, const std::string& path) {
  return parse_json(text, path, Json::value_t::object);
}

Result<Json> read_object(const std::string& path, std::size_t max_bytes) {
  return read_json(path, max_bytes, Json::value_t::object);
}

Result<Json> read_list(const std::string& path, std::size_t max_bytes) {
  return read_json(path, max_bytes, Json::value_t::array);
}

const Json* field(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool is_true(const Json& object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::string text_field(const Json& object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

}  // namespace sotto::published
