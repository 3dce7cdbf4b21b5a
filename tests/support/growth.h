// How a running time grows with its input, on a machine that may be busy.
#pragma once

namespace sotto::support {

// Whether `longer` takes less than `factor` times as long as `shorter`; both give seconds. A disturbance makes one
// measurement too long, hardly five in a row; what truly grows faster fails every time.
template <class Shorter, class Longer>
bool grows_less_than(double factor, Shorter&& shorter, Longer&& longer) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    const double once = shorter();
    if (longer() < factor * once) return true;
  }
  return false;
}

}  // namespace sotto::support
