// What this machine can carry: memory, disk, how fast memory is read, and what that means for a
// model before it is downloaded. Figures are estimates and are called so. Knows nothing of the
// engine's inside.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "catalog/catalog.h"
#include "sotto/result.h"

namespace sotto::catalog {

struct Machine {
  int threads = 0;                           // hardware threads this process may use
  std::uint64_t memory_bytes = 0;            // of the machine, or of the control group if that is less
  std::uint64_t memory_available_bytes = 0;  // without swapping
  double read_bytes_per_s = 0;               // memory bandwidth of all threads together, at the best of moments
};

// Takes about a tenth of a second: reads a buffer larger than the last-level cache, several times. Not cached.
Machine measure_machine();

// What the system calls the processor, for instance "AMD EPYC 7763".
std::string processor_name();

// Decoding reads its weights once a token (of experts those that are asked, of tables of embeddings a row), so
// bandwidth bounds it; a fixed share of it is what one can expect.
double estimate_tokens_per_s(const Machine& machine, std::uint64_t token_bytes);

// Weights, the cache of a context of so many tokens, and working space: an estimate.
std::uint64_t memory_needed(const Entry& entry, int ctx_tokens);

struct Fit {
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t disk_needed_bytes = 0;    // what is still to come, with room to join and unpack parts
  std::uint64_t memory_needed_bytes = 0;  // weights and the cache of a 4,096-token context: an estimate
  double tokens_per_s = 0;                // an estimate
  bool disk_ok = false;
  bool memory_ok = false;  // against the memory available now
};

// Whether `entry` can be downloaded into `models_folder` (or its nearest existing parent) and run.
// Errors: kIo.
Result<Fit> check_fit(const Entry& entry, const std::string& models_folder, const Machine& machine);

// Which of these to begin with: the largest, by what a token reads, that answers people, fits, and writes as fast as
// one reads. nullptr: none. `fits` has one for each entry, in the same order.
const Entry* to_start_with(std::span<const Entry> entries, std::span<const Fit> fits);

// One or two sentences for people: sizes, what is missing, "about 40 tokens/s here (an estimate)".
std::string describe_fit(const Entry& entry, const Fit& fit);

}  // namespace sotto::catalog
