// What `sotto eval` found, as a table, as JSON and as a picture. Pure functions.
#pragma once

#include <string>

#include "cli/json_out.h"
#include "evaluate/models.h"

namespace sotto::cli {

// A row for the reference, where there is one, and for each model; columns aligned, a heading first.
std::string eval_table(const evaluate::EvalTable& table);

Json eval_json(const evaluate::EvalTable& table);

// An SVG picture, bytes against mean KLD on a logarithmic scale, a point with its file's name for each model. Text
// of names is escaped.
std::string eval_plot(const evaluate::EvalTable& table);

}  // namespace sotto::cli
