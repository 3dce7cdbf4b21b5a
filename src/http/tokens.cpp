#include "http/tokens.h"

#include <fcntl.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/descriptor.h"

namespace sotto::http {
namespace {

using Digest = std::array<std::uint8_t, 32>;
constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::string_view kHead =
    "# Tokens of the server: name, scope, SHA-256 of the token. The tokens themselves are kept nowhere.\n";

Digest digest_of(std::string_view secret) {
  Digest digest;
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, secret.size(), reinterpret_cast<const std::uint8_t*>(secret.data()));
  sha256_digest(&context, digest.size(), digest.data());
  return digest;
}

std::string hex(const Digest& digest) { return fmt::format("{:02x}", fmt::join(digest, "")); }

Unexpected file_error(const std::string& path, std::string_view what) {
  return Unexpected(ErrorCode::kIo, fmt::format("{}: cannot {}: {}", path, what, std::strerror(errno)));
}

std::optional<Digest> parse_digest(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Digest digest;
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const std::size_t high = kDigits.find(text[2 * i]);
    const std::size_t low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           std::string_view("-_.@").find(byte) != std::string_view::npos;
  });
}

auto find_name(std::vector<Token>& tokens, std::string_view name) {
  return std::find_if(tokens.begin(), tokens.end(), [&](const Token& token) { return token.name == name; });
}

// What is wrong with a line, or nothing; a line without words is skipped.
std::string read_line(const std::string& line, std::vector<Token>& tokens) {
  std::istringstream words(line.substr(0, line.find('#')));
  std::string name, scope_word, digest_word, more;
  if (!(words >> name)) return {};
  words >> scope_word >> digest_word;
  const auto scope = token_scope(scope_word);
  const auto digest = parse_digest(digest_word);
  if (!is_name(name)) return "the name has other characters than letters, digits, '-', '_', '.', '@', or is too long";
  if (!scope) return "the second word is no scope: expected chat or admin";
  if (!digest) return "the third word is no SHA-256: expected 64 lower-case hex digits";
  if (words >> more) return "there is a fourth word";
  if (find_name(tokens, name) != tokens.end()) return "the name stands in an earlier line";
  tokens.push_back({name, *scope, *digest});
  return {};
}

Result<std::string> read_private_file(const std::string& path, int descriptor) {
  struct stat status;
  if (::fstat(descriptor, &status) != 0) return file_error(path, "look at it");
  if (!S_ISREG(status.st_mode)) return Unexpected(ErrorCode::kBadFile, path + ": is no regular file");
  if ((status.st_mode & 077) != 0) {
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("{}: others may read or write it (mode {:04o}); look through it, "
                                  "then run: chmod 600 {}",
                                  path, status.st_mode & 07777, path));
  }
  std::string text(kMaxFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(descriptor, text.data() + size, text.size() - size);
    if (count < 0) return file_error(path, "read it");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > kMaxFileBytes) return Unexpected(ErrorCode::kBadFile, path + ": is larger than 1 MiB");
  text.resize(size);
  return text;
}

// Held as long as the descriptor: another program that changes the file waits.
Result<base::Descriptor> lock_folder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  base::Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) return file_error(folder, "open the folder");
  if (::flock(descriptor.get(), LOCK_EX) != 0) return file_error(folder, "lock the folder");
  return descriptor;
}

Result<void> write_tokens(const std::string& path, const std::vector<Token>& tokens) {
  std::string text(kHead);
  for (const Token& token : tokens) {
    text += fmt::format("{} {} {}\n", token.name, scope_name(token.scope), hex(token.sha256));
  }
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());  // of a writer that did not come to its end; the lock is ours
  const base::Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return file_error(temporary, "create it");
  const bool written = ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || ::fsync(file.get()) != 0) return file_error(temporary, "write it");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error(path, "replace it");
  return {};
}

Result<std::string> make_secret() {
  Digest random;
  for (std::size_t done = 0; done < random.size();) {
    const ssize_t count = ::getrandom(random.data() + done, random.size() - done, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("the system's generator", "give random bytes");
    done += static_cast<std::size_t>(count);
  }
  return "sotto_" + hex(random);
}

}  // namespace

Result<std::vector<Token>> read_tokens(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::vector<Token>();
  if (!file) return file_error(path, "open it");
  auto text = read_private_file(path, file.get());
  if (!text) return forward_error(text);
  std::vector<Token> tokens;
  std::istringstream lines(*text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string wrong = read_line(line, tokens);
    if (!wrong.empty()) return Unexpected(ErrorCode::kBadFile, fmt::format("{}:{}: {}", path, number, wrong));
  }
  return tokens;
}

Result<std::string> add_token(const std::string& path, std::string_view name, Scope scope) {
  if (!is_name(name)) {
    return Unexpected(ErrorCode::kBadRequest,
                      "the name of a token has 1 to 64 letters, digits, '-', '_', '.' or '@'; this one has others");
  }
  if (scope == Scope::kOpen) return Unexpected(ErrorCode::kBadRequest, "the scope of a token is chat or admin");
  auto lock = lock_folder(path);
  if (!lock) return forward_error(lock);
  auto tokens = read_tokens(path);
  if (!tokens) return forward_error(tokens);
  if (find_name(*tokens, name) != tokens->end()) {
    return Unexpected(
        ErrorCode::kBadRequest,
        fmt::format("{}: there is a token named {}; remove it first, or choose another name", path, name));
  }
  auto secret = make_secret();
  if (!secret) return secret;
  tokens->push_back({std::string(name), scope, digest_of(*secret)});
  if (auto written = write_tokens(path, *tokens); !written) return forward_error(written);
  return secret;
}

Result<void> remove_token(const std::string& path, std::string_view name) {
  auto lock = lock_folder(path);
  if (!lock) return forward_error(lock);
  auto tokens = read_tokens(path);
  if (!tokens) return forward_error(tokens);
  const auto found = find_name(*tokens, name);
  if (found == tokens->end()) {
    return Unexpected(ErrorCode::kNotFound, fmt::format("{}: there is no token named {}", path, name));
  }
  tokens->erase(found);
  return write_tokens(path, *tokens);
}

const Token* find_token(const std::vector<Token>& tokens, std::string_view secret) {
  const Digest digest = digest_of(secret);
  const Token* found = nullptr;
  for (const Token& token : tokens) {
    if (nettle_memeql_sec(token.sha256.data(), digest.data(), digest.size()) != 0) found = &token;
  }
  return found;
}

}  // namespace sotto::http
