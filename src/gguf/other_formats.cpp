#include "gguf/other_formats.h"

#include <cstdint>
#include <cstring>

namespace sotto::gguf {
namespace {

constexpr std::string_view kPickle =
    "this is a pickle, as PyTorch saves models: reading one runs code that the file brings; ask for the model as GGUF, "
    "or as safetensors, of which sotto import makes GGUF";

struct OtherFormat {
  std::string_view begin, advice;
};

constexpr OtherFormat kOtherFormats[] = {
    {"lmgg", "this is the old GGML format: fetch the model as GGUF"},
    {"tjgg", "this is the old GGJT format: fetch the model as GGUF"},
    {"PK\x03\x04",
     "this is a zip archive, as PyTorch saves models: it holds a pickle, and reading one runs code that the file "
     "brings; ask for the model as GGUF, or as safetensors, of which sotto import makes GGUF"},
    {"\x80\x02", kPickle},
    {"\x80\x03", kPickle},
    {"\x80\x04", kPickle},
    {"\x80\x05", kPickle},
    {"vers", "this looks like a Git LFS pointer: fetch the file itself"},
    {"<!DO", "this is a web page: fetch the file itself"},
    {"<htm", "this is a web page: fetch the file itself"},
    {"{", "this is JSON, as config.json of a model is: name the folder that holds it: sotto import FOLDER"},
    {"FUGG", "this is a GGUF file with its magic reversed: convert the model for a little-endian machine"},
};

constexpr std::string_view kSafetensors =
    "this is a safetensors file, the weights of a model as it is published: name the folder that holds it, with "
    "config.json and the tokenizer: sotto import FOLDER";

// The length of a header in JSON, then the header.
bool is_safetensors(std::string_view text) {
  std::uint64_t header_bytes = 0;
  if (text.size() <= sizeof header_bytes) return false;
  std::memcpy(&header_bytes, text.data(), sizeof header_bytes);
  return text[sizeof header_bytes] == '{' && header_bytes <= text.size() - sizeof header_bytes;
}

}  // namespace

std::string_view advice_for_other_format(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (is_safetensors(text)) return kSafetensors;
  for (const OtherFormat& format : kOtherFormats) {
    if (text.starts_with(format.begin)) return format.advice;
  }
  return {};
}

}  // namespace sotto::gguf
