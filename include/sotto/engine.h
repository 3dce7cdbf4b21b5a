// The public API: an Engine holds a model, a Session holds one conversation's state, a Request asks
// for text, Events report what happens. Of an encoder, the Engine turns texts into vectors. The terminal, the server
// and a program that links the library all use these. Knows nothing of files' formats, kernels or the network.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sotto/gap.h"
#include "sotto/kv_type.h"
#include "sotto/result.h"
#include "sotto/token_logprobs.h"
#include "sotto/tools.h"

namespace sotto {

using Token = std::int32_t;

inline constexpr int kMostThreads = 1024;
inline constexpr int kDefaultCtxTokens = 4096;

// A change of a model's weights that was trained by itself (LoRA: Hu et al., 2106.09685). docs/adapters.md
struct AdapterOption {
  std::string path;  // a GGUF file, or a folder with adapter_config.json and adapter_model.safetensors
  float scale = 1;   // how strongly; finite

  bool operator==(const AdapterOption&) const = default;
};

struct EngineOptions {
  std::string model_path;          // a GGUF file; it is mapped and never changed
  int ctx_tokens = 0;              // tokens a session can hold; 0: kDefaultCtxTokens, or the trained number if less
  int threads = 0;                 // at most kMostThreads; 0: one for each performance core
  bool vocabulary_only = false;    // opens files that hold only a vocabulary; then tokenize() works and no session
  bool exact_activations = false;  // float32 arithmetic throughout, slow: an oracle for tests; keys and values are f32
  KvType kv = KvType::kInt8;       // how a session keeps keys and values
  // Where the packed form of the weights is kept, so that later starts map it; made where it is missing, and used only
  // where no one else can write. Empty: nowhere, each start packs in memory. docs/packed-cache.md
  std::string packed_dir;
  std::vector<AdapterOption> adapters;          // all of them are added; of a model that writes text
  std::string chat_template;                    // Jinja, in place of the model's own; empty: that
  std::function<void(int percent)> on_packing;  // while weights are packed, on the thread of open(); may be empty
  // May be set by any thread while open() runs, which then fails with kCancelled: packing ends before the next slice or
  // matrix and leaves nothing on the disk, other reading of weights after some MiB, and the rest when it is done.
  const std::atomic<bool>* cancel = nullptr;
};

struct ModelInfo {
  std::string name;          // general.name, or the file's name
  std::string architecture;  // general.architecture, for instance "llama"
  std::string quantization;  // the mixture the file names, for instance "Q4_K_M", or the type most
                             // weights have
  std::uint64_t n_params = 0;
  std::uint64_t file_bytes = 0;
  int n_layers = 0;
  int train_ctx_tokens = 0;
  int ctx_tokens = 0;          // what sessions of this engine hold
  int n_vocab = 0;             // the width of logits; at least the number of tokens
  int embedding_dim = 0;       // of an encoder: the length of embed()'s vectors; 0: a model that writes text
  std::uint64_t kv_bytes = 0;  // a session's key and value cache
  bool has_chat_template = false;
  bool thinks = false;         // its chat template speaks of thoughts before the answer
  bool fills_gaps = false;     // has the tokens that a Request::gap needs
  bool calls_tools = false;    // its chat template has a form for tools; without one a general form is used
  std::string packed_problem;  // why the packed weights could not be kept on disk; empty: they were, or need not be
};

enum class Role { kSystem, kUser, kAssistant, kTool };

struct Message {
  Role role;
  std::string content;  // UTF-8; never read as control tokens
  // Of kAssistant: the calls that it made, after `content`.
  std::vector<ToolCall> calls{};
  // Of kTool, whose `content` is a call's result: which call it answers. Where call_id is empty, the oldest call before
  // it that has no result yet, of this tool if there is a name.
  std::string call_id{}, tool_name{};
};

// Which token comes next. Applied in the order of the fields, as llama.cpp and Ollama do; each has
// an off value. A value outside its range is kBadRequest. docs/sampling.md says more.
struct SamplingOptions {
  std::vector<std::pair<Token, float>> logit_bias;  // added to a token's logit; -inf forbids it
  float repeat_penalty = 1.0f;                      // 1: off; recent tokens' logits / it if positive, * it if negative
  float presence_penalty = 0.0f;                    // 0: off; subtracted once from the logit of a recent token
  float frequency_penalty = 0.0f;                   // 0: off; subtracted for each time it occurred
  int penalty_last_n = 64;                          // how many of the answer's tokens count as recent; -1: all
  int top_k = 40;                                   // 0: off
  float typical_p = 1.0f;                           // 1: off (Meister et al., 2202.00666)
  float top_p = 0.95f;                              // 1: off
  float min_p = 0.05f;                              // 0: off
  float temperature = 0.8f;                         // 0: the most likely token; top_k to min_p then do nothing
  std::uint64_t seed = 0;                           // the same seed, model and prompt give the same tokens
};

// Whether a model that can think before it answers does so, and for how long. Nothing to a model that cannot.
struct Thinking {
  enum class Mode { kTemplate, kOn, kOff } mode = Mode::kTemplate;  // kTemplate: as the chat template has it
  int max_tokens = -1;                                              // then it has to answer; -1: no limit
};

struct Request {
  std::vector<Message> messages;  // rendered with the model's chat template, unless `prompt` is set
  std::string prompt;             // continued without a template; never read as control tokens
  bool raw = false;               // use `prompt` even when it is empty
  std::optional<Gap> gap;         // the answer fills it; like the prompt, its texts are never read as control tokens
  SamplingOptions sampling;
  Thinking thinking;              // of messages; a plain prompt is continued as it is
  int max_tokens = -1;            // -1: until the model ends or the context is full; 0: only reads the prompt
  std::vector<std::string> stop;  // the answer ends before the first of these; thoughts and calls do not
  bool ignore_eos = false;        // tokens that end an answer are never chosen
  // What the answer must follow, from after a thought to its end: a JSON Schema, or a grammar in GBNF; not both. An
  // answer that ends with FinishReason::kStop does, unless `stop` cut it. docs/structured-output.md
  std::string json_schema, grammar;
  // Asked between the chunks of the prompt and before each token of the answer, on the thread that runs the request:
  // true ends it there, as reaching a limit does. May be empty.
  std::function<bool()> enough;
  std::vector<Tool> tools{};  // of messages; not together with a schema or a grammar for the answer
  ToolChoice tool_choice{};
  int n_top_logprobs = -1;  // 0 to kMostTopLogprobs: Event::tokens, with so many alternatives each; -1: none
  bool speculate = true;    // guess ahead where the text repeats: the same answer, sooner (docs/speculation.md)
  // May be set by any thread. Obeyed within one token of the answer; while the prompt is read, after the chunk in work:
  // 64 tokens at first, then up to 512, half a second's worth where 16 take no longer.
  const std::atomic<bool>* cancel = nullptr;
};

// kToolCalls: as kStop, and at least one tool was called.
enum class FinishReason { kStop, kLength, kContextFull, kCancelled, kToolCalls };

struct Usage {
  int prompt_tokens = 0;      // all tokens of the prompt
  int cached_tokens = 0;      // of those, the ones whose state was there already
  int completion_tokens = 0;  // of thought and answer, without the token that ends it
  int thought_tokens = 0;     // of those, the ones of the thought and its marks
  int drafted_tokens = 0;     // guesses that went through the model,
  int accepted_tokens = 0;    // and those that turned out right
  double load_ms = 0;         // Engine::open
  double prefill_ms = 0;      // from the request to the prompt's last logits
  double decode_ms = 0;       // from there to the end
};

struct Event {
  enum class Kind {
    kPrefill,        // `done_tokens` of `total_tokens` of the prompt are read
    kThought,        // `text` is the next piece of the thought before the answer: whole UTF-8 code points
    kText,           // likewise of the answer; what looks like a call and is none is text, too
    kCall,           // a call begins: `call` has its id and name
    kCallArguments,  // `text` is the next piece of its arguments; the first may be all of them
    kCallEnd,        // `call` is complete. Does not come when a limit cut the call: then kDone is next, and says which
    kDone,           // `finish`, `usage` and `stop` are set; the last event
  };
  Kind kind;
  std::string text;
  int done_tokens = 0;
  int total_tokens = 0;
  FinishReason finish = FinishReason::kStop;
  Usage usage;
  std::string stop{};  // of Request::stop, the one that ended the answer; empty: none did
  ToolCall call{};
  // Of kThought and kText where Request::n_top_logprobs asks for them: the tokens chosen since the last such event.
  // Text that was held back, for it might have begun a stop string, comes with those that followed it.
  std::vector<ChosenToken> tokens{};
};

// Called on the thread that runs the request, in order. What it throws ends the request as an
// Error.
using EventSink = std::function<void(const Event&)>;

// One conversation: its key and value cache. Not thread-safe; sessions of one engine may run on
// different threads, and then go through the model together. Must not outlive its Engine.
class Session {
 public:
  virtual ~Session() = default;

