#include "catalog/download/split_model.h"

#include <fmt/format.h>

#include "catalog/describe.h"
#include "catalog/files.h"
#include "catalog/sidecar.h"
#include "gguf/file.h"

namespace sotto::catalog {
namespace {

// One pull of one model from one address.
class Parts {
 public:
  Parts(const Job& job, const gguf::SplitName& name, std::string url) : job_(job), name_(name), url_(std::move(url)) {}

  Result<StoredModel> pull() {
    for (unsigned part = 1; part <= name_.count; ++part) {
      if (auto fetched = fetch(part); !fetched) return forward_error(fetched);
    }
    for (unsigned part = name_.count; part > 0; --part) {
      if (is_there(part)) continue;
      auto placed = publish_file(job_.workspace.file(file_of(part)), target(part), /*replace=*/false);
      if (!placed) return forward_error(placed);
      placed_.push_back(target(part));
    }
    auto model = describe_model(target(1));
    if (!model) return undo(std::move(model));
    job_.workspace.clear();
    if (auto noted = note(); !noted) return forward_error(noted);
    return describe_model(target(1));
  }

 private:
  std::string file_of(unsigned part) const { return name_.path_of(part); }
  std::string target(unsigned part) const { return job_.options.models_folder + "/" + file_of(part); }
  bool is_there(unsigned part) const { return file_size(target(part)) >= 0; }

  Result<void> fetch(unsigned part) {
    if (is_there(part)) return {};
    const std::string sha256 = part == 1 ? job_.entry.sha256 : "";
    auto fetched = fetch_to(job_, url_of_part(url_, part, name_.count), file_of(part), sha256, 0);
    if (!fetched) {
      fetched.error().message += fmt::format(" (part {} of {})", part, name_.count);
      return forward_error(fetched);
    }
    if (part == 1) first_ = *fetched;
    return check(part, fetched->path);
  }

  // What can be said of one part alone, before the others are fetched: that it is one, of a model of so many.
  Result<void> check(unsigned part, const std::string& path) {
    const auto mapped = base::MappedFile::open(path);
    if (!mapped) return Unexpected(mapped.error());
    auto file = gguf::File::parse(mapped->bytes(), path);
    if (!file) return reject(forward_error(file));
    const auto count = file->integer("split.count"), no = file->integer("split.no");
    const std::int64_t found = count && *count ? **count : 0, at = no && *no ? **no : 0;
    if (found == name_.count && at == part - 1) return {};
    return reject(Unexpected(ErrorCode::kBadFile,
                             fmt::format("{}: split.count and split.no are {} and {}, expected {} and {}: another file "
                                         "lies under this name",
                                         shown_part(part), found, at, name_.count, part - 1)));
  }

  std::string shown_part(unsigned part) const {
    return describe_source({.parts = {}, .url = url_of_part(url_, part, name_.count)});
  }

  // The same bytes would fail again.
  Unexpected reject(Unexpected failure) {
    job_.workspace.clear();
    return failure;
  }

  // Takes back what this pull brought, when the parts do not belong together.
  Result<StoredModel> undo(Result<StoredModel> failed) {
    for (const std::string& path : placed_) delete_file(path);
    failed.error().message += "; what was fetched is removed again, parts that were here before stay";
    return failed;
  }

  Result<void> note() {
    if (first_.sha256.empty()) return {};  // it was there
    return write_sidecar(target(1), {.name = job_.entry.name,
                                     .source = first_.source,
                                     .sha256 = first_.sha256,
                                     .license = job_.entry.license,
                                     .bytes = first_.bytes});
  }

  const Job& job_;
  const gguf::SplitName name_;
  std::string url_;
  Obtained first_;
  std::vector<std::string> placed_;
};

}  // namespace

std::string url_of_part(const std::string& url, unsigned part, unsigned count) {
  const std::size_t end = std::min(url.find_first_of("?#"), url.size());
  const std::string path = url.substr(0, end);
  const auto name = gguf::read_split_name(path);
  if (!name || name->count != count) return "";
  return name->path_of(part) + url.substr(end);
}

Result<StoredModel> pull_parts(const Job& job, const gguf::SplitName& name) {
  if (name.part != 1) {
    return Unexpected(ErrorCode::kBadRequest, fmt::format("{}: is part {} of {}; give the address of the first: {}",
                                                          job.entry.file_name, name.part, name.count, name.path_of(1)));
  }
  for (const Source& source : job.entry.sources) {
    if (!url_of_part(source.url, 1, name.count).empty()) return Parts(job, name, source.url).pull();
  }
  return Unexpected(ErrorCode::kNotFound, job.entry.name + ": no address of its parts is known");
}

}  // namespace sotto::catalog
