// What the commands that open a model say about packed weights. docs/packed-cache.md
#pragma once

#include <functional>
#include <string>

#include "catalog/paths.h"

namespace CLI {
class App;
}

namespace sotto::cli {

class StatusLine;

// --no-packed-cache, which makes `packed_cache` false.
void add_packed_cache_flag(CLI::App& command, bool& packed_cache);

// Where packed weights are kept; empty: nowhere, by the flag or by SOTTO_NO_PACKED_CACHE.
std::string packed_folder(const catalog::Paths& paths, bool packed_cache);

// For EngineOptions::on_packing: "packing NAME: 43 %". `status` must outlive it.
std::function<void(int)> packing_progress(StatusLine& status, const std::string& name);

// What a person hears when the weights could not be kept.
std::string not_kept_notice(const std::string& problem);

}  // namespace sotto::cli
