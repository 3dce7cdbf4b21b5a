// Hostile weights: safetensors files, their index, and tensors that are not config.json's.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/check.h"
#include "published/hostile.h"

namespace sotto::published::test {
namespace {

constexpr const char* kWeightIndex = "model.safetensors.index.json";

constexpr const char* kEmbedding = "model.embed_tokens.weight";

using Folder = HostileFolder;

// The header as a text, with the bytes that the sound file has.
auto raw_header(std::string text) {
  return [text](const Folder& f) { f.write(kWeightFile, safetensors(text, sound_header().second)); };
}

auto raw_file(std::string bytes) {
  return [bytes](const Folder& f) { f.write(kWeightFile, bytes); };
}

auto first_tensor(Json entry) {
  return [entry](const Folder& f) { f.tensor(kEmbedding, entry); };
}

auto with_index(std::string text) {
  return [text](const Folder& f) {
    f.remove(kWeightFile);
    f.write(kWeightIndex, text);
  };
}

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(length >> shift);
  return bytes + rest;
}

std::string many_entries(std::size_t n) {
  std::string text = "{";
  for (std::size_t i = 0; i < n; ++i) {
    text += fmt::format("{}\"t{}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", i ? "," : "", i);
  }
  return text + "}";
}

std::vector<HostileCase> hostile_files() {
  const auto parser = Parser::kWeights;
  return {
      {"weights: empty file", parser, raw_file(""), {kWeightFile, "0 bytes long", "expected a safetensors file"}},
      {"weights: seven bytes",
       parser,
       raw_file("1234567"),
       {kWeightFile, "7 bytes long", "expected a safetensors file"}},
      {"weights: header longer than the file",
       parser,
       raw_file(with_length(1000, "{}")),
       {kWeightFile, "header's length is 1000", "expected at most 2"}},
      {"weights: header of 2^63 bytes",
       parser,
       raw_file(with_length(std::uint64_t{1} << 63, "{}")),
       {kWeightFile, "9223372036854775808", "expected at most 2"}},
      {"weights: header of 2^64 - 1 bytes",
       parser,
       raw_file(with_length(UINT64_MAX, "{}")),
       {kWeightFile, "18446744073709551615", "expected at most 2"}},
      {"weights: no header at all", parser, raw_file(with_length(0, "{}")), {kWeightFile, "no valid JSON", "object"}},
      {"weights: header is a list",
       parser,
       raw_header("[1, 2]"),
       {kWeightFile, "found array", "expected a JSON object"}},
      {"weights: header is cut",
       parser,
       raw_header("{\"a\": {\"dtype\""),
       {kWeightFile, "no valid JSON at byte", "object"}},
      {"weights: header is a pickle",
       parser,
       raw_file("\x80\x02}q\x01.\x80\x02}q\x01."),
       {kWeightFile, "header's length"}},
      {"weights: header is a GGUF file", parser, raw_file("GGUF\x03" + std::string(60, '\0')), {kWeightFile, "length"}},
      {"weights: nested brackets",
       parser,
       raw_header("{\"a\":" + nested("[", 100'000, "", "]") + "}"),
       {kWeightFile, "100001 levels", "expected at most 64"}},
      {"weights: a name twice",
       parser,
       raw_header(R"({"x": {"dtype": "U8"}, "x": {}})"),
       {kWeightFile, "\"x\" stands twice", "expected once"}},
      {"weights: a name that steers a terminal",
       parser,
       raw_header(R"({"\u001b[2Jx": {"dtype": "I9", "shape": [], "data_offsets": [0, 1]}})"),
       {kWeightFile, "\"\\x1b[2Jx\"", "\"I9\"", "expected one that"}},
      {"weights: a name of a megabyte",
       parser,
       raw_header("{\"" + std::string(1 << 20, 'n') + "\": {\"dtype\": 3}}"),
       {kWeightFile, "(1048576 bytes)", "dtype is 3"}},
      {"weights: 200,000 tensors of nothing",
       Parser::kWeights,
       raw_header(many_entries(200'000)),
       {kWeightFile, "bytes behind the last tensor's data", "expected none"}},
      {"weights: no UTF-8", parser, raw_header("{\"\xff\xfe\": 1}"), {kWeightFile, "no valid JSON at byte"}},
      {"weights: metadata is a number",
       parser,
       [](const Folder& f) { f.tensor("__metadata__", 7); },
       {kWeightFile, "__metadata__ is 7", "expected an object of texts"}},
      {"weights: metadata holds a list",
       parser,
       [](const Folder& f) { f.tensor("__metadata__", {{"format", {1}}}); },
       {kWeightFile, "\"format\" is [1]", "expected a text"}},
      {"weights: a folder in the file's place",
       parser,
       [](const Folder& f) { f.remove(kWeightFile), ::mkdir(f.file(kWeightFile).c_str(), 0755); },
       {kWeightFile, "not a regular file"}},
      {"weights: a pipe in the file's place",
       parser,
       [](const Folder& f) {
         f.remove(kWeightFile);
         SOTTO_CHECK(::mkfifo(f.file(kWeightFile).c_str(), 0644) == 0);
       },
       {kWeightFile, "not a regular file"}},
  };
}

std::vector<HostileCase> hostile_entries() {
  const auto parser = Parser::kWeights;
  return {
      {"tensor: entry is a number", parser, first_tensor(3), {kWeightFile, kEmbedding, "dtype is nothing", "\"BF16\""}},
      {"tensor: no dtype",
       parser,
       first_tensor({{"shape", {8, 4}}, {"data_offsets", {0, 64}}}),
       {kWeightFile, kEmbedding, "dtype is nothing", "\"BF16\""}},
      {"tensor: unknown dtype",
       parser,
       first_tensor(entry_of("F17", {8, 4}, 0, 64)),
       {kWeightFile, kEmbedding, "dtype is \"F17\"", "expected one that"}},
      {"tensor: negative dimension",
       parser,
       first_tensor({{"dtype", "F16"}, {"shape", {-8, 4}}, {"data_offsets", {0, 64}}}),
       {kWeightFile, kEmbedding, "shape is [-8,4]", "whole numbers"}},
      {"tensor: dimension is a real",
       parser,
       first_tensor({{"dtype", "F16"}, {"shape", {8.5, 4}}, {"data_offsets", {0, 64}}}),
       {kWeightFile, kEmbedding, "shape is [8.5,4]", "whole numbers"}},
      {"tensor: nine dimensions",
       parser,
       first_tensor(entry_of("F16", {1, 1, 1, 1, 1, 1, 1, 8, 4}, 0, 64)),
       {kWeightFile, kEmbedding, "at most 8 whole numbers"}},
      {"tensor: shape overflows",
       parser,
       first_tensor(entry_of("F16", {UINT64_MAX, UINT64_MAX}, 0, 64)),
       {kWeightFile, kEmbedding, "18446744073709551615", "64 bytes of data"}},
      {"tensor: shape times two wraps to the right size",
       parser,
       first_tensor(entry_of("F16", {(std::uint64_t{1} << 63) + 32}, 0, 64)),
       {kWeightFile, kEmbedding, "64 bytes of data"}},
      {"tensor: offsets descend",
       parser,
       first_tensor(entry_of("F16", {8, 4}, 64, 0)),
       {kWeightFile, kEmbedding, "data_offsets is [64,0]", "two whole numbers that ascend"}},
      {"tensor: three offsets",
       parser,
       first_tensor({{"dtype", "F16"}, {"shape", {8, 4}}, {"data_offsets", {0, 64, 64}}}),
       {kWeightFile, kEmbedding, "data_offsets is [0,64,64]", "two whole numbers"}},
      {"tensor: offset is a text",
       parser,
       first_tensor({{"dtype", "F16"}, {"shape", {8, 4}}, {"data_offsets", {"0", "64"}}}),
       {kWeightFile, kEmbedding, "data_offsets is [\"0\",\"64\"]", "two whole numbers"}},
      {"tensor: ends behind the file",
       parser,
       first_tensor(entry_of("F16", {8, 4}, 0, 1 << 30)),
       {kWeightFile, kEmbedding, "end at 1073741824", "expected at most"}},
      {"tensor: offsets at 2^64",
       parser,
       first_tensor(entry_of("F16", {8, 4}, UINT64_MAX - 1, UINT64_MAX)),
       {kWeightFile, kEmbedding, "18446744073709551615", "expected at most"}},
      {"tensor: overlaps another",
       parser,
       [](const Folder& f) { f.tensor("x", entry_of("F16", {4}, 2, 10)); },
       {kWeightFile, "\"x\"", "begin at 2", "expected", "overlap"}},
      {"tensor: a gap before it",
       parser,
       [](const Folder& f) { f.header([](Json& h) { h.erase(kEmbedding); }); },
       {kWeightFile, "begin at", "expected", "bytes of no tensor"}},
      {"tensor: bytes behind the last",
       parser,
       [](const Folder& f) {
         f.write(kWeightFile, safetensors(sound_header().first.dump(), sound_header().second + 5));
       },
       {kWeightFile, "5 bytes behind the last tensor's data", "expected none"}},
      {"tensor: the file is cut",
       parser,
       [](const Folder& f) { f.write(kWeightFile, safetensors(sound_header().first.dump(), 100)); },
       {kWeightFile, "end at", "expected at most 100"}},
  };
}

std::vector<HostileCase> hostile_indexes() {
  const auto parser = Parser::kWeights;
  return {
      {"index: no weight_map",
       parser,
       with_index("{}"),
       {kWeightIndex, "weight_map", "expected the file of each tensor"}},
      {"index: a file outside of the folder",
       parser,
       with_index(R"({"weight_map": {"a": "../../etc/x.safetensors"}})"),
       {kWeightIndex, "../../etc", "expected the name of a .safetensors file beside it"}},
      {"index: an absolute path",
       parser,
       with_index(R"({"weight_map": {"a": "/etc/x.safetensors"}})"),
       {kWeightIndex, "/etc/x", "beside it"}},
      {"index: a pickle",
       parser,
       with_index(R"({"weight_map": {"a": "pytorch_model.bin"}})"),
       {kWeightIndex, "pytorch_model.bin", "beside it"}},
      {"index: a name that steers a terminal",
       parser,
       with_index(R"({"weight_map": {"a": "\u001b[2J.safetensors"}})"),
       {kWeightIndex, "\\u001b[2J", "beside it"}},
      {"index: a file for a number", parser, with_index(R"({"weight_map": {"a": 5}})"), {kWeightIndex, "5 for \"a\""}},
      {"index: a file that is missing",
       parser,
       [](const Folder& f) { with_index(R"({"weight_map": {"a": "model-2.safetensors"}})")(f); },
       {"model-2.safetensors", "cannot open", "weight_map names it"}},
      {"index: a tensor that is not in its file",
       parser,
       [](const Folder& f) {
         const auto [header, n_data] = sound_header();
         f.write("m.safetensors", safetensors(header.dump(), n_data));
         with_index(R"({"weight_map": {"a": "m.safetensors"}})")(f);
       },
       {kWeightIndex, "m.safetensors", "\"a\"", "expected"}},
      {"index: a tensor in two files",
       parser,
       [](const Folder& f) {
         const auto [header, n_data] = sound_header();
         f.write("m.safetensors", safetensors(header.dump(), n_data));
         f.write("n.safetensors", safetensors(header.dump(), n_data));
         with_index(R"({"weight_map": {"lm_head.weight": "m.safetensors", "model.norm.weight": "n.safetensors"}})")(f);
       },
       {"n.safetensors", "stands in", "m.safetensors"}},
      {"folder: a pickle alone",
       parser,
       [](const Folder& f) { f.remove(kWeightFile), f.write("pytorch_model.bin", "x"); },
       {"pytorch_model.bin", "pickle", "safetensors"}},
      {"folder: no weights", parser, [](const Folder& f) { f.remove(kWeightFile); }, {"holds no weights", kWeightFile}},
      {"folder: an adapter",
       parser,
       [](const Folder& f) { f.remove(kWeightFile), f.write("adapter_model.safetensors", "x"); },
       {"adapter_model.safetensors", "adapter"}},
  };
}

std::vector<HostileCase> hostile_plans() {
  const auto parser = Parser::kPlan;
  const auto renamed = [](const char* from, const char* to) {
    return [from, to](const Folder& f) { f.header([&](Json& h) { h[to] = h[from], h.erase(from); }); };
  };
  return {
      {"plan: a tensor is missing",
       parser,
       renamed("model.norm.weight", "model.layers.0.self_attn.q_proj.bias"),
       {"no tensor \"model.norm.weight\""}},
      {"plan: a tensor of another model",
       parser,
       renamed("model.norm.weight", "model.layers.0.mixer.A_log"),
       {kWeightFile, "mixer.A_log", "none that a llama model has"}},
      {"plan: a layer too many",
       parser,
       renamed("model.layers.0.input_layernorm.weight", "model.layers.7.input_layernorm.weight"),
       {kWeightFile, "layers.7", "expected 1 layers"}},
      {"plan: a layer of 2^70",
       parser,
       renamed("model.layers.0.input_layernorm.weight", "model.layers.1180591620717411303424.input_layernorm.weight"),
       {kWeightFile, "1180591620717411303424", "none that a llama model has"}},
      {"plan: the head twice",
       parser,
       renamed("model.norm.weight", "model.lm_head.weight"),
       {kWeightFile, "model.lm_head.weight", "[4]", "expected [8, 4]"}},
      {"plan: two names of one tensor",
       parser,
       [](const Folder& f) {
         auto [header, n_data] = sound_header();
         header["model.lm_head.weight"] = entry_of("F16", {8, 4}, n_data, n_data + 64);
         f.write(kWeightFile, safetensors(header.dump(), n_data + 64));
       },
       {kWeightFile, "\"lm_head.weight\"", "\"model.lm_head.weight\"", "expected one"}},
      {"plan: a type that is no weight",
       parser,
       first_tensor(entry_of("I16", {8, 4}, 0, 64)),
       {kWeightFile, kEmbedding, "type I16", "F32, F16, BF16"}},
      {"plan: the shape turned",
       parser,
       first_tensor(entry_of("F16", {4, 8}, 0, 64)),
       {kWeightFile, kEmbedding, "[4, 8]", "expected [8, 4]", "config.json"}},
      {"plan: a dimension of nothing",
       parser,
       [](const Folder& f) {
         auto [header, n_data] = sound_header();
         header["model.layers.0.self_attn.o_proj.bias"] = entry_of("F16", {0}, n_data, n_data);
         f.write(kWeightFile, safetensors(header.dump(), n_data));
       },
       {kWeightFile, "o_proj.bias", "[0]", "expected [4]"}},
  };
}

}  // namespace

std::vector<HostileCase> hostile_weights() {
  std::vector<HostileCase> all = hostile_files();
  for (const auto& some : {hostile_entries(), hostile_indexes(), hostile_plans()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace sotto::published::test
