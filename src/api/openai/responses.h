// /v1/responses: answers that a conversation can go on from by their name.
#pragma once

#include "api/openai/response_store.h"
#include "api/openai/shapes.h"

namespace sotto::api::openai {

// The handlers, and what they keep. Thread-safe.
class Responses {
 public:
  explicit Responses(Service& service, ResponseLimits limits = {}) : service_(service), store_(limits) {}

  Outcome create(Call& call);
  Outcome show(Call& call);
  Outcome remove(Call& call);
  Outcome input_items(Call& call);

  const ResponseStore& store() const { return store_; }

 private:
  struct Wanted;

  Wanted read(Call& call) const;
  Outcome go_on(Wanted& wanted);
  void keep(Wanted& wanted, const Answer& answer, Json& response);
  std::shared_ptr<const StoredResponse> find(Call& call);

  Service& service_;
  ResponseStore store_;
};

}  // namespace sotto::api::openai
