#include "http/admission.h"

#include <algorithm>

#include "http/handshake.h"
#include "http/target.h"

namespace sotto::http {
namespace {

constexpr std::size_t kMaxTokenBytes = 4096;

// What follows "Bearer" in Authorization, and x-api-key. Clients that need a key and have none send anything.
std::vector<std::string_view> shown_secrets(const Headers& headers) {
  std::vector<std::string_view> secrets;
  for (const Header& field : headers.all()) {
    std::string_view value = field.value;
    if (same_word(field.name, "authorization")) {
      if (!same_word(value.substr(0, 7), "bearer ")) continue;
      value.remove_prefix(7);
      while (value.starts_with(' ')) value.remove_prefix(1);
    } else if (!same_word(field.name, "x-api-key")) {
      continue;
    }
    if (!value.empty() && value.size() <= kMaxTokenBytes) secrets.push_back(value);
  }
  return secrets;
}

// The token with the highest scope of those that were shown, or null.
const Token* shown_token(const Gate& gate, const Headers& headers) {
  const Token* best = nullptr;
  for (const std::string_view secret : shown_secrets(headers)) {
    const Token* token = find_token(gate.tokens, secret);
    if (token && (!best || token->scope > best->scope)) best = token;
  }
  return best;
}

std::string comma_list(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

// A whole address in the request line must be the Host's; then the path is all that matters.
std::optional<Refusal> check_authority(const Target& target, const Headers& headers) {
  if (target.authority.empty()) return std::nullopt;
  const std::string* host = headers.find("host");
  const auto named = parse_authority(target.authority);
  if (host && named && named == parse_authority(*host)) return std::nullopt;
  return Refusal{400, "the address in the first line names another host than the field Host"};
}

Answer answer_options(const Gate& gate, const Knock& knock, const std::string& raw_path) {
  const std::vector<std::string> methods = gate.router.methods(raw_path);
  Answer answer{204, preflight_fields(gate.doors, knock, methods), {}, {}};
  answer.fields.push_back({"Allow", comma_list(methods)});
  return answer;
}

std::optional<Answer> check_route(const Gate& gate, const Match& match, const Knock& knock,
                                  const std::string& raw_path) {
  if (match.route) return std::nullopt;
  if (match.allowed.empty()) {
    return error_answer(gate.router, raw_path, {404, "there is nothing at this address"});
  }
  if (knock.method == "OPTIONS") return answer_options(gate, knock, raw_path);
  Answer answer = error_answer(
      gate.router, raw_path, {405, "this address takes " + comma_list(match.allowed) + ", not " + shown(knock.method)});
  answer.fields.push_back({"Allow", comma_list(match.allowed)});
  return answer;
}

std::optional<Refusal> check_body(const Head& head, const RouteOptions& options) {
  if (head.content_length.value_or(0) > options.max_body_bytes) {
    return Refusal{413, "the body has " + std::to_string(*head.content_length) + " bytes, this address takes at most " +
                            std::to_string(options.max_body_bytes)};
  }
  const std::string* expect = head.headers.find("expect");
  if (expect && !same_word(*expect, "100-continue")) return Refusal{417, "of Expect only 100-continue is understood"};
  return std::nullopt;
}

}  // namespace

Answer error_answer(const Router& router, std::string_view raw_path, const Refusal& refusal) {
  Answer answer{refusal.status, {}, router.error_body(raw_path, refusal.status, refusal.message), refusal.message};
  if (refusal.status == 401) answer.fields.push_back({"WWW-Authenticate", "Bearer"});
  if (refusal.status == 426) answer.fields = upgrade_fields();
  if (refusal.status == 503) answer.fields.push_back({"Retry-After", "1"});
  return answer;
}

Admission admit(const Gate& gate, const Head& head, const Visitor& visitor) {
  Admission admission;
  Request& request = admission.request;
  request.method = head.method;
  auto target = split_target(head.target);
  // Where the address is not understood, this chooses the form of the error and nothing else.
  const std::string raw_path = target ? target->raw_path : head.target.substr(0, head.target.find('?'));
  request.path = target ? target->path : "";
  admission.fields = cors_fields(gate.doors, head.headers);
  const auto refuse_with = [&](Answer answer) {
    const bool preflight = answer.status == 204;  // has these fields already
    if (!preflight) answer.fields.insert(answer.fields.end(), admission.fields.begin(), admission.fields.end());
    admission.answer = std::move(answer);
    return std::move(admission);
  };
  const auto refuse_for = [&](const Refusal& refusal) {
    return refuse_with(error_answer(gate.router, raw_path, refusal));
  };

  const Knock knock{head.method, head.headers, head.http_1_0, head.chunked || head.content_length.has_value(),
                    visitor.local_address};
  if (auto refusal = refuse(gate.doors, knock)) return refuse_for(*refusal);
  if (!target) return refuse_for({400, target.error().message});
  if (auto refusal = check_authority(*target, head.headers)) return refuse_for(*refusal);
  Match match = gate.router.find(head.method, raw_path);
  if (auto answer = check_route(gate, match, knock, raw_path)) return refuse_with(std::move(*answer));
  const Token* token = shown_token(gate, head.headers);
  request.scope = token ? token->scope : Scope::kOpen;
  if (auto refusal = refuse_scope(gate.doors, !gate.tokens.empty(), match.route->scope, request.scope)) {
    return refuse_for(*refusal);
  }
  if (auto refusal = check_body(head, match.route->options)) return refuse_for(*refusal);
  if (match.route->open_socket) {
    if (auto refusal = refuse_handshake(head)) return refuse_for(*refusal);
  }
  request.params = std::move(match.params);
  request.query = std::move(target->query);
  request.client = token ? token->name : visitor.peer_address;
  request.headers = head.headers;
  admission.route = match.route;
  return admission;
}

}  // namespace sotto::http
