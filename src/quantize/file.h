// A GGUF file as another one whose matrices have other types. Knows nothing of running models.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gguf/file.h"
#include "gguf/writer.h"
#include "quantize/importance.h"
#include "quantize/mix.h"
#include "sotto/result.h"

namespace sotto::quantize {

// What a file without general.license gets.
struct License {
  std::string name;  // empty: it stays without
  std::string from;  // who says so, for the note
};

struct QuantizeOptions {
  const FileType* type = nullptr;                                   // must be set unless `chosen` is
  const std::map<std::string, gguf::TensorType>* chosen = nullptr;  // of every tensor that changes, in place of `type`
  const Importance* importance = nullptr;     // weights of the search; nullptr: all values count alike
  int threads = 0;                            // 0: one for each performance core
  bool replace = false;                       // write over a file that stands there
  License license_if_missing;                 // of a file that says none
  const std::atomic<bool>* cancel = nullptr;  // looked at between parts of some MiB
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)>
      on_progress;                                  // of what is read; may be empty
  std::function<void(const std::string&)> on_note;  // what a person should know before, a sentence each; may be empty
};

struct QuantizedFile {
  std::uint64_t n_tensors = 0, n_values = 0;
  std::uint64_t weight_bytes_before = 0, weight_bytes = 0;      // of tensors
  std::map<gguf::TensorType, std::uint64_t> n_tensors_by_type;  // of the new file
};

// Whether `out` may become a file made of `file`. Errors: kBadRequest (it is that file or another part of a model that
// is split, or exists and may not be replaced).
Result<void> check_out(const gguf::File& file, const std::string& out, bool replace);

// Sets general.license where `file` says none, and tells `on_note`, which may be empty.
void add_missing_license(const gguf::File& file, const License& license, gguf::Writer& writer,
                         const std::function<void(const std::string&)>& on_note);

// Writes `out` from the GGUF file `in`, or the first part of one that is split; `out` appears only when it is whole,
// and nothing is left when it fails. Metadata is copied byte for byte, apart from general.file_type,
// general.quantization_version, a licence that is missing, and what says how the file was split. A tensor that has its
// new type already is copied. Holds some MiB of one tensor at a time. Not for one `out` from two threads. Errors:
// kBadRequest (`out` is `in`, or exists and may not be replaced; a value that the type cannot hold), kBadFile (also a
// weight that is no finite number), kNotFound, kIo, kUnsupported, kCancelled.
Result<QuantizedFile> quantize_file(const std::string& in, const std::string& out, const QuantizeOptions& options);

}  // namespace sotto::quantize
