// Answers under schemas, for bench/structured.py.
//
//   sotto_structured MODEL [THREADS]
//
// Reads requests, one JSON object a line: {"prompt": TEXT, "schema": TEXT or "grammar": TEXT, "seed": N, "temperature":
// N, "max_tokens": N}; answers each with {"text": TEXT, "finish": N, "tokens": N, "decode_ms": N} or {"error": TEXT}.
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "sotto/engine.h"

namespace {

nlohmann::json answer(sotto::Session& session, const nlohmann::json& asked) {
  sotto::Request request;
  request.messages = {{sotto::Role::kUser, asked.value("prompt", "")}};
  request.json_schema = asked.value("schema", "");
  request.grammar = asked.value("grammar", "");
  request.sampling.temperature = asked.value("temperature", 0.8f);
  request.sampling.seed = asked.value("seed", 0u);
  request.max_tokens = asked.value("max_tokens", -1);
  std::string text;
  sotto::FinishReason finish{};
  const auto usage = session.run(request, [&](const sotto::Event& event) {
    if (event.kind == sotto::Event::Kind::kText) text += event.text;
    if (event.kind == sotto::Event::Kind::kDone) finish = event.finish;
  });
  if (!usage) return {{"error", usage.error().message}};
  return {{"text", text},
          {"finish", static_cast<int>(finish)},
          {"tokens", usage->completion_tokens},
          {"decode_ms", usage->decode_ms}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("sotto_structured MODEL [THREADS]\n", stderr), 2;
  sotto::EngineOptions options{.model_path = argv[1], .ctx_tokens = 2048};
  if (argc > 2) options.threads = std::atoi(argv[2]);
  const auto engine = sotto::Engine::open(options);
  if (!engine) return std::fprintf(stderr, "%s\n", engine.error().message.c_str()), 1;
  const auto session = (*engine)->new_session();
  if (!session) return std::fprintf(stderr, "%s\n", session.error().message.c_str()), 1;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << answer(**session, nlohmann::json::parse(line)) << std::endl;
}
