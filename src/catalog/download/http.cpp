#include "catalog/download/http.h"

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "catalog/download/libcurl.h"
#include "catalog/download/url.h"
#include "catalog/names.h"

namespace sotto::catalog {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxRedirects = 5;
constexpr long kConnectSeconds = 20;

// One transfer's state, reached from libcurl's callbacks. They must not throw: they are called from
// C.
struct Transfer {
  const HttpRequest& request;
  HttpHead head;
  bool head_reported = false;
  std::optional<Error> failure;
  curl_off_t received_bytes = 0;
  Clock::time_point last_received = Clock::now();
  bool stalled = false;
  char curl_message[CURL_ERROR_SIZE] = {};

  bool is_redirect() const { return head.status >= 301 && head.status <= 308 && head.status != 304; }

  bool report_head() {
    if (head_reported || is_redirect()) return true;
    head_reported = true;
    if (!request.on_head) return true;
    auto result = request.on_head(head);
    if (!result) failure = result.error();
    return result.has_value();
  }
};

std::string trim(std::string_view text) {
  auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

// A model hub's ETag of a large file is the file's sha256 in quotes.
std::string sha256_in_tag(std::string_view tag) {
  if (tag.size() != 66 || tag.front() != '"' || tag.back() != '"') return {};
  std::string digits = to_lower(tag.substr(1, 64));
  bool hex = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex ? digits : "";
}

// Begins a new answer, keeping what an earlier hop said of the file.
void start_head(HttpHead& head, std::string_view status_line) {
  HttpHead fresh;
  fresh.linked_sha256 = head.linked_sha256;
  std::size_t space = status_line.find(' ');
  if (space != std::string_view::npos) fresh.status = std::atol(status_line.data() + space + 1);
  head = std::move(fresh);
}

void read_header(HttpHead& head, std::string_view line) {
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name = to_lower(line.substr(0, colon));
  std::string value = trim(line.substr(colon + 1));
  if (name == "content-type") head.content_type = to_lower(trim(value.substr(0, value.find(';'))));
  if (name == "etag") head.etag = value;
  if (name == "last-modified") head.last_modified = value;
  if (name == "content-range") head.content_range = value;
  if (name == "x-linked-etag") head.linked_sha256 = sha256_in_tag(value);
  if (name == "content-length") {
    head.content_bytes = std::strtoull(value.c_str(), nullptr, 10);
  }
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  std::string line(data, size);
  if (line.starts_with("HTTP/")) {
    start_head(transfer.head, line);
  } else {
    read_header(transfer.head, line);
  }
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (transfer.is_redirect()) return size;
  if (!transfer.report_head()) return CURL_WRITEFUNC_ERROR;
  if (!transfer.request.on_body) return size;
  auto result = transfer.request.on_body({data, size});
  if (result) return size;
  transfer.failure = result.error();
  return CURL_WRITEFUNC_ERROR;
}

// libcurl calls it with every piece and about once a second; anything but 0 ends the transfer. Its
// own measure of slowness averages over five seconds, too coarse for "nothing came".
int on_progress(void* context, curl_off_t, curl_off_t received_bytes, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(context);
  auto now = Clock::now();
  if (received_bytes != transfer.received_bytes) {
    transfer.received_bytes = received_bytes;
    transfer.last_received = now;
  }
  transfer.stalled = now - transfer.last_received > std::chrono::seconds(transfer.request.stall_seconds);
  return transfer.stalled || (transfer.request.cancel && transfer.request.cancel->load());
}

// OpenSSL writes to sockets in a way that ends the program with SIGPIPE when the other side is
// gone. The signal goes to the thread that writes: it is held back there and thrown away.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    timespec no_wait{};
    if (!sigismember(&before_, SIGPIPE)) sigtimedwait(&pipe_, nullptr, &no_wait);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_, before_;
};

using Curl = std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)>;

// libcurl's library, unlike its tool, does not read these by itself.
void use_certificates(CURL* curl) {
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    const char* file = std::getenv(name);
    if (file && *file) curl_easy_setopt(curl, CURLOPT_CAINFO, file);
  }
}

void set_options(CURL* curl, Transfer& transfer, const curl_slist* headers) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "sotto");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer.curl_message);
  use_certificates(curl);
}

// What will not be different at the next try.
bool is_final(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_OUT_OF_MEMORY: return true;
    default: return false;
  }
}

