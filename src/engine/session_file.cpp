#include "engine/session_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/checksum.h"
#include "gguf/atomic_file.h"

namespace sotto::engine {
namespace {

using Part = SessionHead::Part;
using Bytes = std::span<std::byte>;

constexpr const char* kStartAnew = "delete it, or choose another file, to begin anew";

Part part_of(std::span<const std::byte> bytes) { return {bytes.size(), base::Checksum::of(bytes)}; }

Part part_of(const std::vector<Bytes>& pieces) {
  Part part;
  base::Checksum checksum;
  for (const Bytes& piece : pieces) {
    checksum.add(piece);
    part.n_bytes += piece.size();
  }
  part.checksum = checksum.value();
  return part;
}

Unexpected damaged(std::string_view what) {
  return Unexpected(ErrorCode::kBadFile, fmt::format("it is damaged: {}; {}", what, kStartAnew));
}

// A file that is read from its beginning to its end.
class Reader {
 public:
  static Result<Reader> open(const std::string& path) {
    // A pipe under that name is refused rather than waited for.
    Reader reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info{};
    if (reader.fd_ < 0 || ::fstat(reader.fd_, &info) != 0)
      return Unexpected(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, std::strerror(errno));
    if (!S_ISREG(info.st_mode)) return Unexpected(ErrorCode::kIo, "it is not a regular file");
    reader.left_ = static_cast<std::uint64_t>(info.st_size);
    return reader;
  }
  Reader(Reader&& other) noexcept : fd_(std::exchange(other.fd_, -1)), left_(other.left_) {}
  Reader& operator=(Reader&&) = delete;
  ~Reader() {
    if (fd_ >= 0) ::close(fd_);
  }

  std::uint64_t left() const { return left_; }

  Result<void> read(Bytes bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::read(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Unexpected(ErrorCode::kIo, std::strerror(errno));
      if (n == 0) return damaged("it became shorter while it was read");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      left_ -= std::min(left_, static_cast<std::uint64_t>(n));
    }
    return {};
  }

  // A part whose length was checked, into the places that it is made of.
  Result<void> read(const Part& part, std::span<const Bytes> pieces, std::string_view name) {
    base::Checksum checksum;
    for (const Bytes& piece : pieces) {
      if (auto done = read(piece); !done) return done;
      checksum.add(piece);
    }
    if (checksum.value() == part.checksum) return {};
    return damaged(fmt::format("{} has the checksum {:016x}, expected {:016x}", name, checksum.value(), part.checksum));
  }

 private:
  explicit Reader(int fd) : fd_(fd) {}

  int fd_;
  std::uint64_t left_ = 0;
};

Result<SessionHead> read_head(Reader& reader) {
  std::vector<std::byte> bytes(std::min<std::uint64_t>(reader.left(), Preamble::kBytes));
  if (auto done = reader.read(bytes); !done) return forward_error(done);
  const auto preamble = decode_preamble(bytes);
  if (!preamble) return Unexpected(preamble.error());
  if (preamble->n_bytes > reader.left())
    return damaged(fmt::format("its head has {} bytes and {} are left", preamble->n_bytes, reader.left()));
  bytes.resize(preamble->n_bytes);
  const Bytes piece(bytes);
  if (auto done = reader.read({preamble->n_bytes, preamble->checksum}, {&piece, 1}, "the head"); !done)
    return forward_error(done);
  return decode_head(bytes);
}

Result<void> check_owner(const SessionOwner& found, const SessionOwner& expected) {
  if (found.fingerprint != expected.fingerprint)
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("it belongs to another model, {} (fingerprint {:016x}), and not to {} ({:016x}); use "
                                  "that model, or another file for this one",
                                  found.model, found.fingerprint, expected.model, expected.fingerprint));
  if (found.layout != expected.layout)
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("its keys and values are {}, and this program keeps them as {}; {}", found.layout,
                                  expected.layout, kStartAnew));
  if (found.arithmetic != expected.arithmetic)
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("it was computed with {}, which rounds differently from {} here; set SOTTO_ISA as it "
                                  "was, or {}",
                                  found.arithmetic, expected.arithmetic, kStartAnew));
  return {};
}

Result<void> check_fill(const SessionHead& head, model::KvCache& cache) {
  const int saved_ctx = head.owner.ctx_tokens;
  if (head.fill.size > cache.capacity())
    return Unexpected(ErrorCode::kContextFull,
                      fmt::format("it holds {} tokens and the context {}; open the model with a larger context, as it "
                                  "was saved with (--ctx {})",
                                  head.fill.size, cache.capacity(), saved_ctx));
  if (cache.set_fill(head.fill)) return {};
  if (saved_ctx != cache.capacity())
    return Unexpected(ErrorCode::kContextFull,
                      fmt::format("it was saved in a context of {} tokens, and in one of {} the cache has a different "
                                  "layout; open the model with --ctx {}",
                                  saved_ctx, cache.capacity(), saved_ctx));
  return damaged(fmt::format("its head gives {} tokens, {} written and {} ring slots, which do not fit together",
                             head.fill.size, head.fill.written, head.fill.ring_slots));
}

std::uint64_t total(const std::vector<Bytes>& pieces) {
  std::uint64_t n_bytes = 0;
  for (const Bytes& piece : pieces) n_bytes += piece.size();
  return n_bytes;
}

