// Addresses: which may be asked, how one leads to the next, and what of them may be shown.
#pragma once

#include <string>

#include "sotto/result.h"

namespace sotto::catalog {

// https:// anywhere, http:// to this machine alone (127.0.0.0/8, ::1, localhost). Errors:
// kBadRequest.
Result<void> check_url(const std::string& url);

bool is_plain_http(const std::string& url);

// `link` as found on the page at `base`. Credentials of `base` are taken along to the same scheme,
// host and port, and nowhere else. The fragment is dropped. Errors: kBadFile when it is no address.
Result<std::string> join_url(const std::string& base, const std::string& link);

// Without user, password and query: safe to show and to write down.
std::string shown_url(const std::string& url);

std::string percent_decode(const std::string& text);

}  // namespace sotto::catalog
