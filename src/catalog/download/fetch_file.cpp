#include "catalog/download/fetch_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "catalog/download/fetch_state.h"
#include "catalog/download/http.h"
#include "catalog/download/url.h"
#include "catalog/files.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

constexpr int kStatusOk = 200, kStatusPartial = 206, kStatusRangeRefused = 416;

// One fetch_file() call: the open partial file and how far it is.
class Fetch {
 public:
  Fetch(const FetchRequest& request, Descriptor file, std::uint64_t size)
      : request_(request), file_(std::move(file)), size_(size) {}

  Result<FetchedFile> run();

 private:
  Result<bool> try_once();  // true: the file is complete
  bool can_resume() const;
  bool is_complete() const { return state_.total_bytes != 0 && size_ == state_.total_bytes; }
  std::vector<std::string> headers() const;
  Result<void> accept(const HttpHead& head);
  Result<void> accept_part(const HttpHead& head);
  Result<void> accept_whole(const HttpHead& head);
  Result<void> check_total(std::uint64_t total) const;
  Result<void> append(std::span<const char> bytes);
  Result<void> restart();
  // A network that broke down may come back; one that was never there is not waited for.
  bool gives_up(int tries) const { return tries >= request_.attempts || (offline_ && !moved_); }
  Result<bool> wait_before_retry(int tries);
  Result<FetchedFile> verify();

  const FetchRequest& request_;
  Descriptor file_;
  std::uint64_t size_;
  FetchState state_;
  bool resumed_ = false;
  bool wrong_part_ = false;  // the server sent another part than the one asked for
  std::string lost_;         // why the last try ended early
  bool offline_ = false;     // it ended because the host's name could not be resolved
  bool moved_ = false;       // this call has received bytes
};

Unexpected wrong_content(const FetchRequest& request, const std::string& what) {
  return Unexpected(ErrorCode::kBadFile, fmt::format("{}: {}", shown_url(request.url), what));
}

bool Fetch::can_resume() const {
  if (size_ == 0 || state_.url != shown_url(request_.url)) return false;
  return !state_.validator.empty() || !request_.sha256.empty();
}

std::vector<std::string> Fetch::headers() const {
  std::vector<std::string> headers = {"Accept: */*"};
  if (size_ > 0) {
    headers.push_back(fmt::format("Range: bytes={}-", size_));
    if (!state_.validator.empty()) headers.push_back("If-Range: " + state_.validator);
  }
  return headers;
}

Result<void> Fetch::restart() {
  size_ = 0;
  resumed_ = false;
  state_ = {};
  if (::ftruncate(file_.get(), 0) != 0) {
    return Unexpected(system_error("cannot shorten", request_.path));
  }
  return {};
}

Result<void> Fetch::check_total(std::uint64_t total) const {
  if (request_.exact_bytes != 0 && total != request_.exact_bytes) {
    return wrong_content(request_, fmt::format("the server offers {} bytes, expected {}: this is another "
                                               "file",
                                               total, request_.exact_bytes));
  }
  if (total > request_.max_bytes) {
    return wrong_content(request_,
                         fmt::format("the server offers {} bytes, expected at most {}", total, request_.max_bytes));
  }
  return {};
}

Result<void> Fetch::accept_part(const HttpHead& head) {
  unsigned long long first = 0, last = 0, total = 0;
  int fields = std::sscanf(head.content_range.c_str(), "bytes %llu-%llu/%llu", &first, &last, &total);
  bool same_file = state_.total_bytes == 0 || state_.total_bytes == total;
  if (fields != 3 || first != size_ || last + 1 != total || !same_file) {
    wrong_part_ = true;
    return wrong_content(
        request_, fmt::format("asked for the bytes from {} on, the server sends \"{}\"", size_, head.content_range));
  }
  state_.total_bytes = total;
  resumed_ = true;
  return check_total(total);
}

Result<void> Fetch::accept_whole(const HttpHead& head) {
  // Checked first: a wrong answer must not cost what was downloaded before.
  if (head.content_bytes) {
    auto fits = check_total(*head.content_bytes);
    if (!fits) return fits;
  }
  if (auto cleared = restart(); !cleared) return cleared;
  state_.url = shown_url(request_.url);
  state_.validator = validator_of(head);
  state_.linked_sha256 = head.linked_sha256;
  state_.total_bytes = head.content_bytes.value_or(request_.exact_bytes);
  return write_state(request_.path, state_);
}

Result<void> Fetch::accept(const HttpHead& head) {
  if (head.status != kStatusOk && head.status != kStatusPartial) return {};
  if (head.content_type == "text/html") {
    return wrong_content(request_,
                         "a web page came instead of the file; is there a login or a proxy "
                         "between?");
  }
  return head.status == kStatusPartial ? accept_part(head) : accept_whole(head);
}

