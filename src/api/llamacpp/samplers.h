// llama.cpp's list of samplers.
#pragma once

#include "api/fields.h"
#include "api/options.h"

namespace sotto::api::llamacpp {

// Reads "samplers", where it is there: what it does not name is off, whatever the other fields say. Their order is that
// of docs/sampling.md. "infill" keeps what is at least a fifth as likely as the likeliest token. Names that are not
// known are noted among the ignored.
void read_samplers(Fields& fields, Options& options);

}  // namespace sotto::api::llamacpp
