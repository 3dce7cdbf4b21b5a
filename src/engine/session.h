// Makes sessions: the public Session over a Sequence and a Language.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/batcher.h"
#include "engine/generation.h"
#include "engine/grammars.h"
#include "engine/language.h"
#include "model/model.h"
#include "sotto/engine.h"

namespace sotto::engine {

// What the sessions of one engine share. Serves any thread; passes over `model` go through the `batcher`.
struct Shared {
  const Language& language;
  model::Model& model;
  Batcher& batcher;
  int ctx_tokens;
  double load_ms = 0;
  std::string model_name{};                      // for people
  std::function<std::uint64_t()> fingerprint{};  // of the model's file; called by any thread, asked only when needed
  Grammars* grammars = nullptr;                  // null: the session keeps its own
  Prefixes* prefixes = nullptr;                  // null: the session takes nothing from others
};

// What only tests set.
struct SessionTuning {
  int chunk_tokens = kChunkTokens;
  std::optional<int> draft_tokens;  // the length of every draft; none: the gate's choice
};

// `shared` refers to what must outlive the session. Throws std::bad_alloc.
std::unique_ptr<Session> make_session(const Shared& shared, const SessionTuning& tuning = {});

}  // namespace sotto::engine
