#include "catalog/download/wheel.h"

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "catalog/download/libzip.h"
#include "catalog/files.h"

namespace sotto::catalog {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr zip_int64_t kMaxEntries = 100'000;

using Archive = std::unique_ptr<zip_t, decltype(&::zip_discard)>;
using Member = std::unique_ptr<zip_file_t, decltype(&::zip_fclose)>;

Unexpected bad(const std::string& wheel_path, const std::string& what) {
  return Unexpected(ErrorCode::kBadFile, fmt::format("{}: {}", base_name(wheel_path), what));
}

std::string zip_message(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

// The member's number, once all that the directory says of it is acceptable.
Result<zip_uint64_t> locate(zip_t* archive, const std::string& wheel_path, const std::string& member,
                            std::uint64_t max_bytes) {
  if (zip_get_num_entries(archive, 0) > kMaxEntries) return bad(wheel_path, "too many entries");
  zip_int64_t index = zip_name_locate(archive, member.c_str(), ZIP_FL_ENC_RAW);
  zip_stat_t status;
  if (index < 0 || zip_stat_index(archive, static_cast<zip_uint64_t>(index), 0, &status) != 0) {
    return bad(wheel_path, fmt::format("holds no {}", member));
  }
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if ((status.valid & kNeeded) != kNeeded) return bad(wheel_path, member + " is not described");
  if (status.size > max_bytes) {
    return bad(wheel_path, fmt::format("{} is {} bytes long, expected at most {}", member, status.size, max_bytes));
  }
  if (status.encryption_method != ZIP_EM_NONE) return bad(wheel_path, member + " is encrypted");
  if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE) {
    return Unexpected(ErrorCode::kUnsupported, fmt::format("{}: {} is packed by method {}, expected deflate",
                                                           base_name(wheel_path), member, status.comp_method));
  }
  return static_cast<zip_uint64_t>(index);
}

}  // namespace

Result<std::uint64_t> read_member(const std::string& wheel_path, const std::string& member, std::uint64_t max_bytes,
                                  const BytesSink& sink) {
  auto opened = libzip.open();
  if (!opened) return forward_error(opened);
  int code = 0;
  Archive archive(zip_open(wheel_path.c_str(), ZIP_RDONLY, &code), zip_discard);
  if (!archive) return bad(wheel_path, "is no readable zip archive: " + zip_message(code));
  auto index = locate(archive.get(), wheel_path, member, max_bytes);
  if (!index) return forward_error(index);
  Member file(zip_fopen_index(archive.get(), *index, 0), zip_fclose);
  if (!file) return bad(wheel_path, fmt::format("{}: {}", member, zip_strerror(archive.get())));
  std::vector<char> buffer(kChunkBytes);
  std::uint64_t done = 0;
  for (;;) {
    zip_int64_t count = zip_fread(file.get(), buffer.data(), buffer.size());
    if (count < 0) return bad(wheel_path, fmt::format("{}: {}", member, zip_file_strerror(file.get())));
    if (count == 0) return done;
    done += static_cast<std::uint64_t>(count);
    if (done > max_bytes) return bad(wheel_path, fmt::format("{}: longer than it says", member));
    auto taken = sink({buffer.data(), static_cast<std::size_t>(count)});
    if (!taken) return forward_error(taken);
  }
}

}  // namespace sotto::catalog
