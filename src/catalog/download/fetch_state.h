// What is written down beside a partial download, so that a later process can tell whether it may
// go on.
#pragma once

#include <cstdint>
#include <string>

#include "catalog/download/http.h"
#include "sotto/result.h"

namespace sotto::catalog {

struct FetchState {
  std::string url;                // shown_url() of the request
  std::string validator;          // for If-Range: a strong ETag or Last-Modified
  std::string linked_sha256;      // what the server says of the whole file
  std::uint64_t total_bytes = 0;  // 0: not known
};

std::string state_path(const std::string& partial_path);

// Strong ETags only: a weak one does not promise the same bytes (RFC 9110, 13.1.5).
std::string validator_of(const HttpHead& head);

// An empty state when there is none or it is damaged.
FetchState read_state(const std::string& partial_path);
Result<void> write_state(const std::string& partial_path, const FetchState& state);

}  // namespace sotto::catalog
