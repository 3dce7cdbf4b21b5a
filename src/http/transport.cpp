#include "http/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace sotto::http {
namespace {

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int socket) : socket_(socket) {}

  IoStep handshake() override { return {Io::kDone}; }

  IoStep read(std::span<char> buffer) override {
    return step(::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT), Io::kWantRead);
  }

  IoStep write(std::string_view bytes) override {
    return step(::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL), Io::kWantWrite);
  }

  void end_writing() override { ::shutdown(socket_, SHUT_WR); }

 private:
  static IoStep step(ssize_t count, Io wait) {
    if (count > 0) return {Io::kDone, static_cast<std::size_t>(count)};
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {wait};
    return {Io::kClosed};
  }

  int socket_;
};

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(SSL_CTX* context, int socket) : context_(context), socket_(socket) {}

  IoStep handshake() override {
    if (!ssl_) {
      ssl_.reset(SSL_new(context_));
      if (!ssl_ || SSL_set_fd(ssl_.get(), socket_) != 1) return {Io::kClosed};
      SSL_set_accept_state(ssl_.get());
    }
    ERR_clear_error();
    return step(SSL_do_handshake(ssl_.get()), 0);
  }

  IoStep read(std::span<char> buffer) override {
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
    return step(result, count);
  }

  IoStep write(std::string_view bytes) override {
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    return step(result, count);
  }

  void end_writing() override {
    if (ssl_ && !broken_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    ::shutdown(socket_, SHUT_WR);
  }

 private:
  IoStep step(int result, std::size_t count) {
    if (result == 1) return {Io::kDone, count};
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return {Io::kWantRead};
      case SSL_ERROR_WANT_WRITE: return {Io::kWantWrite};
      default: broken_ = true; return {Io::kClosed};
    }
  }

  SSL_CTX* context_;  // owned by the TlsContext
  int socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool broken_ = false;
};

// Of the protocols that a client offers, HTTP/1.1 alone is spoken here.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes, const unsigned char* offered,
                    unsigned int offered_bytes, void*) {
  static constexpr std::string_view kSpoken = "\x08http/1.1";
  unsigned char* match = nullptr;
  const int found = SSL_select_next_proto(&match, chosen_bytes, reinterpret_cast<const unsigned char*>(kSpoken.data()),
                                          kSpoken.size(), offered, offered_bytes);
  *chosen = match;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Unexpected tls_error(const std::string& path, const std::string& what) {
  std::string reason = "no reason given";
  if (const char* known = ERR_reason_error_string(ERR_peek_last_error())) reason = known;
  ERR_clear_error();
  return Unexpected(ErrorCode::kBadFile, path + ": " + what + ": " + reason);
}

}  // namespace

std::unique_ptr<Transport> plain_transport(int socket) { return std::make_unique<PlainTransport>(socket); }

struct TlsContext::Impl {
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context;
};

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::load(const std::string& certificate_file, const std::string& key_file) {
  for (const std::string& path : {certificate_file, key_file}) {
    if (::access(path.c_str(), R_OK) != 0) {
      return Unexpected(ErrorCode::kNotFound,
                        path + ": cannot be read; TLS needs a certificate and its key as PEM files");
    }
  }
  auto impl = std::make_unique<Impl>();
  impl->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = impl->context.get();
  if (!context) return tls_error(certificate_file, "TLS cannot begin");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  // Nobody is there to type a passphrase: a key that has one is an error.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return tls_error(certificate_file, "is no certificate in PEM form");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tls_error(key_file, "is no private key in PEM form, or not the one of " + certificate_file);
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return tls_error(key_file, "is not the key of " + certificate_file);
  }
  std::shared_ptr<TlsContext> tls(new TlsContext);
  tls->impl_ = std::move(impl);
  return tls;
}

std::unique_ptr<Transport> TlsContext::transport(int socket) const {
  return std::make_unique<TlsTransport>(impl_->context.get(), socket);
}

}  // namespace sotto::http
