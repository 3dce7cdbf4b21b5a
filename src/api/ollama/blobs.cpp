#include "api/ollama/blobs.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "catalog/files.h"
#include "catalog/sha256.h"

namespace sotto::api::ollama {
namespace {

constexpr std::size_t kPartBytes = 1u << 20;

// Writes what arrives to `path`; gives its sha256.
Result<std::string> receive(http::Upload& upload, const std::string& path) {
  const catalog::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) return Unexpected(catalog::system_error("cannot create", path));
  catalog::Sha256 sum;
  std::vector<char> part(kPartBytes);
  for (std::uint64_t done = 0;;) {
    const auto n = upload.read(part);
    if (!n) return Unexpected(n.error());
    if (*n == 0) return sum.hex();
    const std::span<const char> bytes(part.data(), *n);
    sum.update(bytes);
    if (auto written = catalog::write_at(file.get(), bytes, done, path); !written) return forward_error(written);
    done += *n;
  }
}

std::string temporary_path(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return fmt::format("{}.{}.{}.part", path, ::getpid(), ++count);
}

}  // namespace

Result<std::string> blob_path(const std::string& models_folder, std::string_view digest) {
  constexpr std::size_t kHexDigits = 64;
  const bool prefixed = digest.starts_with("sha256:") || digest.starts_with("sha256-");
  const std::string_view hex = prefixed ? digest.substr(7) : "";
  if (hex.size() != kHexDigits || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return Unexpected(ErrorCode::kBadRequest,
                      "the digest: sha256: and 64 lower-case hexadecimal digits are wanted, found something else");
  }
  return fmt::format("{}/.blobs/sha256-{}", models_folder, hex);
}

Outcome has_blob(Service& service, Call& call) {
  const auto path = blob_path(service.store().folder(), call.request().params["digest"]);
  if (!path) return failure_of(path.error());
  if (catalog::file_size(*path) < 0) return Failure{404, "not_found", "no such blob is here"};
  call.send_text("");
  return std::nullopt;
}

Outcome take_blob(Service& service, Call& call) {
  const std::string& digest = call.request().params["digest"];
  const auto path = blob_path(service.store().folder(), digest);
  if (!path) return failure_of(path.error());
  if (auto made = catalog::make_folders(catalog::parent_folder(*path)); !made) return failure_of(made.error());
  const std::string part = temporary_path(*path);
  const auto sum = receive(*call.request().upload, part);
  if (sum && path->ends_with("-" + *sum)) {
    if (auto kept = catalog::publish_file(part, *path, true); !kept) return failure_of(kept.error());
    call.reply().send(201, "", "");
    return std::nullopt;
  }
  catalog::delete_file(part);
  if (!sum) return failure_of(sum.error());
  return bad_request(fmt::format("the body's sha256 is {}, expected that of {}", *sum, digest));
}

}  // namespace sotto::api::ollama
