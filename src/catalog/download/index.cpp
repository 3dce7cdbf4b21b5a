#include "catalog/download/index.h"

#include <algorithm>

#include <fmt/format.h>

#include "catalog/download/simple_html.h"
#include "catalog/download/url.h"
#include "catalog/json_fields.h"
#include "catalog/names.h"

namespace sotto::catalog {
namespace {

constexpr std::size_t kMaxPageBytes = 16 << 20;
constexpr int kPageStallSeconds = 30;
constexpr std::string_view kAccept =
    "Accept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1";

// Where a link of the page leads; nothing for what is no address, or would give up the page's
// encryption.
std::string follow(const HttpPage& page, const std::string& link) {
  auto url = join_url(page.head.url, link);
  bool weaker = url && is_plain_http(*url) && !is_plain_http(page.head.url);
  return url && !weaker ? *url : "";
}

std::string after_last_slash(const std::string& url) {
  std::string path = url.substr(0, url.find_first_of("?#"));
  return percent_decode(path.substr(path.rfind('/') + 1));
}

// A digest that is none would make every download fail with a puzzling message: it counts as not
// said.
std::string valid_sha256(std::string_view digits) {
  std::string lower = to_lower(digits);
  bool ok = lower.size() == 64 && lower.find_first_not_of("0123456789abcdef") == std::string::npos;
  return ok ? lower : "";
}

Result<std::vector<IndexFile>> parse_json_page(const HttpPage& page) {
  std::string where = shown_url(page.head.url);
  auto json = parse_json_object(page.body, where);
  if (!json) return forward_error(json);
  JsonFields fields(*json, where);
  std::vector<IndexFile> files;
  for (const auto& item : fields.array("files")) {
    JsonFields file(item, where);
    IndexFile found{.file_name = file.text("filename", true), .url = {}, .sha256 = {}, .bytes = file.number("size")};
    found.url = follow(page, file.text("url", true));
    if (!file.problem().empty() || found.url.empty()) continue;
    if (auto hashes = item.find("hashes"); hashes != item.end()) {
      found.sha256 = valid_sha256(JsonFields(*hashes, where).text("sha256"));
    }
    files.push_back(std::move(found));
  }
  if (!fields.problem().empty()) return Unexpected(ErrorCode::kBadFile, fields.problem());
  return files;
}

std::vector<IndexFile> parse_html_page(const HttpPage& page) {
  constexpr std::string_view kDigest = "#sha256=";
  std::vector<IndexFile> files;
  for (const std::string& link : links_in_html(page.body)) {
    std::string url = follow(page, link);
    if (url.empty()) continue;
    std::size_t digest = link.find(kDigest);
    std::string sha256;
    if (digest != std::string::npos) sha256 = valid_sha256(link.substr(digest + kDigest.size(), 64));
    files.push_back({.file_name = after_last_slash(url), .url = url, .sha256 = sha256});
  }
  return files;
}

// "name-version-python-abi-platform.whl" or with a build number: the first two parts.
std::pair<std::string, std::string> wheel_identity(const std::string& file_name) {
  if (!file_name.ends_with(".whl")) return {};
  std::size_t first = file_name.find('-');
  if (first == std::string::npos) return {};
  std::size_t second = file_name.find('-', first + 1);
  if (second == std::string::npos) return {};
  return {normalized_package(file_name.substr(0, first)), file_name.substr(first + 1, second - first - 1)};
}

}  // namespace

std::string normalized_package(std::string_view name) {
  std::string normal;
  for (char c : to_lower(name)) {
    bool separator = c == '-' || c == '_' || c == '.';
    if (separator && normal.ends_with('-')) continue;
    normal += separator ? '-' : c;
  }
  return normal;
}

Result<std::vector<IndexFile>> parse_index_page(const HttpPage& page) {
  if (page.head.content_type.ends_with("json")) return parse_json_page(page);
  if (page.head.content_type.ends_with("html")) return parse_html_page(page);
  return Unexpected(ErrorCode::kBadFile, fmt::format("{}: expected a package index's page, found \"{}\"",
                                                     shown_url(page.head.url), page.head.content_type));
}

Result<IndexFile> choose_wheel(const std::vector<IndexFile>& files, const std::string& package,
                               const std::string& version) {
  std::vector<std::string> versions;
  const IndexFile* chosen = nullptr;
  for (const IndexFile& file : files) {
    auto [name, found] = wheel_identity(file.file_name);
    if (name != normalized_package(package)) continue;
    if (std::ranges::find(versions, found) == versions.end()) versions.push_back(found);
    if (found != version) continue;
    if (!chosen || file.file_name.ends_with("-none-any.whl")) chosen = &file;
  }
  if (chosen) return *chosen;
  std::string there = versions.empty() ? "no wheels" : fmt::format("{}", fmt::join(versions, ", "));
  return Unexpected(ErrorCode::kNotFound,
                    fmt::format("the package index has no wheel of {} {}; it has {}", package, version, there));
}

Result<IndexFile> find_wheel(const std::string& index_url, const std::string& package, const std::string& version,
                             const std::atomic<bool>* cancel, const Patience& patience) {
  std::string base = index_url;
  while (base.ends_with('/')) base.pop_back();
  HttpRequest request{.url = fmt::format("{}/{}/", base, normalized_package(package)),
                      .headers = {std::string(kAccept)},
                      .cancel = cancel,
                      .stall_seconds = kPageStallSeconds};
  auto page = http_get_page(request, kMaxPageBytes, patience);
  if (!page) return forward_error(page);
  auto files = parse_index_page(*page);
  if (!files) return forward_error(files);
  return choose_wheel(*files, package, version);
}

std::string index_in_pip_help(std::string_view help) {
  constexpr std::string_view kOption = "--index-url <url>", kDefault = "(default ";
  std::size_t option = help.find(kOption);
  if (option == std::string_view::npos) return {};
  std::string text;
  // Words, so that a narrow terminal's line breaks do not matter.
  for (char c : help.substr(option)) {
    bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space) text += c;
    if (space && !text.ends_with(' ')) text += ' ';
  }
  std::size_t start = text.find(kDefault);
  if (start == std::string::npos || start > 200) return {};
  std::string url = text.substr(start + kDefault.size());
  url.resize(std::min(url.size(), url.find_first_of(") ")));
  return url;
}

}  // namespace sotto::catalog
