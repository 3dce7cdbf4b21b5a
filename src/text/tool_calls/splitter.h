// Tells a stream of an answer's text from the calls of tools in it. What turns out to be no call is text, complete and
// in order; how the stream is cut changes nothing. Knows nothing of tokens and of thoughts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/tool_calls/format.h"

namespace sotto::text::tool_calls {

struct Part {
  enum class Kind {
    kText,
    kName,       // a call begins: the tool's name
    kArguments,  // the next piece of the call's arguments: JSON
    kEnd,        // the call is complete
  };
  Kind kind;
  std::string text;
};

// Not thread-safe. Blanks beside calls belong to neither, up to 256 of them.
class Splitter {
 public:
  virtual ~Splitter() = default;
  virtual std::vector<Part> push(std::string_view text) = 0;
  virtual std::vector<Part> finish() = 0;  // the text has ended: what was held back
};

// Reads calls as a model writes them by itself. A call is told when it is complete, since only then it is sure to be
// one; text that may become a call is held back until then, at most 512 KiB of it. `tools` must outlive the result.
std::unique_ptr<Splitter> make_free_splitter(const Format& format, Tools tools);

// For text that a grammar holds to `framing`, after free text up to framing.open: a call is told from its name on, and
// its arguments piece by piece. When the text is cut within a call, kEnd does not come.
std::unique_ptr<Splitter> make_guided_splitter(const Framing& framing);

}  // namespace sotto::text::tool_calls
