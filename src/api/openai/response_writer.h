// One answer as /v1/responses has it: an object, or the events that lead to it. Knows nothing of what is stored.
#pragma once

#include <string>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::openai {

// Of one thread. Order: piece() as often as needed, then complete() and send(), or fail().
class ResponseWriter {
 public:
  // head: the response as far as it is known before there is an answer, with "id" and "model".
  ResponseWriter(Call& call, Json head, bool stream);

  void piece(const Event& event);

  // Ends the open item and gives the whole response: its items are the pieces, in the order in which they came.
  Json complete(const Answer& answer);
  // Sends it; as the last event of a stream.
  void send(const Json& response);

  // In the middle of a stream: the response has failed. False: nothing was written yet, and the status can tell it.
  bool fail(const Failure& failure);

 private:
  enum class Kind { kThought, kText, kCall, kNone };
  // The one that is being written.
  struct Item {
    Kind kind = Kind::kNone;
    std::string id;
    ToolCall call{};     // of kCall, its id as clients see it
    std::string text{};  // so far; of kCall its arguments
    Json logprobs = Json::array();
  };
  struct Words;  // what an item of a kind is called by

  static const Words& words_of(Kind kind);
  void start();
  void open(Kind kind, const ToolCall& call = {});
  void extend(Kind kind, const Event& event);
  void close(const char* status);
  void event(const char* type, Json fields);
  Json within_item(Json fields) const;
  Json item_json(const char* status, Json content) const;
  Json part_json() const;

  Call& call_;
  Json response_;
  const bool stream_;
  Item item_;
  Json output_ = Json::array();  // the items that are closed
  bool answered_ = false;        // an item was opened that is no thought
  std::int64_t n_events_ = 0;    // written so far
};

}  // namespace sotto::api::openai
