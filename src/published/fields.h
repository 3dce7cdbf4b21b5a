// Typed reading of config.json's fields: the first thing that is wrong is kept, and what was never asked for is known
// at the end. Knows nothing of what the fields mean.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "published/json.h"
#include "sotto/result.h"

namespace sotto::published {

// Not thread-safe. A field that is missing or null is absent; one of another type, or out of range, is the failure.
class Fields {
 public:
  Fields(Json object, std::string path) : object_(std::move(object)), path_(std::move(path)) {}

  const Json* find(const std::string& name);              // nullptr when absent
  void set_missing(const std::string& name, Json value);  // as if the file said so, where it says not even null
  std::optional<std::uint64_t> whole(const std::string& name, std::uint64_t least, std::uint64_t most);
  std::uint64_t need_whole(const std::string& name, std::uint64_t least, std::uint64_t most);
  std::optional<double> real(const std::string& name);  // finite
  float need_positive(const std::string& name);         // finite, above 0; 1 when it is the failure
  bool flag(const std::string& name, bool fallback);
  std::string text(const std::string& name);  // empty when absent

  // Marks a field as known: what it says changes nothing.
  void ignore(const std::string& name) { asked_.insert(name); }

  // Keeps the first: kBadFile, or kUnsupported.
  void fail(const std::string& name, const std::string& found, const std::string& expected);
  void refuse(const std::string& what);
  void adopt(Unexpected failure);  // of an object within this one

  const std::string& path() const { return path_; }
  const Json& object() const { return object_; }
  bool failed() const { return error_.has_value(); }
  Unexpected error() const { return Unexpected(*error_); }  // call only when failed()
  std::vector<std::string> never_asked() const;

 private:
  Json object_;
  std::string path_;
  std::set<std::string> asked_;
  std::optional<Error> error_;
};

}  // namespace sotto::published
