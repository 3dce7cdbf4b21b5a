// How a session keeps the keys and values of the tokens it has read.
#pragma once

namespace sotto {

enum class KvType {
  kInt8,  // 8 bits a value and a scale a head: half the memory, and faster
  kF16,
  kF32,  // exact: for measurements and tests
};

}  // namespace sotto
