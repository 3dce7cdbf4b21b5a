#include "api/llamacpp/shapes.h"

#include <gtest/gtest.h>

namespace sotto::api::llamacpp {
namespace {

TEST(LlamaCppShapes, FieldsArePickedByTheirPath) {
  const Json object = {{"content", "x"}, {"timings", {{"prompt_n", 3}, {"deep", {{"er", 1}}}}}, {"stop", true}};
  EXPECT_EQ(dump(picked(object, {"timings/prompt_n", "content"})), R"({"timings/prompt_n":3,"content":"x"})");
  EXPECT_EQ(dump(picked(object, {"timings/deep/er"})), R"({"timings/deep/er":1})");
  for (const char* path : {"", "/", "no", "timings/no", "stop/x", "content/x", "timings/", "/timings", "//"})
    EXPECT_EQ(dump(picked(object, {path})), "{}") << path;
  EXPECT_EQ(dump(picked(object, {})), "{}");
}

TEST(LlamaCppShapes, ErrorsHaveTheirTypes) {
  const auto type = [](Failure failure) { return shape().body(failure)["error"]["type"]; };
  EXPECT_EQ(type({404, "model_not_found", ""}), "not_found_error");
  EXPECT_EQ(type({400, "invalid_value", ""}), "invalid_request_error");
  EXPECT_EQ(type({400, "unsupported", ""}), "not_supported_error");
  EXPECT_EQ(type({401, "", ""}), "authentication_error");
  EXPECT_EQ(type({403, "", ""}), "permission_error");
  EXPECT_EQ(type({503, "server_busy", ""}), "unavailable_error");
  EXPECT_EQ(type({500, "", ""}), "server_error");
}

}  // namespace
}  // namespace sotto::api::llamacpp