  // Runs `request` to its end. What the session already holds of the prompt is not computed again.
  // Errors: kContextFull when the prompt does not fit (names both numbers); kBadRequest (an option,
  // messages that the template refuses, a bias that leaves no token, a schema, grammar or tool that is none);
  // kUnsupported (no chat template, or one that needs what Sotto lacks; a gap and a model that fills none; a schema's
  // keyword that cannot be honoured); kBadFile (a broken template; logits that are no numbers); kBudget (memory; a
  // template's, schema's or grammar's limits); kIo (the system refused, or the sink threw). Cancellation is no error:
  // it ends with FinishReason::kCancelled and the text so far stays valid.
  virtual Result<Usage> run(const Request& request, const EventSink& sink) = 0;

  // The next-token logits [tokens.size(), n_vocab] f32, row-major, after each of `tokens` from an
  // empty state: the conversation is forgotten. For evaluation and tests. Errors: kContextFull,
  // kBadRequest, kBudget (memory), kIo.
  virtual Result<std::vector<float>> logits(const std::vector<Token>& tokens) = 0;

  virtual void clear() = 0;  // forgets everything

  // Keeps the state in a file, with a `note` of the caller's (at most 64 MiB), in one step: where it fails, what stood
  // at `path` is as it was. Only the file's owner can read it. Writes nothing when the file holds just this already:
  // it was restored from there or saved there, and neither state nor note has changed since.
  // Errors: kIo (also a full disk), kNotFound (the folder), kBadRequest (the note is too long), kBudget (memory).
  virtual Result<void> save(const std::string& path, std::string_view note) = 0;

