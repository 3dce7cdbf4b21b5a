#include "api/own/openapi.h"

#include <string>

#include "base/check.h"

namespace sotto::api::own {
namespace {

struct CommonError {
  const char* status;
  const char* what;
};

constexpr CommonError kErrors[] = {
    {"400", "The request is not understood, or asks for what cannot be done"},
    {"401", "A token is wanted"},
    {"403", "The token does not allow it, or the request comes from a page or by a name that may not"},
    {"404", "The model is not here"},
    {"408", "The request came too slowly"},
    {"413", "The body is too large"},
    {"415", "A body of another type is wanted"},
    {"417", "Of Expect only 100-continue is understood"},
    {"431", "The head is too large"},
    {"503", "The server is busy; Retry-After says when to try again"},
};

bool is_operation(const std::string& name) {
  return name != "parameters" && name != "summary" && name != "description";
}

Json parse_part(const OpenapiPart& part) {
  Json parsed = Json::parse(part.text, nullptr, false);
  SOTTO_CHECK(parsed.is_object());  // it was there when the program was built
  return parsed;
}

void describe_errors(const Json& schema, Json& operation) {
  for (const CommonError& error : kErrors) {
    if (operation["responses"].contains(error.status)) continue;
    operation["responses"][error.status] = {{"description", error.what},
                                            {"content", {{"application/json", {{"schema", schema}}}}}};
  }
}

void add_part(const OpenapiPart& part, Json& document) {
  Json added = parse_part(part);
  document["components"]["schemas"][std::string(part.name) + "Error"] = added["error"];
  for (auto& [path, item] : added["paths"].items()) {
    for (auto& [method, operation] : item.items()) {
      if (!is_operation(method)) continue;
      operation["tags"] = Json::array({part.name});
      const std::string errors_of = operation.value("x-errors", std::string(part.name));
      operation.erase("x-errors");
      describe_errors({{"$ref", "#/components/schemas/" + errors_of + "Error"}}, operation);
    }
    document["paths"][path] = item;
  }
  for (auto& [kind, members] : added["components"].items()) document["components"][kind].update(members);
}

}  // namespace

Json openapi_document() {
  const auto parts = openapi_parts();
  Json document = parse_part(parts.front());
  document["info"]["version"] = SOTTO_VERSION;
  for (const OpenapiPart& part : parts.subspan(1)) add_part(part, document);
  return document;
}

Outcome openapi(Service&, Call& call) {
  if (auto wrong = call.check()) return wrong;
  call.send(openapi_document());
  return std::nullopt;
}

}  // namespace sotto::api::own
