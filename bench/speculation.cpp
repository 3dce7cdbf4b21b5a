// Writes the greedy answer to a prompt with speculation and without, in turns with peers.
//
//   sotto_speculation MODEL [THREADS]
//
// Reads lines "FILE MAX_TOKENS SPECULATE(0|1)" from standard input: FILE holds a user's message. Answers each, from an
// empty state, with one line of JSON. The first line it prints describes the model.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/language.h"
#include "sotto/engine.h"

namespace {

int fail(const std::string& message) {
  std::cerr << "sotto_speculation: " << message << "\n";
  return 1;
}

sotto::Result<nlohmann::ordered_json> answer(sotto::Engine& engine, const sotto::engine::Language& language,
                                             const sotto::Request& request) {
  auto session = engine.new_session();
  if (!session) return forward_error(session);
  std::string text;
  auto usage = (*session)->run(request, [&text](const sotto::Event& event) { text += event.text; });
  if (!usage) return forward_error(usage);
  auto prompt = language.prompt(request);
  if (!prompt) return forward_error(prompt);
  return nlohmann::ordered_json{
      {"tokens", usage->completion_tokens}, {"gen_ms", usage->decode_ms}, {"drafted", usage->drafted_tokens},
      {"accepted", usage->accepted_tokens}, {"prompt", *prompt},          {"text", text}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fail("usage: sotto_speculation MODEL [THREADS]");
  auto engine = sotto::Engine::open({.model_path = argv[1], .threads = argc > 2 ? std::atoi(argv[2]) : 0});
  if (!engine) return fail(engine.error().message);
  const auto file = sotto::gguf::File::open(argv[1]);
  if (!file) return fail(file.error().message);
  const auto language = sotto::engine::Language::read(*file);
  if (!language) return fail(language.error().message);
  std::cout << nlohmann::json{{"model", (*engine)->info().name}}.dump() << std::endl;

  sotto::Request request;
  request.sampling.temperature = 0;
  std::string path;
  while (std::cin >> path >> request.max_tokens >> request.speculate) {
    std::ifstream in(path);
    if (!in) return fail("cannot read " + path);
    request.messages = {{sotto::Role::kUser, {std::istreambuf_iterator<char>(in), {}}}};
    const auto answered = answer(**engine, *language, request);
    if (!answered) return fail(answered.error().message);
    std::cout << answered->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }
  return std::cin.eof() ? 0 : fail("a line is: FILE MAX_TOKENS SPECULATE(0|1)");
}
