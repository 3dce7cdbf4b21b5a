// A Python package index: where it is, and what it says of a package (PEP 503 pages and PEP 691
// JSON). Knows nothing of wheels' insides.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/download/http.h"
#include "sotto/result.h"

namespace sotto::catalog {

struct IndexFile {
  std::string file_name;
  std::string url;          // absolute
  std::string sha256;       // empty: the index does not say
  std::uint64_t bytes = 0;  // 0: the index does not say
};

// Lower case, runs of "-", "_" and "." as one "-" (PEP 503).
std::string normalized_package(std::string_view name);

// The files on a project's page. Links that are no addresses, or lead from https to http, are left
// out. Errors: kBadFile.
Result<std::vector<IndexFile>> parse_index_page(const HttpPage& page);

// The wheel of exactly this version, one for any system first. Errors: kNotFound, naming the
// versions there are.
Result<IndexFile> choose_wheel(const std::vector<IndexFile>& files, const std::string& package,
                               const std::string& version);

// Asks the index at `index_url`. Errors: as http_get_page and the two above.
Result<IndexFile> find_wheel(const std::string& index_url, const std::string& package, const std::string& version,
                             const std::atomic<bool>* cancel, const Patience& patience = {});

// The address in what `pip download --help` prints for --index-url; empty when it is not there.
std::string index_in_pip_help(std::string_view help);

}  // namespace sotto::catalog
