// What a route asks for and a token gives. Higher includes lower.
#pragma once

#include <optional>
#include <string_view>

namespace sotto::http {

enum class Scope {
  kOpen,   // says only that the server is there
  kChat,   // runs models
  kAdmin,  // changes models or the server
};

constexpr std::string_view scope_name(Scope scope) {
  return scope == Scope::kAdmin ? "admin" : scope == Scope::kChat ? "chat" : "open";
}

// A scope that a token may have; nothing for other words.
constexpr std::optional<Scope> token_scope(std::string_view word) {
  if (word == "admin") return Scope::kAdmin;
  if (word == "chat") return Scope::kChat;
  return std::nullopt;
}

}  // namespace sotto::http
