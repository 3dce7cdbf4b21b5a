// The answers to one request, whole or in parts, in the form that chats and completions share.
#pragma once

#include <string>
#include <string_view>

#include "api/openai/shapes.h"

namespace sotto::api::openai {

enum class Kind { kChat, kCompletion };

// Of one thread. Order: for each answer piece() as often as needed, then end(); at last finish().
class Choices {
 public:
  Choices(Call& call, Kind kind, std::string model, Delivery delivery);

  // Text that stands before the answer: the prompt that is to be echoed.
  void begin(std::int64_t index, std::string_view echo);
  void piece(std::int64_t index, const Event& event);
  void end(std::int64_t index, const Answer& answer);
  void finish();

 private:
  Json head(const char* object) const;
  Json delta(std::string_view text, std::string_view thought) const;
  Json call_delta(const Event& event);
  Json logprobs(std::span<const ChosenToken> tokens);  // null: they were not asked for; moves offset_ on
  void write(std::int64_t index, Json part, const Json& finish_reason, const Json& logprobs = nullptr);
  void write_start(std::int64_t index);

  Call& call_;
  Kind kind_;
  Delivery delivery_;
  Json common_;  // id, created, model
  Json choices_ = Json::array();
  std::string echo_;
  std::int64_t started_ = -1;  // the last answer whose first part was written
  int call_index_ = -1;        // of its last call
  std::int64_t offset_ = 0;    // in that answer's text, in characters, where the next token begins
  Answer total_;
};

}  // namespace sotto::api::openai
