#include "server/settings.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

namespace sotto::server {
namespace {

constexpr std::uint64_t kBytesPerMiB = 1u << 20;
// More requests at once than sessions and queue hold need threads, so that they can be told to come again.
constexpr std::size_t kSpareThreads = 28;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What a flag's text has to be, as CLI11 asks for it: an empty text when all is well.
template <class T>
std::string problem_of(const Result<T>& result) {
  return result ? std::string() : result.error().message;
}

struct Texts {
  std::string host, keep_alive;
  int port = -1;
};

void add_flags(CLI::App& app, Settings& settings, Texts& texts) {
  app.add_option("--host", texts.host, "the address to listen on: HOST or HOST:PORT; default 127.0.0.1")
      ->envname("SOTTO_HOST")
      ->check([](const std::string& text) { return problem_of(parse_address(text)); });
  app.add_option("--port", texts.port, "the port; default 11434, and 0 takes a free one")->check(CLI::Range(0, 65535));
  app.add_option("--origins", settings.origins, "web pages that may call, as https://chat.example; commas between")
      ->envname("SOTTO_ORIGINS")
      ->delimiter(',');
  app.add_option("--hosts", settings.hosts, "names that this machine is called by, as box.lan; commas between")
      ->delimiter(',');
  CLI::Option* certificate = app.add_option("--cert", settings.certificate, "a certificate in PEM: speaks TLS");
  app.add_option("--key", settings.key, "its key in PEM")->needs(certificate);
  app.add_option("--models-max", settings.models_max, "models that are loaded at the same time; default 3")
      ->check(CLI::Range(1, 1000));
  app.add_option("--memory", settings.memory_mib, "MiB of all loaded models together; default four fifths of memory");
  app.add_option("--parallel", settings.parallel, "answers of one model at the same time; default 4")
      ->check(CLI::Range(1, 64));
  app.add_option("--queue", settings.queue, "requests that wait for a model beside those; default 32")
      ->check(CLI::Range(0, 10'000));
  app.add_option("--keep-alive", texts.keep_alive,
                 "how long a model stays loaded when unused; default 5m, -1: for ever")
      ->envname("SOTTO_KEEP_ALIVE")
      ->check([](const std::string& text) { return problem_of(api::parse_keep_alive(text)); });
  app.add_option("--ctx", settings.ctx_tokens, "tokens a conversation can hold where a request does not say")
      ->check(CLI::Range(0, 1 << 30));
  app.add_option("--threads", settings.threads, "processor threads; default one for each performance core")
      ->check(CLI::Range(0, kMostThreads));
  app.add_flag("!--no-packed-cache", settings.packed_cache, "pack the weights in memory; keep nothing of them on disk");
  app.add_flag("--verbose", settings.verbose, "a line for every request");
  app.add_flag("--systemd", settings.systemd, "serve nothing: write a unit of systemd that serves with these flags");
}

}  // namespace

ParsedLine parse_line(int argc, const char* const* argv, Settings& settings) {
  CLI::App app("Answers programs over HTTP, as Ollama and OpenAI do, with the models of this machine", "sotto serve");
  app.set_version_flag("--version", "sotto-server " SOTTO_VERSION);
  Texts texts;
  add_flags(app, settings, texts);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return {true, app.exit(problem)};
    std::cerr << "sotto-server: " << problem.what() << "\n";
    return {true, 2};
  }
  if (settings.certificate.empty() != settings.key.empty()) {
    std::cerr << "sotto-server: --cert needs --key\n";
    return {true, 2};
  }
  // Both were checked when they were parsed.
  settings.address = *parse_address(texts.host);
  if (texts.port >= 0) settings.address.port = static_cast<std::uint16_t>(texts.port);
  if (!texts.keep_alive.empty()) settings.keep_alive = *api::parse_keep_alive(texts.keep_alive);
  if (!variable("SOTTO_NO_PACKED_CACHE").empty()) settings.packed_cache = false;
  return {};
}

api::ServiceOptions service_options(const Settings& settings, const catalog::Paths& paths) {
  api::ServiceOptions options;
  options.paths = paths;
  options.limits.most = settings.models_max;
  options.limits.memory_bytes = settings.memory_mib * kBytesPerMiB;
  options.limits.sessions = {settings.parallel, settings.queue};
  options.keep_alive = settings.keep_alive;
  options.packed_dir = settings.packed_cache ? paths.packed : "";
  options.ctx_tokens = settings.ctx_tokens;
  options.threads = settings.threads;
  return options;
}

http::ServerOptions server_options(const Settings& settings) {
  http::ServerOptions options;
  options.address = settings.address.host;
  options.port = settings.address.port;
  options.certificate_file = settings.certificate;
  options.key_file = settings.key;
  options.allowed_origins = settings.origins;
  options.allowed_hosts = settings.hosts;
  options.limits.handler_threads = settings.parallel + settings.queue + kSpareThreads;
  return options;
}

}  // namespace sotto::server
