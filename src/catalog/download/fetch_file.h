// Downloads one file into a partial file, resumed where an earlier try ended, and verifies it.
// Knows nothing of models, packages or where the file belongs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "sotto/result.h"

namespace sotto::catalog {

struct FetchRequest {
  std::string url;
  std::string path;               // the partial file; "<path>.json" keeps what the server said of it
  std::string magic;              // the file's first bytes; other ones end the download at once
  std::string sha256;             // empty: what the server's headers say, if anything
  std::uint64_t exact_bytes = 0;  // 0: not known
  std::uint64_t max_bytes = 0;    // never more than this
  const std::atomic<bool>* cancel = nullptr;
  int stall_seconds = 30;
  int attempts = 5;
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;  // total 0: not known
  std::function<void(std::uint64_t done, std::uint64_t total)> on_verify;
  std::function<void(const std::string& why)> on_retry;
};

struct FetchedFile {
  std::uint64_t bytes = 0;
  std::string sha256;  // computed
};

// At the end request.path holds the whole, verified file. After an error or a kill it keeps what
// came; another call goes on from there, if the server still has the same file and can send parts,
// and starts again if not. Errors: kCancelled, kIo, kNotFound, kBadFile.
Result<FetchedFile> fetch_file(const FetchRequest& request);

void delete_fetched(const std::string& path);  // with its "<path>.json"

}  // namespace sotto::catalog