  // Takes up the state that save() kept, and gives its note. What follows is bit for bit what would have followed
  // there. After an error the session is empty and can be used.
  // Errors: kNotFound; kIo; kBadFile (damaged, or no session); kUnsupported (another version of the format, another
  // instruction set or kind of cache); kBadRequest (another model's); kContextFull (longer than the context, or of a
  // context whose window layers held more or less); kBudget (memory).
  virtual Result<std::string> restore(const std::string& path) = 0;
};

// A loaded model. open() does all the loading; afterwards every member may be called from any
// thread.
class Engine {
 public:
  // Errors: kNotFound, kIo (also where the system gives too few threads), kBadFile, kUnsupported,
  // kBadRequest, kBudget (memory), kCancelled (by options.cancel).
  static Result<std::unique_ptr<Engine>> open(const EngineOptions& options);
  virtual ~Engine() = default;

  virtual const ModelInfo& info() const = 0;

  // A session that holds `ctx_tokens`; 0: info().ctx_tokens. The weights are shared, so that any size costs its cache
  // alone. Errors: kUnsupported (opened for its vocabulary only, or an encoder), kBadRequest (more tokens than the
  // model was trained for; names both numbers), kBudget (memory), kIo.
  virtual Result<std::unique_ptr<Session>> new_session(int ctx_tokens = 0) = 0;

  // Of an encoder: a vector for each text, info().embedding_dim numbers of length 1, pooled as the model says, so that
  // the scalar product of two is their texts' likeness. A text's vector does not depend on the others; many at once are
  // faster. Control strings in a text are text. Errors: kUnsupported (no encoder), kContextFull (a text is longer than
  // info().ctx_tokens: names it and both numbers), kBadRequest, kBadFile (weights that are no numbers), kBudget, kIo.
  virtual Result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts) = 0;

  // `text` as tokens; control strings in it are text. `add_bos`: begin as the model was trained to.
  // Errors: kBudget (memory), kIo.
  virtual Result<std::vector<Token>> tokenize(std::string_view text, bool add_bos) const = 0;
  // What the model would read of the request, as text: its messages in the chat template, control tokens by name, or
  // its prompt; of a gap only what stands before it.
  // Errors: those of Session::run() that messages and templates can cause.
  virtual Result<std::string> prompt_text(const Request& request) const = 0;
  // The bytes it stands for; control tokens by name; "" where there is no such token.
  virtual std::string token_text(Token token) const = 0;
};

}  // namespace sotto
