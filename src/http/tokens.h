// Tokens that open the server: how they are made, kept and recognised. The file holds names, scopes and SHA-256 sums,
// never a token; a token has 256 bits from the system's generator, so that a plain sum of it is safe to keep.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/scope.h"
#include "sotto/result.h"

namespace sotto::http {

struct Token {
  std::string name;  // letters, digits, "-", "_", "." and "@", 1 to 64
  Scope scope = Scope::kChat;
  std::array<std::uint8_t, 32> sha256{};
};

// Reads a token file: lines "name scope sha256-in-hex"; "#" begins a comment. A file that is not there has no tokens.
// Errors: kBadFile (a line, two tokens of one name, a mode that lets others read or write it), kIo.
Result<std::vector<Token>> read_tokens(const std::string& path);

// Makes a token, adds it to the file (created with mode 0600, replaced as a whole, locked against another that does the
// same) and returns its secret, which cannot be had again. The folder must exist.
// Errors: kBadRequest (the name or the scope, or the name is taken), as read_tokens, kIo.
Result<std::string> add_token(const std::string& path, std::string_view name, Scope scope);

// Errors: kNotFound (no such name), as read_tokens, kIo.
Result<void> remove_token(const std::string& path, std::string_view name);

// The token with that secret, or null. Takes the same time whichever it is and whether there is one: all sums are
// compared, in constant time.
const Token* find_token(const std::vector<Token>& tokens, std::string_view secret);

}  // namespace sotto::http
