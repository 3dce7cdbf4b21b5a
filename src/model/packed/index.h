// The head of a file of packed weights: what it was made from, where each matrix stands, and checksums. A file is
// hostile input until parse() has taken it. docs/packed-cache.md draws the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/file.h"
#include "ops/matrix.h"
#include "sotto/result.h"

namespace sotto::model::packed {

using Key = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kPartAlignment = 64;  // of a matrix's packed form within the file

// One matrix.
struct Part {
  std::string name;                   // of the tensor
  std::uint32_t packing = 0;          // kernels::Packing
  std::uint64_t rows = 0, cols = 0;   // of the matrix
  std::uint64_t offset = 0;           // of its packed form in the file
  std::uint64_t bytes = 0;            // of its packed form
  std::uint64_t checksum = 0;         // XXH3 of its packed form
  std::uint64_t source_checksum = 0;  // XXH3 of the tensor's bytes in the model file
};

struct Index {
  Key key{};                // of the model and the layout
  base::FileId source;      // of the model file, when its bytes were last seen to be the ones packed
  std::string source_path;  // absolute
  std::vector<Part> parts;  // in the order of their offsets, one behind the other

  std::uint64_t file_bytes() const;
};

// The key under which `file` is kept: of its size, its metadata and tensor table, samples of its weights, and the
// version of the layout. It costs less than a millisecond and reads no more than 64 KiB of weights; so two models
// with one key are possible, and only FileId or the source checksums say that the bytes are the ones packed. Of a split
// model, the FileIds of the parts after the first are in the key, so that one that is moved is packed anew.
Key key_of(const gguf::File& file);
std::string to_hex(const Key& key);

// The index that a file must have which holds these matrices of `file`: all but the checksums.
Index index_for(const gguf::File& file, std::span<ops::Matrix* const> matrices);

// Whether both lay out the same matrices of the same model in the same way; checksums and FileId aside.
bool same_layout(const Index& a, const Index& b);

// The bytes before the first matrix, with a checksum of their own. How many depends on source_path and names alone.
std::vector<std::byte> encode(const Index& index);

// `bytes`: the whole file. Errors, all naming `path`: kUnsupported (another version), kBadFile (damaged). What is
// returned lies within the file, in order, without overlap.
Result<Index> parse(std::span<const std::byte> bytes, const std::string& path);

// The parts whose bytes do not match their checksums; empty when all do. `bytes`: the whole file, parsed to `index`.
std::vector<std::string> damaged_parts(const Index& index, std::span<const std::byte> bytes);

}  // namespace sotto::model::packed