Result<void> check_length(std::string_view name, std::uint64_t found, std::uint64_t expected) {
  if (found == expected) return {};
  return damaged(fmt::format("{} has {} bytes, expected {}", name, found, expected));
}

std::string layer_name(std::size_t layer) { return fmt::format("layer {}", layer); }

// Everything that the head says of lengths; `cache` is as full as it will be.
Result<void> check_lengths(const SessionHead& head, model::KvCache& cache, std::uint64_t left) {
  const auto n_tokens = static_cast<std::uint64_t>(head.fill.size);
  if (auto same = check_length("the part of the tokens", head.tokens.n_bytes, n_tokens * sizeof(Token)); !same)
    return same;
  if (head.note.n_bytes > kMaxNoteBytes)
    return damaged(fmt::format("its note has {} bytes, expected at most {}", head.note.n_bytes, kMaxNoteBytes));
  const auto n_layers = static_cast<std::size_t>(cache.n_layers());
  if (head.layers.size() != n_layers)
    return damaged(fmt::format("it has {} layers, expected {}", head.layers.size(), n_layers));
  std::uint64_t rest = head.tokens.n_bytes + head.note.n_bytes;
  for (std::size_t l = 0; l < n_layers; ++l) {
    const std::uint64_t expected = total(cache.held(static_cast<int>(l)));
    if (auto same = check_length(layer_name(l), head.layers[l].n_bytes, expected); !same) return same;
    rest += expected;
  }
  return check_length("what follows its head", left, rest);
}

Result<KeptSession> read_parts(Reader& reader, const SessionHead& head, model::KvCache& cache) {
  KeptSession kept;
  kept.tokens.resize(static_cast<std::size_t>(head.fill.size));
  kept.note.resize(head.note.n_bytes);
  const Bytes tokens = std::as_writable_bytes(std::span(kept.tokens));
  const Bytes note = std::as_writable_bytes(std::span(kept.note));
  if (auto done = reader.read(head.tokens, {&tokens, 1}, "the part of the tokens"); !done) return forward_error(done);
  if (auto done = reader.read(head.note, {&note, 1}, "the note"); !done) return forward_error(done);
  for (std::size_t l = 0; l < head.layers.size(); ++l) {
    const auto pieces = cache.held(static_cast<int>(l));
    if (auto done = reader.read(head.layers[l], pieces, layer_name(l)); !done) return forward_error(done);
  }
  return kept;
}

Result<KeptSession> read_checked(const std::string& path, const SessionOwner& owner, int n_vocab,
                                 model::KvCache& cache) {
  auto reader = Reader::open(path);
  if (!reader) return forward_error(reader);
  const auto head = read_head(*reader);
  if (!head) return Unexpected(head.error());
  if (auto same = check_owner(head->owner, owner); !same) return forward_error(same);
  if (auto fits = check_fill(*head, cache); !fits) return forward_error(fits);
  if (auto same = check_lengths(*head, cache, reader->left()); !same) return forward_error(same);
  auto kept = read_parts(*reader, *head, cache);
  if (!kept) return kept;
  for (const Token token : kept->tokens)
    if (token < 0 || token >= n_vocab)
      return damaged(fmt::format("it holds the token {}, expected one from 0 to {}", token, n_vocab - 1));
  return kept;
}

Result<void> write_parts(gguf::AtomicFile& file, const SessionHead& head, std::span<const Token> tokens,
                         std::string_view note, model::KvCache& cache) {
  if (auto done = file.write(encode(head)); !done) return done;
  if (auto done = file.write(std::as_bytes(tokens)); !done) return done;
  if (auto done = file.write(std::as_bytes(std::span(note))); !done) return done;
  for (int l = 0; l < cache.n_layers(); ++l)
    for (const Bytes& piece : cache.held(l))
      if (auto done = file.write(piece); !done) return done;
  return file.commit();
}

}  // namespace

Result<void> write_session(const std::string& path, const SessionOwner& owner, std::span<const Token> tokens,
                           std::string_view note, model::KvCache& cache) {
  if (note.size() > kMaxNoteBytes)
    return Unexpected(ErrorCode::kBadRequest, fmt::format("saving the session {}: its note has {} bytes; at most {} "
                                                          "can be kept",
                                                          path, note.size(), kMaxNoteBytes));
  SessionHead head{owner, cache.fill(), part_of(std::as_bytes(tokens)), part_of(std::as_bytes(std::span(note))), {}};
  for (int l = 0; l < cache.n_layers(); ++l) head.layers.push_back(part_of(cache.held(l)));
  auto file = gguf::AtomicFile::create(path, gguf::AtomicFile::Readers::kOwner);
  Result<void> done = file ? write_parts(*file, head, tokens, note, cache) : forward_error(file);
  if (!done) done.error().message = fmt::format("saving the session {}: {}", path, done.error().message);
  return done;
}

Result<KeptSession> read_session(const std::string& path, const SessionOwner& owner, int n_vocab,
                                 model::KvCache& cache) {
  auto kept = read_checked(path, owner, n_vocab, cache);
  if (!kept) kept.error().message = fmt::format("reading the session {}: {}", path, kept.error().message);
  return kept;
}

}  // namespace sotto::engine
