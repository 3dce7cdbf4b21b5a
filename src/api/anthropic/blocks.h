// An answer as Anthropic's API has it: blocks of thought, of text and of calls, whole or in named events.
#pragma once

#include <string>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::anthropic {

// Of one thread: piece() as often as needed, then finish().
class Blocks {
 public:
  // answer: what the job fills; must outlive this.
  Blocks(Call& call, std::string model, bool stream, const Answer& answer);

  void piece(const Event& event);
  void finish();

 private:
  enum class Block { kNone, kThought, kText, kCall };

  Json message() const;  // without content, reason and final usage
  void start();
  void enter(Block block);
  void open(Block block, const Json& content);
  void write_delta(const Json& delta);
  void add_calls(Json& content) const;
  void leave();

  Call& call_;
  std::string model_, id_;
  bool stream_, started_ = false;
  const Answer& answer_;
  Block block_ = Block::kNone;
  int index_ = -1;  // of the block that is open, or was
};

}  // namespace sotto::api::anthropic
