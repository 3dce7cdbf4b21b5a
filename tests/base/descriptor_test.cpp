#include "base/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace sotto::base {
namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

TEST(Descriptor, ClosesWhatItOwnsOnce) {
  int first = -1;
  {
    Descriptor a(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(a);
    first = a.get();
    const Descriptor b(std::move(a));
    EXPECT_EQ(b.get(), first);
    EXPECT_TRUE(is_open(first));
  }
  EXPECT_FALSE(is_open(first));
}

TEST(Descriptor, ReleasedItStaysOpen) {
  int number = -1;
  {
    Descriptor owner(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = owner.release();
    EXPECT_FALSE(owner);
  }
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

}  // namespace
}  // namespace sotto::base
