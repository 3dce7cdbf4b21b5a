// Renders templates here and with jinja2 (tools/oracle_jinja.py) and compares byte for byte.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "text/jinja/interpreter.h"

namespace sotto::text::jinja {

using Json = nlohmann::ordered_json;

// strftime_now() shows the oracle's moment: Sunday, 5 July 2026, 09:08:07.
Result<std::vector<Piece>> render_pieces(std::string_view source, const Json& variables,
                                         const TemplateBudget& budget = {}, RenderStats* stats = nullptr);
std::string joined(const std::vector<Piece>& pieces);

// The text, or "error: …".
std::string render(std::string_view source, const Json& variables);
std::string render(std::string_view source);

// Each snippet, with variables that all share.
void expect_snippets_as_jinja(const std::vector<std::string>& snippets);

// Runs the oracle; the cases it rendered, or nothing (and a failed test) when it cannot run.
std::vector<Json> run_jinja_oracle(std::vector<std::string> arguments);

// Every case must give the same text, or fail where jinja2 fails; `least_rendered` of them must have a text. Integers
// beyond 127 bits are told apart: they are the one deliberate difference.
std::size_t expect_as_jinja(const std::vector<Json>& cases, double least_rendered);

}  // namespace sotto::text::jinja
