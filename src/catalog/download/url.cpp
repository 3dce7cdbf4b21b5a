#include "catalog/download/url.h"

#include <memory>

#include <fmt/format.h>

#include "catalog/download/libcurl.h"

namespace sotto::catalog {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)>;

// None when it is no address, or libcurl is not to be had.
Handle parse(const std::string& url) {
  if (!libcurl.open()) return Handle(nullptr, nullptr);
  Handle handle(curl_url(), curl_url_cleanup);
  if (curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) handle.reset();
  return handle;
}

std::string part(const Handle& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (!url || curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  int a, b, c, d, end = 0;
  return std::sscanf(host.c_str(), "%d.%d.%d.%d%n", &a, &b, &c, &d, &end) == 4 && a == 127 &&
         static_cast<std::size_t>(end) == host.size();
}

bool same_server(const Handle& a, const Handle& b) {
  return part(a, CURLUPART_SCHEME) == part(b, CURLUPART_SCHEME) && part(a, CURLUPART_HOST) == part(b, CURLUPART_HOST) &&
         part(a, CURLUPART_PORT, CURLU_DEFAULT_PORT) == part(b, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

}  // namespace

bool is_plain_http(const std::string& url) { return part(parse(url), CURLUPART_SCHEME) == "http"; }

Result<void> check_url(const std::string& url) {
  auto opened = libcurl.open();
  if (!opened) return forward_error(opened);
  Handle handle = parse(url);
  std::string scheme = part(handle, CURLUPART_SCHEME);
  bool ok = scheme == "https" || (scheme == "http" && is_loopback(part(handle, CURLUPART_HOST)));
  if (ok) return {};
  return Unexpected(ErrorCode::kBadRequest,
                    fmt::format("{}: expected an https:// address; http:// is used only within this "
                                "machine",
                                shown_url(url)));
}

Result<std::string> join_url(const std::string& base, const std::string& link) {
  Handle origin = parse(base);
  Handle joined = parse(base);
  if (!joined || curl_url_set(joined.get(), CURLUPART_URL, link.c_str(), 0) != CURLUE_OK) {
    return Unexpected(ErrorCode::kBadFile, fmt::format("{}: a link there is no address", shown_url(base)));
  }
  curl_url_set(joined.get(), CURLUPART_FRAGMENT, nullptr, 0);
  std::string user = part(origin, CURLUPART_USER);
  if (same_server(origin, joined) && !user.empty() && part(joined, CURLUPART_USER).empty()) {
    curl_url_set(joined.get(), CURLUPART_USER, user.c_str(), 0);
    std::string password = part(origin, CURLUPART_PASSWORD);
    if (!password.empty()) curl_url_set(joined.get(), CURLUPART_PASSWORD, password.c_str(), 0);
  }
  return part(joined, CURLUPART_URL);
}

std::string shown_url(const std::string& url) {
  Handle handle = parse(url);
  if (!handle) return "(not an address)";
  for (CURLUPart secret :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(handle.get(), secret, nullptr, 0);
  }
  return part(handle, CURLUPART_URL);
}

std::string percent_decode(const std::string& text) {
  if (!libcurl.open()) return text;
  int size = 0;
  char* decoded = curl_easy_unescape(nullptr, text.c_str(), static_cast<int>(text.size()), &size);
  if (!decoded) return text;
  std::string copy(decoded, static_cast<std::size_t>(size));
  curl_free(decoded);
  return copy;
}

}  // namespace sotto::catalog
