#include "http/transport.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "base/descriptor.h"
#include "support/temporary_folder.h"

namespace sotto::http {
namespace {

struct Pair {
  base::Descriptor ours, theirs;
  Pair() {
    int numbers[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, numbers), 0);
    ours = base::Descriptor(numbers[0]);
    theirs = base::Descriptor(numbers[1]);
  }
};

TEST(PlainTransport, SaysWhatToWaitFor) {
  Pair pair;
  const auto transport = plain_transport(pair.ours.get());
  EXPECT_EQ(transport->handshake().state, Io::kDone);
  std::array<char, 16> buffer;
  EXPECT_EQ(transport->read(buffer).state, Io::kWantRead);
  ASSERT_EQ(::write(pair.theirs.get(), "abc", 3), 3);
  const IoStep step = transport->read(buffer);
  EXPECT_EQ(step.state, Io::kDone);
  EXPECT_EQ(std::string(buffer.data(), step.bytes), "abc");

  const std::string much(1 << 20, 'x');
  IoStep written{Io::kDone};
  for (int i = 0; i < 100 && written.state == Io::kDone; ++i) written = transport->write(much);
  EXPECT_EQ(written.state, Io::kWantWrite);
}

TEST(PlainTransport, SeesTheEnd) {
  Pair pair;
  const auto transport = plain_transport(pair.ours.get());
  transport->end_writing();
  char byte;
  EXPECT_EQ(::read(pair.theirs.get(), &byte, 1), 0);
  { const base::Descriptor closed(std::move(pair.theirs)); }
  std::array<char, 16> buffer;
  EXPECT_EQ(transport->read(buffer).state, Io::kClosed);
  EXPECT_EQ(transport->write("abc").state, Io::kClosed) << "and no signal";
}

TEST(TlsContext, WhatIsNoCertificate) {
  const support::TemporaryFolder folder;
  folder.write("a.pem", "not PEM");
  const auto missing = TlsContext::load(folder.file("none.pem"), folder.file("a.pem"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("none.pem"), std::string::npos);
  const auto damaged = TlsContext::load(folder.file("a.pem"), folder.file("a.pem"));
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::kBadFile);
}

}  // namespace
}  // namespace sotto::http
