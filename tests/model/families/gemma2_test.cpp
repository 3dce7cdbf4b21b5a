#include <gtest/gtest.h>

#include "spec_file.h"

namespace sotto::model {
namespace {

// Files of the first converters say nothing of windows; llama.cpp takes the published models' 4,096 positions.
TEST(Gemma2, EverySecondLayerSeesAWindowThoughTheFileDoesNotSaySo) {
  SpecFile silent("gemma2");
  const auto spec = read_spec(silent.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->window, 4096);
  EXPECT_EQ(spec->windowed, (std::vector<bool>{true, false, true, false}));

  SpecFile file("gemma2");
  file.set("attention.sliding_window", 48u);
  EXPECT_EQ(read_spec(file.file())->window, 48);
}

}  // namespace
}  // namespace sotto::model
