// libcurl, opened when it is needed. Inside sotto::catalog its functions are called by their own names: what this
// header declares hides them there. Call libcurl.open() before.
#pragma once

#include <curl/curl.h>

#include "base/late_library.h"

// Macros of the header that check the arguments' types; they would stand in the way of the names below.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace sotto::catalog {

inline base::LateLibrary libcurl("libcurl.so.4", "libcurl4");

#define SOTTO_LIBCURL(name) inline constexpr base::LateFunction<decltype(::name)> name(libcurl, #name)
SOTTO_LIBCURL(curl_global_init);
SOTTO_LIBCURL(curl_free);
SOTTO_LIBCURL(curl_easy_init);
SOTTO_LIBCURL(curl_easy_cleanup);
SOTTO_LIBCURL(curl_easy_setopt);
SOTTO_LIBCURL(curl_easy_getinfo);
SOTTO_LIBCURL(curl_easy_perform);
SOTTO_LIBCURL(curl_easy_strerror);
SOTTO_LIBCURL(curl_easy_unescape);
SOTTO_LIBCURL(curl_slist_append);
SOTTO_LIBCURL(curl_slist_free_all);
SOTTO_LIBCURL(curl_url);
SOTTO_LIBCURL(curl_url_cleanup);
SOTTO_LIBCURL(curl_url_get);
SOTTO_LIBCURL(curl_url_set);
#undef SOTTO_LIBCURL

}  // namespace sotto::catalog
