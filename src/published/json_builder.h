// Makes a value out of what the JSON parser meets, in time linear in the text (the library's own parser with a callback
// looks through all of an object's fields whenever one that is an object ends). Notes the first name that stands twice
// in one object.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "published/json.h"

namespace sotto::published {

// What nlohmann's sax_parse calls; each function says whether to go on.
class JsonBuilder {
 public:
  bool null() { return put(Json()); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(Json::number_integer_t value) { return put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return put(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // not in texts

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    const auto [place, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(std::move(name));
    field_ = &place->second;
    if (is_new) return true;
    twin_ = place->first;
    has_twin_ = true;
    return false;
  }

  bool parse_error(std::size_t byte, const std::string&, const Json::exception&) {
    wrong_byte_ = byte;
    return false;
  }

  Json take() { return std::move(whole_); }
  const std::string* twin() const { return has_twin_ ? &twin_ : nullptr; }
  std::size_t wrong_byte() const { return wrong_byte_; }  // where parsing ended, when it failed without a twin

 private:
  // The place of the next value: the whole, the last of a list, or the field whose name came.
  Json& place() {
    if (open_.empty()) return whole_;
    if (open_.back()->is_object()) return *field_;
    return open_.back()->get_ref<Json::array_t&>().emplace_back();
  }

  bool put(Json value) {
    place() = std::move(value);
    return true;
  }

  bool open(Json empty) {
    Json& opened = place();
    opened = std::move(empty);
    open_.push_back(&opened);  // stays where it is while it is open: nothing is added to what it is in
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  Json whole_;
  std::vector<Json*> open_;
  Json* field_ = nullptr;
  std::string twin_;
  bool has_twin_ = false;
  std::size_t wrong_byte_ = 0;
};

}  // namespace sotto::published
