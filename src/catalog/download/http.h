// One HTTP request, followed through redirects under our rules. Knows nothing of files, resuming or
// retrying.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sotto/result.h"

namespace sotto::catalog {

// What the last server said before the body, and what a redirect to it promised.
struct HttpHead {
  long status = 0;
  std::string url;           // where the redirects ended
  std::string content_type;  // lower case, without parameters
  std::string etag;          // as sent, with quotes and "W/"
  std::string last_modified;
  std::string content_range;                   // "bytes 5-9/10"
  std::string linked_sha256;                   // of the file, when a header says so: 64 lower-case hex digits
  std::optional<std::uint64_t> content_bytes;  // Content-Length
};

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  // "Range: bytes=5-"
  const std::atomic<bool>* cancel = nullptr;
  int stall_seconds = 30;
  // An Error from either ends the transfer with that Error. Not called for redirects.
  std::function<Result<void>(const HttpHead&)> on_head;
  std::function<Result<void>(std::span<const char>)> on_body;
};

struct HttpOutcome {
  HttpHead head;
  std::string lost;         // not empty: the connection could not be made or broke, and why; trying again may help
  bool unresolved = false;  // lost because no such host is known: there may be no network at all
};

// GET. A status that is no success is no Error: the caller reads head.status. At most 5 redirects,
// each under check_url(); https never leads to http. Certificates are checked; SSL_CERT_FILE and
// CURL_CA_BUNDLE name others. Errors: kCancelled, kBadRequest (address), kIo (what trying again
// does not mend), what the callbacks return.
Result<HttpOutcome> http_get(const HttpRequest& request);

// How often a page is asked for when the connection is lost or the server has a fault.
struct Patience {
  int tries = 1;
  std::chrono::milliseconds delay{0};  // before the second try; each later one waits longer
  std::function<void(const std::string& why)> on_retry;
};

// The body of a small page, at most `max_bytes`. An unknown host is not asked for again. Errors: as http_get; kNotFound
// for 404; kIo for other statuses and lost connections.
struct HttpPage {
  HttpHead head;
  std::string body;
};
Result<HttpPage> http_get_page(HttpRequest request, std::size_t max_bytes, const Patience& patience = {});

// For a status that is no success: what it means for the person, with the address.
Error status_error(const HttpHead& head);

}  // namespace sotto::catalog
