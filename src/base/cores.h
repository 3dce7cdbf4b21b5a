// Which of the processor's cores are the efficient ones, where they differ. How many threads serve speed best is in
// base/thread_pool.h.
#pragma once

#include <string>
#include <vector>

namespace sotto::base {

// The processors (as sched_setaffinity numbers them) of `allowed` that are slower than the fastest by more than a
// fifth, by their capacity or else their highest clock under `folder`; none where all are alike or the system does not
// say.
std::vector<int> efficient_cpus(const std::vector<int>& allowed, const std::string& folder = "/sys/devices/system/cpu");

// The processors that this process may use.
std::vector<int> allowed_cpus();

// From now on this thread, and those that it starts, run on `cpus` alone. False where the system refuses.
bool stay_on(const std::vector<int>& cpus);

}  // namespace sotto::base
