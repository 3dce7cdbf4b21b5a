// The shapes that OpenAI's answers have in common.
#pragma once

#include <string>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::openai {

Shape shape();  // {"error": {"message", "type", "param", "code"}}

// How an answer is wanted.
struct Delivery {
  bool stream = false;
  bool include_usage = false;  // as the last part of a stream
  std::int64_t n = 1;          // answers
  bool logprobs = false;       // of the answers' tokens
};

inline constexpr std::int64_t kMostAnswers = 8;

// What chats and completions have in common: model, sampling, stop, n, stream; keep_alive, num_ctx, top_k, min_p and
// repeat_penalty as extensions. What cannot be done is a problem, what changes nothing is reported.
Delivery read_ask(Call& call, Ask& ask);

// Of those, what every request for text has: model, sampling, keep_alive and the other extensions.
void read_settings(Fields& fields, Ask& ask);

// How much it is to think. False: nothing is said of that.
bool read_effort(Fields& fields, const char* name, Ask& ask);

Json usage_json(const Answer& total);

// As Service::prepare(); an effort of reasoning that the model has not is reported as `effort`, and not refused.
Outcome prepare(Service& service, Call& call, Ask& ask, std::unique_ptr<Job>& job,
                const char* effort = "reasoning_effort");

}  // namespace sotto::api::openai
