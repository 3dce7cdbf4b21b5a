// The tables of families whose layers do not all have attention, beside those of families.cpp.
#pragma once

#include <span>

#include "published/family.h"

namespace sotto::published {

std::span<const Family> recurrent_families();

}  // namespace sotto::published
