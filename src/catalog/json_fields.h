// Reads fields of a JSON object that may be hostile or damaged: nothing throws, and the first thing
// that is wrong is kept as a sentence. Knows nothing of what the fields mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "sotto/result.h"

namespace sotto::catalog {

// A missing field gives the fallback; one of another type, or a missing required one, is a problem.
class JsonFields {
 public:
  // `where` begins every problem: "catalog.json, entry 3". `object` must outlive this.
  JsonFields(const nlohmann::json& object, std::string where);

  std::string text(const char* key, bool required = false);
  std::uint64_t number(const char* key, bool required = false);
  bool flag(const char* key, bool fallback);
  // An empty array when the field is missing.
  const nlohmann::json& array(const char* key);

  void complain(std::string_view what);
  const std::string& problem() const { return problem_; }  // empty: all is well

 private:
  const nlohmann::json* find(const char* key, bool required);

  const nlohmann::json& object_;
  std::string where_;
  std::string problem_;
};

// The object in `text`. Errors: kBadFile when it is no JSON object.
Result<nlohmann::json> parse_json_object(std::string_view text, const std::string& where);

}  // namespace sotto::catalog
