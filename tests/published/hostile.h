// Hostile published models: a small sound folder, and what one case does to it. The table of cases stands in
// hostile_*_test.cpp, and hostile_test.cpp runs it.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "published/json.h"
#include "published/support.h"

namespace sotto::published::test {

inline constexpr const char* kWeightFile = "model.safetensors";

// An entry of a safetensors header; and that of the sound folder's weights, with how many bytes of data it is for.
Json entry_of(const std::string& dtype, const std::vector<std::uint64_t>& shape, std::uint64_t begin,
              std::uint64_t end);
std::pair<Json, std::size_t> sound_header();

enum class Parser { kConfiguration, kWeights, kPlan, kTokenizer, kFile };

class HostileFolder {
 public:
  // A llama of one layer with eight tokens, which is imported without a complaint.
  HostileFolder();

  const std::string& path() const { return folder_.path(); }
  std::string file(const std::string& name) const { return folder_.file(name); }
  void write(const std::string& name, const std::string& bytes) const { folder_.write(name, bytes); }
  void remove(const std::string& name) const;

  // Changes one object and writes it.
  void config(const std::string& name, Json value) const;          // a field of config.json
  void tensor(const std::string& name, Json entry) const;          // an entry of the safetensors header, as it is given
  void header(const std::function<void(Json&)>& change) const;     // the whole header
  void tokenizer(const std::function<void(Json&)>& change) const;  // tokenizer.json

 private:
  TemporaryFolder folder_;
};

struct HostileCase {
  std::string name;
  Parser parser;  // which of them must say the same by itself
  std::function<void(const HostileFolder&)> damage;
  std::vector<std::string> said;  // what the message names: the file, the field, what was found, what was expected
  std::string file = {};          // what is imported instead of the folder (Parser::kFile)
};

std::vector<HostileCase> hostile_configurations();
std::vector<HostileCase> hostile_weights();
std::vector<HostileCase> hostile_places();  // a file in place of a folder, and folders of pickles
std::vector<HostileCase> hostile_tokenizers();
std::vector<HostileCase> hostile_vocabularies();  // tekken.json, and vocab.json with merges.txt
std::vector<HostileCase> hostile_sentencepieces();

}  // namespace sotto::published::test
