// Runs one request and shows its answer as it comes; afterwards says what the reader has to know of it.
// The one way from the terminal program to Session::run.
#pragma once

#include <string>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "sotto/engine.h"

namespace sotto::cli {

struct Answer {
  std::string thought;  // what stood before the text
  std::string text;
  FinishReason finish = FinishReason::kStop;
  Usage usage;
  std::uint64_t seed = 0;
  double total_ms = 0;  // of the request, without loading
};

// Streams to `out` (nullptr: shows nothing but a status line while the prompt is read and while the model thinks), no
// faster than `tokens_per_s` (0: as fast as it goes). A thought is not shown, but that and for how long the model
// thinks. Ctrl-C and a reader that has gone cancel the request. Errors: those of Session::run.
Result<Answer> stream_answer(Session& session, Request request, InterruptGuard& interrupt, Output* out,
                             double tokens_per_s = 0);

// Where a person reads a notice: by that a setting is changed.
enum class Place { kCommand, kChat };

// How there is room for more: "--ctx N enlarges the context up to 8192 tokens, for which the model was trained".
std::string how_to_enlarge(const ModelInfo& info, Place place);

// Why the answer is not whole, and what to do; empty when it is.
std::string cut_notice(const Answer& answer, const ModelInfo& info, Place place);

// The figures that --verbose prints, as a table.
std::string describe_timings(const Answer& answer);

// One JSON object in one line: text, finish reason, usage, timings. Bytes that are no UTF-8 become U+FFFD.
std::string answer_json(const Answer& answer, std::string_view model_name);

// What answer_json and saved chats call it: "stop", "length", "context_full", "cancelled".
const char* finish_name(FinishReason finish);

}  // namespace sotto::cli
