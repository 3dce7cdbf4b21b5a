// What people and scripts are told of a model of the catalog, and of what this machine makes of it.
#pragma once

#include <string>

#include "catalog/catalog.h"
#include "catalog/machine.h"
#include "cli/json_out.h"

namespace sotto::cli {

// Of a model that answers nobody.
inline constexpr const char* kEncoderText = "no: it is an encoder, which makes embeddings (sotto embed)";
inline constexpr const char* kContinuesText = "no: it continues text";

inline constexpr int kShortCtx = 4096, kLongCtx = 32768;  // contexts whose memory is told

std::string context_text(const catalog::Entry& entry);  // "128K"
std::string memory_text(const catalog::Entry& entry);   // of both contexts: "1.2 GB, 2.3 GB", the second perhaps "-"
std::string here_text(const catalog::Entry& entry, const catalog::Fit& fit);  // "~25 tokens/s", or why not

// Rows "name:" to "runs here:".
std::string entry_text(const catalog::Entry& entry, const catalog::Fit& fit);

Json entry_json(const catalog::Entry& entry);                           // what the catalog says
Json entry_json(const catalog::Entry& entry, const catalog::Fit& fit);  // with what this machine makes of it

}  // namespace sotto::cli
