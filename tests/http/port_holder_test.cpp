#include "http/port_holder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "http/listener.h"

namespace sotto::http {
namespace {

TEST(PortHolder, NamesThisProcess) {
  std::uint16_t port = 0;
  {
    const auto listener = listen_on("127.0.0.1", 0);
    ASSERT_TRUE(listener);
    port = listener->port;
    const std::string holder = port_holder(port);
    EXPECT_NE(holder.find("process " + std::to_string(::getpid())), std::string::npos) << holder;
  }
  EXPECT_EQ(port_holder(port), "") << "nobody any more";
}

}  // namespace
}  // namespace sotto::http
