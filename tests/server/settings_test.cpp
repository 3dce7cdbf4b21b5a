#include "server/settings.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sotto::server {
namespace {

ParsedLine parse(std::vector<const char*> arguments, Settings& settings) {
  arguments.insert(arguments.begin(), "sotto-server");
  return parse_line(static_cast<int>(arguments.size()), arguments.data(), settings);
}

TEST(ServerSettings, Defaults) {
  Settings settings;
  ASSERT_FALSE(parse({}, settings).done);
  EXPECT_EQ(settings.address.host, "127.0.0.1");
  EXPECT_EQ(settings.address.port, 11434);
  EXPECT_EQ(settings.keep_alive, std::chrono::minutes(5));
  EXPECT_TRUE(settings.packed_cache);
}

TEST(ServerSettings, FlagsGoBeforeTheEnvironment) {
  ::setenv("SOTTO_HOST", "0.0.0.0:9000", 1);
  ::setenv("SOTTO_KEEP_ALIVE", "1h", 1);
  Settings settings;
  EXPECT_FALSE(parse({"--port", "0", "--origins", "https://a.example,http://b.example:*", "--models-max", "2",
                      "--memory", "512", "--parallel", "3", "--queue", "5", "--no-packed-cache", "--ctx", "2048"},
                     settings)
                   .done);
  EXPECT_EQ(settings.address.host, "0.0.0.0");
  EXPECT_EQ(settings.address.port, 0);
  EXPECT_EQ(settings.keep_alive, std::chrono::hours(1));
  const api::ServiceOptions service = service_options(settings, {.models = "/models", .packed = "/packed"});
  EXPECT_EQ(service.limits.most, 2u);
  EXPECT_EQ(service.limits.memory_bytes, 512u << 20);
  EXPECT_EQ(service.limits.sessions.most, 3u);
  EXPECT_EQ(service.limits.sessions.most_waiting, 5u);
  EXPECT_EQ(service.packed_dir, "");
  EXPECT_EQ(service.ctx_tokens, 2048);
  const http::ServerOptions http = server_options(settings);
  EXPECT_EQ(http.allowed_origins, (std::vector<std::string>{"https://a.example", "http://b.example:*"}));
  EXPECT_GT(http.limits.handler_threads, 8u);
  ::unsetenv("SOTTO_HOST");
  ::unsetenv("SOTTO_KEEP_ALIVE");
}

TEST(ServerSettings, MistakesEndWithTwo) {
  const std::vector<std::vector<const char*>> lines = {
      {"--port", "70000"}, {"--host", "a b"}, {"--keep-alive", "soon"}, {"--cert", "x"},
      {"--key", "x"},      {"--nonsense"},    {"--models-max", "0"}};
  for (const auto& line : lines) {
    Settings settings;
    const ParsedLine parsed = parse(line, settings);
    EXPECT_TRUE(parsed.done) << line[0];
    EXPECT_EQ(parsed.exit, 2) << line[0];
  }
}

}  // namespace
}  // namespace sotto::server
