#include "published/json.h"

#include <fmt/format.h>

#include <algorithm>

#include "gguf/report.h"
#include "published/json_builder.h"

namespace sotto::published {
namespace {

// What the parser must not follow a hostile file into: a stack of what is open, which is taken apart level by level
// again, and a place in memory for each value. Brackets and commas outside of texts are counted.
struct Extent {
  int depth = 0;             // the greatest
  std::size_t n_values = 0;  // at most so many
};

Extent measure(std::string_view text) {
  Extent extent;
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
      extent.depth = std::max(extent.depth, ++depth);
      ++extent.n_values;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',') {
      ++extent.n_values;
    }
  }
  return extent;
}

const char* name_of(Json::value_t type) { return type == Json::value_t::object ? "object" : "list"; }

// What stands in `text`, which must be of `type`.
Result<Json> parse_json(std::string_view text, const std::string& path, Json::value_t type) {
  const Extent extent = measure(text);
  if (extent.depth > kMaxJsonDepth) {
    return damaged(path, fmt::format("nested {} levels deep, expected at most {}", extent.depth, kMaxJsonDepth));
  }
  if (extent.n_values > kMaxJsonValues) {
    return damaged(path, fmt::format("holds {} values, expected at most {}", extent.n_values, kMaxJsonValues));
  }
  JsonBuilder builder;
  const bool whole = Json::sax_parse(text.begin(), text.end(), &builder);
  if (const std::string* twin = builder.twin()) {
    return damaged(path, fmt::format("the name {} stands twice in one object, expected once", gguf::quote(*twin)));
  }
  if (!whole) {
    return damaged(path, fmt::format("no valid JSON at byte {} of {}, expected a JSON {}", builder.wrong_byte(),
                                     text.size(), name_of(type)));
  }
  Json parsed = builder.take();
  if (parsed.type() != type) {
    return damaged(path,
                   fmt::format("found {} {}, expected a JSON {}", parsed.type_name(), shown(parsed), name_of(type)));
  }
  return parsed;
}

Result<Json> read_json(const std::string& path, std::size_t max_bytes, Json::value_t type) {
  auto file = map_file(path);
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

Unexpected unsupported(const std::string& path, const std::string& what, const std::string& advice) {
  return Unexpected(ErrorCode::kUnsupported, path + ": " + what + "; " + advice);
}

Result<base::MappedFile> map_file(const std::string& path) {
  auto file = base::MappedFile::open(path);
  if (file) return file;
  const bool absent = file.error().code == ErrorCode::kNotFound;
  return Unexpected(file.error().code,
                    file.error().message + (absent ? "; fetch it into the folder" : "; fetch it again"));
}

std::string shown(const Json& value, std::size_t most) {
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  if (text.size() > most) text = text.substr(0, most - 3) + "...";
  return text;
}

Result<Json> parse_object(std::string_view text, const std::string& path) {
  return parse_json(text, path, Json::value_t::object);
}

Result<Json> read_object(const std::string& path, std::size_t max_bytes) {
  return read_json(path, max_bytes, Json::value_t::object);
}

Result<Json> read_optional_object(const std::string& path, std::size_t max_bytes) {
  auto object = read_object(path, max_bytes);
  if (!object && object.error().code == ErrorCode::kNotFound) return Json::object();
  return object;
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
