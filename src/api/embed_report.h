// Which texts were cut before they became vectors, told in a field of the answer's head.
#pragma once

#include <fmt/format.h>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api {

// X-Sotto-Truncated: the indices of the texts, when there are some.
inline void tell_truncated(Call& call, const Embedded& embedded) {
  if (embedded.truncated.empty()) return;
  call.header("X-Sotto-Truncated", fmt::format("{}", fmt::join(embedded.truncated, ", ")));
}

}  // namespace sotto::api
