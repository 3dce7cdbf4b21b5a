#include "model/packed/panels.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>

#include "base/checksum.h"
#include "model/packed/folder.h"
#include "model/packed/index.h"
#include "model/packed/writer.h"

namespace sotto::model::packed {
namespace {

constexpr std::size_t kCopyBytes = 4 << 20;      // a task's
constexpr std::size_t kUnaskedBytes = 64 << 20;  // at least, between two questions whether to go on

std::size_t aligned(std::size_t bytes) { return (bytes + kPartAlignment - 1) / kPartAlignment * kPartAlignment; }

const std::uint8_t* at(const std::byte* bytes, std::uint64_t offset) {
  return reinterpret_cast<const std::uint8_t*>(bytes) + offset;
}

class Progress {
 public:
  Progress(const Options& options, std::uint64_t total) : options_(options), total_(total) {}
  void add(std::uint64_t bytes) {
    done_ += bytes;
    if (options_.progress) options_.progress(static_cast<int>(done_ * 100 / total_));
  }

 private:
  const Options& options_;
  std::uint64_t total_, done_ = 0;
};

std::uint64_t total_bytes(std::span<ops::Matrix* const> matrices) {
  std::uint64_t total = 0;
  for (const ops::Matrix* matrix : matrices) total += aligned(matrix->packed_bytes());
  return total;
}

Result<void> may_go_on(const Options& options) { return options.may_go_on ? options.may_go_on() : Result<void>(); }

Result<void> may_pack(const Options& options) {
  if (auto allowed = may_go_on(options); !allowed) return allowed;
  return options.may_pack ? options.may_pack() : Result<void>();
}

Result<Panels> pack_in_memory(std::span<ops::Matrix* const> matrices, const Options& options, base::ThreadPool& pool) {
  if (auto allowed = may_pack(options); !allowed) return forward_error(allowed);
  const std::uint64_t total = total_bytes(matrices);
  Panels panels{base::AlignedBuffer(total)};
  auto* next = panels.memory.as<std::uint8_t>();
  Progress progress(options, total);
  for (ops::Matrix* matrix : matrices) {
    if (auto allowed = may_go_on(options); !allowed) return forward_error(allowed);
    matrix->pack(next, pool);
    next += aligned(matrix->packed_bytes());
    progress.add(aligned(matrix->packed_bytes()));
  }
  return panels;
}

// Packs one matrix into the file, a slice at a time.
Result<void> write_matrix(const ops::Matrix& matrix, Part& part, Writer& writer, Progress& progress,
                          const Options& options, base::ThreadPool& pool) {
  const std::int64_t step = matrix.slice_panels();
  const std::size_t panel_bytes = part.bytes / static_cast<std::size_t>(matrix.n_panels());
  const base::AlignedBuffer slice(static_cast<std::size_t>(std::min(step, matrix.n_panels())) * panel_bytes);
  base::Checksum packed, source;
  for (std::int64_t first = 0; first < matrix.n_panels(); first += step) {
    if (auto allowed = may_go_on(options); !allowed) return allowed;
    const std::int64_t last = std::min(first + step, matrix.n_panels());
    const std::span bytes(slice.as<const std::byte>(), static_cast<std::size_t>(last - first) * panel_bytes);
    source.add(matrix.source(first, last));
    matrix.pack_slice(first, last, slice.as<std::uint8_t>(), pool);
    packed.add(bytes);
    const std::uint64_t offset = part.offset + static_cast<std::uint64_t>(first) * panel_bytes;
    if (auto written = writer.write(bytes, offset); !written) return written;
    progress.add(bytes.size());
  }
  part.checksum = packed.value();
  part.source_checksum = source.value();
  return {};
}

Result<void> write_all(Index index, std::span<ops::Matrix* const> matrices, Writer& writer, const std::string& name,
                       const Options& options, base::ThreadPool& pool) {
  Progress progress(options, total_bytes(matrices));
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    auto written = write_matrix(*matrices[i], index.parts[i], writer, progress, options, pool);
    if (!written) return written;
  }
  if (auto written = writer.write(encode(index), 0); !written) return written;
  return writer.commit(name);
}

// Whether the model's bytes are still those that were packed: reads all of them. Errors: those of may_go_on.
Result<bool> same_source(const Index& kept, std::span<ops::Matrix* const> matrices, const gguf::File& file,
                         const Options& options, base::ThreadPool& pool) {
  std::atomic<bool> same = true;
  for (std::size_t first = 0, end = 0; same && end < matrices.size(); first = end) {
    if (auto allowed = may_go_on(options); !allowed) return forward_error(allowed);
    for (std::size_t bytes = 0; bytes < kUnaskedBytes && end < matrices.size(); ++end)
      bytes += matrices[end]->data().size();
    pool.run(static_cast<int>(end - first), [&](int i, int) {
      const std::size_t index = first + static_cast<std::size_t>(i);
      const std::span<const std::byte> data = matrices[index]->data();
      if (same && base::Checksum::of(data) != kept.parts[index].source_checksum) same = false;
      file.drop(data);
    });
  }
  return same.load();
}

// The file of an earlier start, if it holds these matrices of this model. Errors: those of may_go_on.
Result<std::optional<OpenFile>> find(const Folder& folder, const std::string& name, const Index& wanted,
                                     std::span<ops::Matrix* const> matrices, const gguf::File& file,
                                     const Options& options, base::ThreadPool& pool) {
  auto found = folder.find(name);
  if (!found || !*found || !same_layout((*found)->index, wanted)) return std::optional<OpenFile>();
  OpenFile& kept = **found;
  if (kept.index.source != wanted.source) {
    Result<bool> same = same_source(kept.index, matrices, file, options, pool);
    if (!same) return forward_error(same);
    if (!*same) return std::optional<OpenFile>();
    // Moved, copied or touched: once the bytes are seen to be the same, later starts need not read them.
    kept.index.source = wanted.source;
    kept.index.source_path = wanted.source_path;
    if (encode(kept.index).size() == kept.index.parts.front().offset) (void)folder.write_head(name, kept.index);
  }
  return std::optional<OpenFile>(std::move(kept));
}

// A copy of the file, whose own pages are given back meanwhile, so that it is not resident twice.
Result<base::AlignedBuffer> copy_of(const base::MappedFile& file, const Options& options, base::ThreadPool& pool) {
  const std::span<const std::byte> bytes = file.bytes();
  base::AlignedBuffer buffer(bytes.size());
  auto* copy = buffer.as<std::byte>();
  for (std::size_t first = 0; first < bytes.size(); first += kUnaskedBytes) {
    if (auto allowed = may_go_on(options); !allowed) return forward_error(allowed);
    const auto stretch = bytes.subspan(first, std::min(kUnaskedBytes, bytes.size() - first));
    pool.run(static_cast<int>((stretch.size() + kCopyBytes - 1) / kCopyBytes), [&](int task, int) {
      const std::size_t begin = static_cast<std::size_t>(task) * kCopyBytes;
      const auto part = stretch.subspan(begin, std::min(kCopyBytes, stretch.size() - begin));
      std::memcpy(copy + first + begin, part.data(), part.size());
      file.drop(part);
    });
  }
  return buffer;
}

Result<Panels> attach(OpenFile kept, std::span<ops::Matrix* const> matrices, const Options& options,
                      base::ThreadPool& pool) {
  Panels panels;
  const std::byte* base = kept.mapping.bytes().data();
  if (kept.mapping.bytes().size() <= options.copied_bytes) {
    auto copy = copy_of(kept.mapping, options, pool);
    if (!copy) return forward_error(copy);
    panels.memory = std::move(*copy);
    base = panels.memory.as<const std::byte>();
  } else {
    panels.file = std::move(kept.mapping);
  }
  for (std::size_t i = 0; i < matrices.size(); ++i) matrices[i]->attach(at(base, kept.index.parts[i].offset));
  return panels;
}

Result<Panels> keep(const gguf::File& file, std::span<ops::Matrix* const> matrices, const Options& options,
                    base::ThreadPool& pool) {
  auto folder = Folder::open(options.folder);
  if (!folder) return forward_error(folder);
  folder->remove_unfinished();
  const Index wanted = index_for(file, matrices);
  const std::string name = to_hex(wanted.key) + kEnding;
  const auto find_kept = [&] { return find(*folder, name, wanted, matrices, file, options, pool); };
  auto kept = find_kept();
  while (kept && !*kept) {
    if (auto allowed = may_pack(options); !allowed) return forward_error(allowed);
    auto writer = Writer::begin(*folder, name, wanted.file_bytes(), options.may_go_on);
    if (!writer) return forward_error(writer);
    kept = find_kept();  // another process may have put it there before this one had the lock
    if (!kept || *kept || !*writer) continue;
    if (auto written = write_all(wanted, matrices, **writer, name, options, pool); !written)
      return forward_error(written);
    auto whole = folder->find(name);
    if (!whole) return forward_error(whole);
    if (!*whole) return Unexpected(ErrorCode::kIo, folder->file(name) + ": deleted as soon as it was written");
    kept = std::move(*whole);
    folder->prune();
  }
  if (!kept) return forward_error(kept);
  return attach(std::move(**kept), matrices, options, pool);
}

}  // namespace

Result<Panels> provide(const gguf::File& file, std::span<ops::Matrix* const> matrices, const Options& options,
                       base::ThreadPool& pool) {
  if (options.folder.empty() || file.id() == base::FileId{} || matrices.empty())
    return pack_in_memory(matrices, options, pool);
  auto kept = keep(file, matrices, options, pool);
  if (kept) return kept;
  if (auto allowed = may_pack(options); !allowed) return forward_error(allowed);
  if (options.warn) options.warn(kept.error().message);
  return pack_in_memory(matrices, options, pool);
}

}  // namespace sotto::model::packed
