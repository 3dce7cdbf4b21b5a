// Reads the fields of a request's body: wrong types are named with where they stand, and what nobody asked for is
// remembered, so that nothing is swallowed. Knows nothing of what fields mean.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json.h"

namespace sotto::api {

// What was found while one body was read. The first problem counts.
struct Findings {
  std::string problem;  // empty: all is well
  std::string field;    // where: "options.temperature"
  std::vector<std::string> ignored;

  Result<void> check() const;  // kBadRequest: `problem`
};

// The fields of one object. A field that is missing or null gives nothing, one of another type is a problem. `object`
// and `findings` must outlive it.
class Fields {
 public:
  // where: "" for the body itself, otherwise the path of the object: "options".
  Fields(const Json& object, std::string where, Findings& findings);

  const Json* any(const char* name);     // of any type
  const Json* object(const char* name);  // nullptr: none
  const Json* list(const char* name);
  std::optional<std::string> text(const char* name);
  std::optional<bool> flag(const char* name);
  std::optional<double> number(const char* name, double low, double high);
  std::optional<std::int64_t> whole(const char* name, std::int64_t low, std::int64_t high);
  // A string, or a list of at most `most` of them.
  std::vector<std::string> texts(const char* name, std::size_t most);
  // Calls `read` with the fields of each object in `list`, which is the field `name`, and finishes them. What is no
  // object is a problem.
  void each_object(const char* name, const Json& list, const std::function<void(Fields&)>& read);
  // As text(); a missing or empty one is a problem.
  std::string required_text(const char* name);

  // A field that is there is a problem, with this reason, unless it asks for nothing: null, false, "", [] or {}.
  void refuse(const char* name, std::string_view reason);
  // Fields that change nothing here, and are no matter to report.
  void allow(std::initializer_list<const char*> names);
  void complain(const std::string& name, std::string_view what);

  // Notes what nobody asked for among the ignored. To be called last.
  void finish();

  std::string path(std::string_view name) const;
  Findings& findings() { return findings_; }

 private:
  void wanted(const char* name, std::string_view what, const Json& found);

  const Json& object_;
  std::string where_;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

// Whether a value asks for nothing: null, false, "", [] or {}.
bool is_nothing(const Json& value);

}  // namespace sotto::api
