// Runs tools/oracle_tokenizers.py and compares what it expects with what Sotto's tokenizers give.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/python.h"
#include "text/tokenizer.h"

namespace sotto::text {

// Fewer strings under the sanitizers.
inline int oracle_count() { return std::getenv("SOTTO_SHORT") != nullptr ? 3000 : 20000; }

struct Expectation {
  std::string_view text;
  bool trusted;
  std::vector<TokenId> ids;
  std::vector<TokenId> ends;  // of the words, in bytes of the mended text; empty: not asked for
};

// One case file. The views point into `bytes`.
struct OracleCase {
  std::string bytes;
  Vocab vocab;
  std::vector<Expectation> expectations;
};

class CaseReader {
 public:
  explicit CaseReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view text() { return take(number()); }
  std::uint32_t number() {
    std::uint32_t value = 0;
    std::memcpy(&value, take(4).data(), 4);
    return value;
  }
  template <class T>
  std::vector<T> numbers() {
    std::vector<T> values(number());
    const std::string_view bytes = take(values.size() * sizeof(T));
    std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(values.data()));
    return values;
  }
  std::vector<std::string_view> texts() {
    std::vector<std::string_view> values(number());
    for (auto& value : values) value = text();
    return values;
  }

 private:
  std::string_view take(std::size_t n) {
    if (n > rest_.size()) throw std::runtime_error("the oracle's file ends too early");
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::string_view rest_;
};

inline std::unique_ptr<OracleCase> read_case(const std::string& path) {
  auto made = std::make_unique<OracleCase>();
  std::ifstream in(path, std::ios::binary);
  made->bytes.assign(std::istreambuf_iterator<char>(in), {});
  CaseReader reader(made->bytes);
  Vocab& vocab = made->vocab;
  vocab.model = reader.text();
  vocab.pre = reader.text();
  vocab.tokens = reader.texts();
  vocab.merges = reader.texts();
  vocab.scores = reader.numbers<float>();
  for (const std::int32_t kind : reader.numbers<std::int32_t>()) vocab.kinds.push_back(static_cast<TokenKind>(kind));
  const auto fields = reader.numbers<std::int32_t>();
  vocab.unk = fields.at(0);
  vocab.add_space_prefix = fields.at(1) != 0;
  made->expectations.resize(reader.number());
  for (Expectation& expected : made->expectations) {
    expected.text = reader.text();
    expected.trusted = reader.number() != 0;
    expected.ids = reader.numbers<TokenId>();
    expected.ends = reader.numbers<TokenId>();
  }
  return made;
}

// Writes the cases; false (and a failed test) when the oracle cannot run.
inline bool run_oracle(const support::ScratchFolder& folder, const std::vector<std::string>& cases) {
  std::vector<std::string> arguments = {folder.path().string(), std::to_string(oracle_count())};
  arguments.insert(arguments.end(), cases.begin(), cases.end());
  const int status = support::run_python("oracle_tokenizers.py", arguments);
  EXPECT_EQ(status, 0) << "the oracle needs Python with tests/requirements.txt: set SOTTO_PYTHON";
  return status == 0;
}

// `bytes` as a C++ reader can paste them.
inline std::string escaped(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 400)) {
    char buffer[8];
    std::snprintf(buffer, sizeof buffer, c >= 0x20 && c < 0x7F ? "%c" : "\\x%02X", static_cast<unsigned char>(c));
    out += buffer;
  }
  return out;
}

// Every string must give the expected ids.
inline void expect_same_ids(const OracleCase& oracle, const Tokenizer& tokenizer) {
  ASSERT_GE(oracle.expectations.size(), static_cast<std::size_t>(oracle_count()));
  int wrong = 0;
  for (const Expectation& expected : oracle.expectations) {
    const auto ids = tokenizer.encode(expected.text, expected.trusted);
    if (ids == expected.ids) continue;
    if (++wrong <= 5) {
      ADD_FAILURE() << escaped(expected.text) << (expected.trusted ? " (trusted)" : "") << "\n  found "
                    << testing::PrintToString(ids) << "\n  expected " << testing::PrintToString(expected.ids);
    }
  }
  EXPECT_EQ(wrong, 0) << "of " << oracle.expectations.size() << " strings";
}

}  // namespace sotto::text
