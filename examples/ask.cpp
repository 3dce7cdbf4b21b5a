// Asks a model one question: ask MODEL.gguf "QUESTION"
#include <iostream>

#include "sotto/engine.h"

int fail(const sotto::Error& error) {
  std::cerr << error.message << "\n";
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 3) return fail({sotto::ErrorCode::kBadRequest, "usage: ask MODEL.gguf QUESTION"});
  sotto::EngineOptions options;
  options.model_path = argv[1];
  auto engine = sotto::Engine::open(options);
  if (!engine) return fail(engine.error());
  auto session = (*engine)->new_session();
  if (!session) return fail(session.error());

  sotto::Request request;
  request.messages = {{sotto::Role::kUser, argv[2]}};
  request.sampling.temperature = 0.2f;  // as `sotto run` has it: small models wander when it is higher
  request.sampling.repeat_penalty = 1.1f;
  auto usage = (*session)->run(request, [](const sotto::Event& event) {
    if (event.kind == sotto::Event::Kind::kText) std::cout << event.text << std::flush;
  });
  if (!usage) return fail(usage.error());
  std::cout << "\n" << usage->completion_tokens << " tokens\n";
}
