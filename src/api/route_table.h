// A table of routes of one API, and how it is added to the router.
#pragma once

#include <span>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api {

struct RouteRow {
  const char* method;
  const char* pattern;
  http::Scope scope;
  Outcome (*handle)(Service& service, Call& call);
  http::RouteOptions options{};
};

// `shape` holds for their failures. service: must outlive the router.
inline void add_rows(http::Router& router, Service& service, const Shape& shape, std::span<const RouteRow> rows) {
  for (const RouteRow& row : rows) {
    const auto handler = [&service, handle = row.handle](Call& call) { return handle(service, call); };
    const auto note = [&service](std::string_view line) { service.note(line); };
    router.add(row.method, row.pattern, row.scope, as_route(shape, handler, note), row.options);
  }
}

}  // namespace sotto::api