// Makes an Error of what ended the transfer, or fills `lost`.
Result<HttpOutcome> conclude(Transfer& transfer, CURLcode code, const std::string& url) {
  HttpOutcome outcome{.head = transfer.head, .lost = {}};
  outcome.head.url = url;
  if (outcome.head.linked_sha256.empty()) outcome.head.linked_sha256 = sha256_in_tag(outcome.head.etag);
  if (transfer.failure) return Unexpected(*transfer.failure);
  if (code == CURLE_OK) return outcome;
  if (code == CURLE_ABORTED_BY_CALLBACK && !transfer.stalled) return Unexpected(ErrorCode::kCancelled, "cancelled");
  std::string reason = *transfer.curl_message ? transfer.curl_message : curl_easy_strerror(code);
  if (transfer.stalled) {
    reason = fmt::format("nothing came for {} seconds", transfer.request.stall_seconds);
  }
  if (is_final(code)) {
    return Unexpected(ErrorCode::kIo, fmt::format("{}: {}", shown_url(url), reason));
  }
  outcome.lost = fmt::format("{}: {}", shown_url(url), reason);
  outcome.unresolved = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY;
  return outcome;
}

// The next hop's address, or an Error when the rules forbid it.
Result<std::string> redirect_target(CURL* curl, const std::string& url) {
  const char* target = nullptr;
  curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &target);
  if (!target) {
    return Unexpected(ErrorCode::kIo, shown_url(url) + ": a redirect that does not say where to");
  }
  if (is_plain_http(target) && !is_plain_http(url)) {
    return Unexpected(ErrorCode::kIo, fmt::format("{}: redirects to {}, which is not encrypted; refused",
                                                  shown_url(url), shown_url(target)));
  }
  auto allowed = check_url(target);
  if (!allowed) return forward_error(allowed);
  return join_url(url, target);
}

}  // namespace

Result<HttpOutcome> http_get(const HttpRequest& request) {
  auto allowed = check_url(request.url);
  if (!allowed) return forward_error(allowed);
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  NoPipeSignal no_pipe_signal;
  Curl curl(curl_easy_init(), curl_easy_cleanup);
  Headers headers(nullptr, curl_slist_free_all);
  for (const std::string& header : request.headers) {
    curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
    headers.release();
    headers.reset(longer);
  }
  Transfer transfer{.request = request, .head = {}, .failure = {}};
  set_options(curl.get(), transfer, headers.get());
  std::string url = request.url;
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    // A proxy must not see, nor be able to answer for, what goes to this machine.
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, is_plain_http(url) ? "*" : nullptr);
    transfer.head.url = url;
    transfer.last_received = Clock::now();
    CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK || !transfer.is_redirect()) {
      if (code == CURLE_OK) transfer.report_head();
      return conclude(transfer, code, url);
    }
    auto target = redirect_target(curl.get(), url);
    if (!target) return forward_error(target);
    url = std::move(*target);
  }
  return Unexpected(ErrorCode::kIo, fmt::format("{}: more than {} redirects", shown_url(request.url), kMaxRedirects));
}

Result<HttpPage> http_get_page(HttpRequest request, std::size_t max_bytes, const Patience& patience) {
  HttpPage page;
  request.on_body = [&](std::span<const char> bytes) -> Result<void> {
    if (page.body.size() + bytes.size() > max_bytes) {
      return Unexpected(ErrorCode::kBadFile,
                        fmt::format("{}: the page is longer than {} bytes", shown_url(request.url), max_bytes));
    }
    page.body.append(bytes.data(), bytes.size());
    return {};
  };
  for (int tries = 1;; ++tries) {
    page.body.clear();
    auto outcome = http_get(request);
    if (!outcome) return forward_error(outcome);
    page.head = outcome->head;
    if (outcome->lost.empty() && page.head.status == 200) return page;
    Error error = outcome->lost.empty() ? status_error(page.head) : Error{ErrorCode::kIo, outcome->lost};
    bool may_pass = error.code == ErrorCode::kIo && !outcome->unresolved;
    if (!may_pass || tries >= patience.tries) return Unexpected(std::move(error));
    if (patience.on_retry) patience.on_retry(error.message);
    std::this_thread::sleep_for(patience.delay * tries);
  }
}

Error status_error(const HttpHead& head) {
  std::string what = fmt::format("{}: the server answers {}", shown_url(head.url), head.status);
  switch (head.status) {
    case 401:
    case 403: return {ErrorCode::kIo, what + ": it wants an account or does not allow this"};
    case 404:
    case 410: return {ErrorCode::kNotFound, what + ": it has no such file"};
    case 429: return {ErrorCode::kIo, what + ": too many requests; try again later"};
    default: return {ErrorCode::kIo, what + (head.status >= 500 ? ": it has a fault; try again later" : "")};
  }
}

}  // namespace sotto::catalog
