#include "api/failure.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

TEST(Failure, ErrorsHaveStatuses) {
  const std::pair<ErrorCode, int> statuses[] = {{ErrorCode::kBadRequest, 400},  {ErrorCode::kUnsupported, 400},
                                                {ErrorCode::kContextFull, 400}, {ErrorCode::kNotFound, 404},
                                                {ErrorCode::kBudget, 503},      {ErrorCode::kCancelled, 499},
                                                {ErrorCode::kBadFile, 500},     {ErrorCode::kIo, 500}};
  for (const auto& [code, status] : statuses) EXPECT_EQ(failure_of({code, "x"}).status, status);
  EXPECT_EQ(failure_of({ErrorCode::kContextFull, "x"}).code, "context_length_exceeded");
  EXPECT_GT(failure_of({ErrorCode::kBudget, "x"}).retry_after_s, 0);
  EXPECT_EQ(failure_of({ErrorCode::kIo, "x"}).retry_after_s, 0);
  EXPECT_EQ(model_not_found({ErrorCode::kNotFound, "x"}).code, "model_not_found");
  EXPECT_EQ(model_not_found({ErrorCode::kBadRequest, "x"}).status, 400);
  EXPECT_EQ(busy("x").status, 503);
}

}  // namespace
}  // namespace sotto::api
