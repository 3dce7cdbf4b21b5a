#include "text/gap_tokens.h"

namespace sotto::text {
namespace {

struct GapName {
  std::string_view spelling;
  TokenId GapTokens::* place;
};

// Qwen 2.5 Coder, StarCoder, Granite and others, DeepSeek Coder, Code Llama (its tokens begin with a space), GLM 4.5.
constexpr GapName kGapNames[] = {
    {"<|fim_prefix|>", &GapTokens::prefix},
    {"<fim-prefix>", &GapTokens::prefix},
    {"<fim_prefix>", &GapTokens::prefix},
    {"<\xEF\xBD\x9C"
     "fim\xE2\x96\x81"
     "begin\xEF\xBD\x9C>",
     &GapTokens::prefix},
    {"<PRE>", &GapTokens::prefix},
    {"\xE2\x96\x81<PRE>", &GapTokens::prefix},
    {"<|code_prefix|>", &GapTokens::prefix},
    {"<|fim_suffix|>", &GapTokens::suffix},
    {"<fim-suffix>", &GapTokens::suffix},
    {"<fim_suffix>", &GapTokens::suffix},
    {"<\xEF\xBD\x9C"
     "fim\xE2\x96\x81hole\xEF\xBD\x9C>",
     &GapTokens::suffix},
    {"<SUF>", &GapTokens::suffix},
    {"\xE2\x96\x81<SUF>", &GapTokens::suffix},
    {"<|code_suffix|>", &GapTokens::suffix},
    {"<|fim_middle|>", &GapTokens::middle},
    {"<fim-middle>", &GapTokens::middle},
    {"<fim_middle>", &GapTokens::middle},
    {"<\xEF\xBD\x9C"
     "fim\xE2\x96\x81"
     "end\xEF\xBD\x9C>",
     &GapTokens::middle},
    {"<MID>", &GapTokens::middle},
    {"\xE2\x96\x81<MID>", &GapTokens::middle},
    {"<|code_middle|>", &GapTokens::middle},
    {"<|fim_pad|>", &GapTokens::pad},
    {"<fim-pad>", &GapTokens::pad},
    {"<fim_pad>", &GapTokens::pad},
    {"<|fim_repo|>", &GapTokens::repository},
    {"<|repo_name|>", &GapTokens::repository},
    {"<fim-repo>", &GapTokens::repository},
    {"<reponame>", &GapTokens::repository},
    {"<|file_sep|>", &GapTokens::file},
    {"<file_sep>", &GapTokens::file},
};

}  // namespace

void find_gap_tokens(const Vocab& vocab, std::span<const TokenKind> kinds, GapTokens& gap) {
  const GapTokens given = gap;
  for (std::size_t i = 0; i < vocab.tokens.size(); ++i) {
    if (kinds[i] != TokenKind::kControl && kinds[i] != TokenKind::kUserDefined) continue;
    for (const GapName& name : kGapNames) {
      if (vocab.tokens[i] == name.spelling && given.*name.place == kNoToken) gap.*name.place = static_cast<TokenId>(i);
    }
  }
}

}  // namespace sotto::text
