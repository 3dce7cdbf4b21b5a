// Files that clients bring for /api/create, named after their sha256: /api/blobs/sha256:….
#pragma once

#include <string>
#include <string_view>

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::ollama {

// Where the blob lies, or will: in the models folder and nowhere else. Errors: kBadRequest ("sha256:" or "sha256-" and
// 64 lower-case hexadecimal digits are wanted).
Result<std::string> blob_path(const std::string& models_folder, std::string_view digest);

Outcome has_blob(Service& service, Call& call);   // HEAD, GET
Outcome take_blob(Service& service, Call& call);  // POST

}  // namespace sotto::api::ollama
