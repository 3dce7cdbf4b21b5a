// The one way from a request of any API to the engine's events: which model, its assistant's instructions, options, a
// session, the answer, how long it took. Knows nothing of JSON shapes or HTTP.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/answer_watch.h"
#include "api/failure.h"
#include "api/metrics.h"
#include "api/models.h"
#include "catalog/paths.h"

namespace sotto::api {

// What is asked of a model that writes text.
struct Ask {
  std::string model;
  std::vector<Message> messages;      // what was said
  std::optional<std::string> prompt;  // comes after that: the user's next message, or a text to be continued
  bool raw = false;                   // the prompt is continued as it stands, whatever the model can
  std::optional<Gap> gap;             // behind the prompt; files that leave no room for an answer are left out
  AnswerLimits limits;
  bool ignore_eos = false;  // the answer goes on until a limit
  std::string system;       // in place of the assistant's
  Options options;
  std::optional<KeepAlive> keep_alive;
  bool truncate = false;             // leave out the oldest messages that do not fit, and say so
  std::string json_schema, grammar;  // the answer's form, as in Request; empty: any
  std::vector<Tool> tools;           // of messages
  ToolChoice tool_choice;
  int n_top_logprobs = -1;  // as in Request
};

struct Answer {
  std::string text, thought;
  std::vector<ToolCall> calls;      // where a limit ended the answer, the last one may be incomplete
  std::vector<ChosenToken> tokens;  // of the text, where log-probabilities were asked for
  FinishReason finish = FinishReason::kStop;
  Usage usage;
  double total_ms = 0, load_ms = 0;  // load: what this request waited for the model
  std::size_t dropped_messages = 0;  // by `truncate`
  std::size_t dropped_files = 0;     // of a gap
  int read_tokens = 0;               // of the prompt, now: fewer than all that were not cached where its time ran out
  std::string stop;                  // the stop string that ended it; empty: none did
};

// "stop", "length" or "tool_calls".
const char* finish_word(FinishReason finish);

// A request on its way: the model is loaded and stays so. Of one thread.
class Job {
 public:
  Job(Recipe recipe, Models::Use use, Request request);

  const std::string& model() const { return recipe_.name; }
  const ModelInfo& info() const { return use_.engine().info(); }
  Engine& engine() const { return use_.engine(); }
  const Request& request() const { return request_; }
  int ctx_tokens() const { return ctx_tokens_ > 0 ? ctx_tokens_ : info().ctx_tokens; }

  // Runs it; each piece of text, thought or call goes to `listen`, and `answer` is filled, its count of the prompt's
  // tokens before the first piece. May be called again for another answer, with a seed of its own; nothing: the one
  // that was asked for, or a fresh one. Failures: a prompt that does not fit, a busy server, what the engine refuses;
  // 499 when the client has gone.
  using Listener = std::function<void(const Event&)>;
  Outcome run(std::optional<std::uint64_t> seed, const Listener& listen, Answer& answer);

 private:
  friend class Service;
  Outcome run_once(const Listener& listen, Answer& answer);
  bool drop_oldest_message();
  std::string text() const;

  Recipe recipe_;
  Models::Use use_;
  Request request_;
  int ctx_tokens_ = 0;
  bool truncate_ = false;
  std::size_t dropped_files_ = 0;
  AnswerLimits limits_;
  Metrics* metrics_ = nullptr;  // the service's
  std::chrono::steady_clock::time_point started_;
};

struct EmbedAsk {
  std::string model;
  std::vector<std::string> texts;
  bool truncate = false;  // cut what does not fit, and say so
  std::optional<KeepAlive> keep_alive;
};

struct Embedded {
  std::string model;
  std::vector<std::vector<float>> vectors;
  std::vector<std::size_t> truncated;  // indices of the texts
  std::size_t n_tokens = 0;
  double total_ms = 0, load_ms = 0;
};

struct ServiceOptions {
  catalog::Paths paths;
  ModelLimits limits;
  KeepAlive keep_alive = kDefaultKeepAlive;
  std::string packed_dir;                      // empty: weights are packed in memory
  int ctx_tokens = 0;                          // of sessions where nothing else is asked for; 0: the engine's choice
  int threads = 0;                             // 0: the engine's choice
  std::function<void(std::string_view)> note;  // a line for the log; called from any thread; may be empty
};

// Thread-safe.
class Service {
 public:
  // open: for tests; otherwise Engine::open.
  explicit Service(ServiceOptions options, Models::Opener open = Engine::open);

  // Loads what is asked for. Failures: 404 (no such model), 400 (one that writes no text, does not think, or fills no
  // gaps), 503.
  Outcome prepare(const Ask& ask, const std::atomic<bool>* gone, std::unique_ptr<Job>& job);
  Outcome embed(const EmbedAsk& ask, const std::atomic<bool>* gone, Embedded& embedded);

  // Loads a model, or sets how long it stays; 0 unloads it. `load_ms`: what that took.
  Outcome preload(const std::string& model, std::optional<KeepAlive> keep_alive, const std::atomic<bool>* gone,
                  double& load_ms);

  // A model that has to be loaded for its vocabulary or its kind. Failures: as prepare().
  Outcome use(const std::string& model, std::optional<KeepAlive> keep_alive, const std::atomic<bool>* gone,
              std::unique_ptr<Models::Use>& use);

  catalog::Store store() const { return catalog::Store(options_.paths.models); }
  const ServiceOptions& options() const { return options_; }
  Models& models() { return models_; }
  const Metrics& metrics() const { return metrics_; }
  void note(std::string_view line) const {
    if (options_.note) options_.note(line);
  }

 private:
  Result<Recipe> recipe(const std::string& model) const;

  ServiceOptions options_;
  Metrics metrics_;
  Models models_;
};

// A seed for an answer that asked for none.
std::uint64_t fresh_seed();

// The fault of a gone client, which has nobody to read it.
Failure gone_failure();

}  // namespace sotto::api
