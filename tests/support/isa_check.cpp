// Ends every test program that runs kernels when SOTTO_ISA asks for a level in vain: what it tested would be another.
#include <gtest/gtest.h>

#include "kernels/table.h"

namespace sotto {
namespace {

class IsaCheck final : public testing::Environment {
  void SetUp() override {
    ASSERT_EQ(kernels::ignored_isa(), nullptr)
        << "SOTTO_ISA is \"" << kernels::ignored_isa() << "\": no level, or one that this processor lacks";
  }
};

const auto* const registered = testing::AddGlobalTestEnvironment(new IsaCheck);

}  // namespace
}  // namespace sotto
