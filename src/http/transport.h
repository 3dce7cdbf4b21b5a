// Bytes over a connected socket that never blocks, plain or through TLS (OpenSSL). Says what to wait for; waiting is
// the caller's. Knows nothing of HTTP.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sotto/result.h"

namespace sotto::http {

enum class Io {
  kDone,
  kWantRead,   // call again when the socket can be read
  kWantWrite,  // call again when the socket can be written
  kClosed,     // by the other side, or broken
};

struct IoStep {
  Io state;
  std::size_t bytes = 0;  // with kDone: at least one was read or written
};

// Does not own its socket, which must outlive it. For one thread at a time, which must not die of SIGPIPE.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual IoStep handshake() = 0;                    // to be repeated until kDone, before anything else
  virtual IoStep read(std::span<char> buffer) = 0;   // wait for the socket only behind kWantRead: TLS keeps bytes
  virtual IoStep write(std::string_view bytes) = 0;  // may take a part; later calls go on behind it
  virtual void end_writing() = 0;                    // the other side sees the end once all is read
};

std::unique_ptr<Transport> plain_transport(int socket);

// A certificate with its key. Thread-safe.
class TlsContext {
 public:
  // Both files are PEM, the certificate with its chain. TLS 1.2 and later. Errors: kNotFound, kBadFile (no PEM, or the
  // key is another's).
  static Result<std::shared_ptr<TlsContext>> load(const std::string& certificate_file, const std::string& key_file);
  ~TlsContext();

  // Memory for the connection is taken when its first byte has come.
  std::unique_ptr<Transport> transport(int socket) const;

 private:
  TlsContext() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sotto::http
