// One answer as /v1/responses has it: an object, or the events that lead to it. Knows nothing of what is stored.
#pragma once

#include <string>
#include <string_view>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::openai {

// Of one thread. Order: piece() as often as needed, then finish() or fail().
class ResponseWriter {
 public:
  // head: the response as far as it is known before there is an answer, with "id" and "model".
  ResponseWriter(Call& call, Json head, bool stream);

  void piece(const Event& event);

  // What the answer became. In a stream it ends the open item; what send() gives the client is this response.
  Json complete(const Answer& answer);
  void send(const Json& response);

  // In the middle of a stream: the response has failed. False: nothing was written yet, and the status can tell it.
  bool fail(const Failure& failure);

 private:
  enum class Item { kNone, kThought, kText };

  void start();
  void open(Item item);
  void close(const char* status);
  void event(const char* type, Json fields);
  Json within_item(Json fields) const;
  Json item_json(Item item, const char* status) const;
  Json part_json(Item item) const;

  Call& call_;
  Json response_;
  const bool stream_;
  const std::string thought_id_, text_id_;
  std::string thought_, text_;  // so far
  Json logprobs_ = Json::array();
  Item item_ = Item::kNone;  // that is being written
  int n_items_ = 0;          // that were begun
  std::int64_t n_events_ = 0;
};

}  // namespace sotto::api::openai
