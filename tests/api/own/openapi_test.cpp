#include "api/own/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "api/fake.h"
#include "api/routes.h"

namespace sotto::api::own {
namespace {

// "POST /v1/models/{id}" for each route of the server.
std::set<std::string> served() {
  FakeService fake;
  http::Router router;
  add_routes(router, *fake.service);
  std::set<std::string> all;
  for (const http::Route& route : router.routes()) {
    std::string path;
    for (const std::string& segment : route.segments)
      path += "/" + (segment.starts_with(':') ? "{" + segment.substr(1) + "}" : segment);
    all.insert(route.method + " " + path);
  }
  return all;
}

// Calls `see` with the method in capitals, the path and the operation of each.
void for_each_operation(const Json& document,
                        const std::function<void(const std::string&, const std::string&, const Json&)>& see) {
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (!operation.is_object()) continue;  // parameters of all
      std::string name = method;
      std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
      see(name, path, operation);
    }
  }
}

void find_references(const Json& value, std::set<std::string>& found) {
  if (value.is_object() && value.contains("$ref")) found.insert(value["$ref"].get<std::string>());
  for (const Json& inner : value)
    if (inner.is_structured()) find_references(inner, found);
}

TEST(Openapi, DescribesEveryRouteAndNoOther) {
  const std::set<std::string> routes = served();
  EXPECT_GT(routes.size(), 30u);
  std::set<std::string> described;
  for_each_operation(openapi_document(), [&](const std::string& method, const std::string& path, const Json&) {
    if (method == "HEAD") EXPECT_TRUE(routes.contains("GET " + path)) << path;
    else described.insert(method + " " + path);
  });
  EXPECT_EQ(described, routes);
}

TEST(Openapi, EveryOperationSaysWhatItAnswers) {
  for_each_operation(openapi_document(), [](const std::string& method, const std::string& path, const Json& operation) {
    EXPECT_TRUE(operation.contains("summary")) << method << " " << path;
    EXPECT_EQ(operation["tags"].size(), 1u);
    const Json& responses = operation["responses"];
    EXPECT_TRUE(responses.contains("200") || responses.contains("201") || responses.contains("101"))
        << method << " " << path;
    for (const char* status : {"400", "403", "404", "413", "503"}) EXPECT_TRUE(responses.contains(status)) << path;
    EXPECT_FALSE(responses.contains("500"));
    EXPECT_EQ(operation.contains("requestBody"), method == "POST" || path == "/api/delete") << method << " " << path;
  });
}

TEST(Openapi, ErrorsMayBeThoseOfAnotherApi) {
  const Json document = openapi_document();
  const Json& operation = document["paths"]["/v1/chat/socket"]["get"];
  EXPECT_FALSE(operation.contains("x-errors"));
  for (const char* status : {"403", "426"}) {
    EXPECT_EQ(operation["responses"][status]["content"]["application/json"]["schema"]["$ref"],
              "#/components/schemas/openaiError");
  }
}

TEST(Openapi, EveryReferenceLeadsSomewhere) {
  const Json document = openapi_document();
  std::set<std::string> references;
  find_references(document, references);
  EXPECT_GT(references.size(), 20u);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/"));
    EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
  }
}

TEST(Openapi, IsServed) {
  FakeService fake;
  const Shape shape = {[](const Failure& failure) { return Json{{"error", failure.message}}; }, {}};
  const KeptReply reply = call_with(shape, *fake.service, openapi, "");
  EXPECT_EQ(reply.status, 200);
  const Json document = Json::parse(reply.body);
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_NE(document["info"]["version"], "");
}

}  // namespace
}  // namespace sotto::api::own