Result<void> Fetch::append(std::span<const char> bytes) {
  for (std::size_t i = 0; i < bytes.size() && size_ + i < request_.magic.size(); ++i) {
    if (bytes[i] != request_.magic[size_ + i]) {
      return wrong_content(request_, "what came is not such a file: its first bytes are wrong");
    }
  }
  if (size_ + bytes.size() > std::max(state_.total_bytes, request_.max_bytes)) {
    return wrong_content(request_, fmt::format("more than {} bytes came", request_.max_bytes));
  }
  auto written = write_at(file_.get(), bytes, size_, request_.path);
  if (!written) return written;
  size_ += bytes.size();
  moved_ = true;
  if (request_.on_progress) request_.on_progress(size_, state_.total_bytes);
  return {};
}

Result<bool> Fetch::try_once() {
  long status = 0;
  HttpRequest http{
      .url = request_.url, .headers = headers(), .cancel = request_.cancel, .stall_seconds = request_.stall_seconds};
  http.on_head = [&](const HttpHead& head) {
    status = head.status;
    return accept(head);
  };
  http.on_body = [&](std::span<const char> bytes) -> Result<void> {
    return status == kStatusOk || status == kStatusPartial ? append(bytes) : Result<void>();
  };
  wrong_part_ = false;
  auto outcome = http_get(http);
  if (wrong_part_ || (status == kStatusRangeRefused && size_ > 0)) {
    lost_ = "the server cannot go on where the download ended; starting again";
    if (auto cleared = restart(); !cleared) return forward_error(cleared);
    return false;
  }
  if (!outcome) return forward_error(outcome);
  lost_ = outcome->lost;
  offline_ = outcome->unresolved;
  const HttpHead& head = outcome->head;
  if (status >= 500 || status == 429) lost_ = status_error(head).message;
  if (!lost_.empty()) return false;
  if (status != kStatusOk && status != kStatusPartial) return Unexpected(status_error(head));
  // A server that does not say how long the file is: it ends where the connection ends.
  if (state_.total_bytes == 0) state_.total_bytes = size_;
  if (!is_complete()) lost_ = fmt::format("{}: ended after {} bytes", shown_url(request_.url), size_);
  return is_complete();
}

Result<bool> Fetch::wait_before_retry(int tries) {
  if (request_.on_retry) request_.on_retry(lost_);
  auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(250 << std::min(tries, 5));
  while (std::chrono::steady_clock::now() < until) {
    if (request_.cancel && request_.cancel->load()) {
      return Unexpected(ErrorCode::kCancelled, "cancelled");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

Result<FetchedFile> Fetch::verify() {
  auto progress = [&](std::uint64_t done) {
    if (request_.on_verify) request_.on_verify(done, size_);
    return !(request_.cancel && request_.cancel->load());
  };
  auto sha256 = sha256_of_file(request_.path, progress);
  if (!sha256) return forward_error(sha256);
  const std::string& expected = request_.sha256.empty() ? state_.linked_sha256 : request_.sha256;
  if (expected.empty() || *sha256 == expected) return FetchedFile{size_, *sha256};
  return wrong_content(request_, fmt::format("its sha256 is {}, expected {}: damaged or altered on its "
                                             "way; it was deleted",
                                             *sha256, expected));
}

Result<FetchedFile> Fetch::run() {
  state_ = read_state(request_.path);
  if (!can_resume()) {
    if (auto cleared = restart(); !cleared) return forward_error(cleared);
  }
  resumed_ = size_ > 0;
  int tries = 0;
  for (;;) {
    std::uint64_t before = size_;
    auto complete = is_complete() ? Result<bool>(true) : try_once();
    if (!complete) return forward_error(complete);
    if (*complete) {
      auto verified = verify();
      bool damaged = !verified && verified.error().code == ErrorCode::kBadFile;
      if (!damaged) return verified;
      // What lay here may have been damaged before this call; a download in one piece has no such
      // excuse.
      bool was_resumed = resumed_;
      if (auto cleared = restart(); !cleared) return forward_error(cleared);
      delete_fetched(request_.path + ".json");
      if (!was_resumed) return verified;
      lost_ = "the resumed download does not verify; starting again";
    }
    tries = size_ > before ? 0 : tries + 1;
    if (gives_up(tries)) return Unexpected(ErrorCode::kIo, lost_);
    auto waited = wait_before_retry(tries);
    if (!waited) return forward_error(waited);
  }
}

}  // namespace

Result<FetchedFile> fetch_file(const FetchRequest& request) {
  Descriptor file(::open(request.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return Unexpected(system_error("cannot create", request.path));
  struct stat status;
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Unexpected(ErrorCode::kIo, request.path + ": is no file; move it away");
  }
  Fetch fetch(request, std::move(file), static_cast<std::uint64_t>(status.st_size));
  return fetch.run();
}

void delete_fetched(const std::string& path) {
  delete_file(path);
  delete_file(state_path(path));
}

}  // namespace sotto::catalog
