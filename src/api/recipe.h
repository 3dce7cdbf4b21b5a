// From the name in a request to what has to be opened: a model of the models folder, or an assistant with its base,
// adapters, template, instructions and parameters. Knows nothing of engines that run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/options.h"
#include "catalog/store.h"
#include "sotto/engine.h"

namespace sotto::api {

struct Recipe {
  std::string name;      // one spelling of what was asked for: "smollm2:135m"
  EngineOptions engine;  // the file, adapters, template and kind of cache
  Options options;       // an assistant's parameters
  std::string system;    // an assistant's instructions
  std::vector<Message> examples;
  bool raw = false;  // texts are continued without a template

  // What engines are told apart by: assistants of one base share its engine when they change only what is said.
  std::string engine_key() const;
};

// A name as the catalog spells it, for use in paths: only letters, digits, ".", "_", "-" and one ":". What it names can
// lie only in the models folder. Errors: kBadRequest.
Result<std::string> clean_name(std::string_view name);

// Errors: kNotFound, kBadRequest (no name), kBadFile (an assistant's file), kIo.
Result<Recipe> find_recipe(const catalog::Store& store, std::string_view name);

// The assistants of the API are those of the terminal program: an adapter is "PATH" or "PATH=SCALE".
Result<AdapterOption> parse_adapter(std::string_view text);

}  // namespace sotto::api
