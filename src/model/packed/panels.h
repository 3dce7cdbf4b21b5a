// Where a model's packed matrices are: packed into memory, or kept in a file that later starts map.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/aligned_buffer.h"
#include "base/mapped_file.h"
#include "base/thread_pool.h"
#include "gguf/file.h"
#include "ops/matrix.h"
#include "sotto/result.h"

namespace sotto::model::packed {

// Up to here a copy in huge pages is faster to compute with than the file's own pages; docs/packed-cache.md has the
// figures.
inline constexpr std::uint64_t kCopiedBytes = 512u << 20;

struct Options {
  std::string folder;                         // where packed weights are kept; empty: nowhere
  std::uint64_t copied_bytes = kCopiedBytes;  // files up to here are copied into memory, larger ones mapped
  // All are called on the loading thread and may be empty.
  std::function<void(int percent)> progress;             // while weights are packed
  std::function<void(const std::string& problem)> warn;  // why they could not be kept: this start is as good, the next
                                                         // one packs again
  std::function<Result<void>()> may_pack;                // before anything is packed
  std::function<Result<void>()> may_go_on;  // after some MiB of packing, comparing or copying, and while another
                                            // process packs
  // The first error of the last two, which they have to keep to, is that of provide().
};

// Owns the memory that packed matrices point into.
struct Panels {
  base::AlignedBuffer memory;  // small: in huge pages, packed or copied from the file
  base::MappedFile file;       // large: the pages are shared with other processes

  bool empty() const { return memory.size() == 0 && file.bytes().empty(); }
};

// Packs the matrices of `file`, or attaches them to what an earlier start packed. Does not fail where the disk does:
// then they are packed in memory, and `warn` says why. They must stand where they are. Errors: those of may_pack and
// may_go_on. Throws std::bad_alloc.
Result<Panels> provide(const gguf::File& file, std::span<ops::Matrix* const> matrices, const Options& options,
                       base::ThreadPool& pool);

}  // namespace sotto::model::packed
