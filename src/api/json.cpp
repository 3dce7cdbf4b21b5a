#include "api/json.h"

#include <fmt/format.h>

#include <array>

namespace sotto::api {
namespace {

Unexpected bad_body(std::string_view what) {
  return Unexpected(ErrorCode::kBadRequest, fmt::format("the request's body: {}", what));
}

// Follows brackets and commas outside of strings, so that what the parser must not enter is refused before it begins.
class Extent {
 public:
  Result<void> measure(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (inside_string_) {
        if (c == '\\') ++i;
        if (c == '"') inside_string_ = false;
      } else if (c == '"') {
        inside_string_ = true;
      } else if (auto counted = count(c); !counted) {
        return counted;
      }
    }
    return {};
  }

 private:
  Result<void> count(char c) {
    if (c == '{' || c == '[') {
      if (++depth_ > kMostDepth) return bad_body(fmt::format("nested deeper than {} levels", kMostDepth));
      members_[static_cast<std::size_t>(depth_)] = c == '{' ? 1 : kNone;
    } else if (c == '}' || c == ']') {
      if (depth_ > 0) --depth_;
      return {};
    } else if (c == ',' && depth_ > 0) {
      std::size_t& members = members_[static_cast<std::size_t>(depth_)];
      if (members != kNone && ++members > kMostMembers) {
        return bad_body(fmt::format("an object has more than {} members", kMostMembers));
      }
    } else {
      return {};
    }
    if (++n_values_ > kMostValues) return bad_body(fmt::format("more than {} values", kMostValues));
    return {};
  }

  static constexpr std::size_t kNone = 0;  // of a list
  std::array<std::size_t, kMostDepth + 1> members_{};
  int depth_ = 0;
  std::size_t n_values_ = 0;
  bool inside_string_ = false;
};

}  // namespace

Result<Json> parse_body(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Json::object();
  if (auto measured = Extent().measure(text); !measured) return forward_error(measured);
  try {
    Json parsed = Json::parse(text);
    if (!parsed.is_object()) return bad_body(fmt::format("an object is wanted, found {}", kind_of(parsed)));
    return parsed;
  } catch (const Json::out_of_range&) {
    return bad_body("a number is larger than a double holds; 1e308 is about the largest");
  } catch (const Json::parse_error& problem) {
    return bad_body(fmt::format("no valid JSON at byte {} of {}; strings are UTF-8, numbers are finite", problem.byte,
                                text.size()));
  }
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "a list";
    case Json::value_t::string: return "a string";
    case Json::value_t::boolean: return "true or false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return "a whole number";
    case Json::value_t::number_float: return "a fraction";
    default: return "something else";
  }
}

}  // namespace sotto::api
