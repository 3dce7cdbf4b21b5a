#include "http/frames.h"

#include <gtest/gtest.h>

#include <vector>

#include "http/socket_frames.h"
#include "http/target.h"

namespace sotto::http::test {
namespace {

using Kind = SocketItem::Kind;
using std::string_literals::operator""s;

// What comes of `bytes` when they arrive in parts of `step`; ends behind a close or a fault.
std::vector<SocketItem> read_frames(std::string_view bytes, std::size_t step = 1, std::size_t most = 1000) {
  FrameReader reader(most);
  std::vector<SocketItem> items;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view part = bytes.substr(at, step);
    for (;;) {
      SocketItem item = reader.next(part);
      if (item.kind == Kind::kNone) break;
      items.push_back(item);
      if (item.kind == Kind::kClose || item.kind == Kind::kFault) return items;
    }
  }
  return items;
}

void expect_item(const SocketItem& item, Kind kind, std::string_view data) {
  EXPECT_EQ(item.kind, kind) << item.data;
  EXPECT_EQ(item.data, data);
}

void expect_fault(std::string_view bytes, CloseCode code) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
    const auto items = read_frames(bytes, step);
    ASSERT_FALSE(items.empty()) << "no fault was found";
    EXPECT_EQ(items.back().kind, Kind::kFault) << items.back().data;
    EXPECT_EQ(items.back().code, code) << items.back().data;
    EXPECT_FALSE(items.back().data.empty());
  }
}

// RFC 6455, 5.7.
TEST(Frames, ReadsTheExamplesOfTheRfc) {
  for (const std::size_t step : {1, 2, 5, 100}) {
    auto items = read_frames("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", step);
    ASSERT_EQ(items.size(), 1u);
    expect_item(items[0], Kind::kText, "Hello");
    items = read_frames("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", step);
    ASSERT_EQ(items.size(), 1u);
    expect_item(items[0], Kind::kPong, "Hello");
  }
}

TEST(Frames, WritesTheExamplesOfTheRfc) {
  EXPECT_EQ(format_frame(Opcode::kText, "Hello"), "\x81\x05\x48\x65\x6c\x6c\x6f");
  EXPECT_EQ(format_frame(Opcode::kPing, "Hello"), "\x89\x05\x48\x65\x6c\x6c\x6f");
  const std::string medium(256, 'x'), large(65536, 'x');
  EXPECT_EQ(format_frame(Opcode::kBinary, medium), "\x82\x7e\x01\x00"s + medium);
  EXPECT_EQ(format_frame(Opcode::kBinary, large), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + large);
}

TEST(Frames, LengthsAtTheirEdges) {
  for (const std::size_t size : {0, 1, 125, 126, 127, 65535, 65536, 70000}) {
    const std::string payload(size, 'y');
    const auto items = read_frames(client_binary(payload), 1000, 70000);
    ASSERT_EQ(items.size(), 1u) << size;
    expect_item(items[0], Kind::kBinary, payload);
    const std::string frame = format_frame(Opcode::kText, payload);
    EXPECT_EQ(frame.size(), size + (size < 126 ? 2 : size < 65536 ? 4 : 10));
  }
}

TEST(Frames, FragmentsAreJoinedAndControlFramesMayStandBetween) {
  const std::string bytes = client_frame(kText, "Gr\xc3") + client_ping("between") + client_frame(0, "") +
                            client_frame(0x80,
                                         "\xbc\xc3\x9f"
                                         "e",
                                         "\x01\x02\x03\x04") +
                            client_binary("next");
  for (const std::size_t step : {1, 4, 1000}) {
    const auto items = read_frames(bytes, step);
    ASSERT_EQ(items.size(), 3u);
    expect_item(items[0], Kind::kPing, "between");
    expect_item(items[1], Kind::kText,
                "Gr\xc3\xbc\xc3\x9f"
                "e");
    expect_item(items[2], Kind::kBinary, "next");
  }
}

TEST(Frames, FramesThatAreNotAllowed) {
  expect_fault("\x81\x05Hello", CloseCode::kProtocol);  // not masked
  for (const int reserved : {0x40, 0x20, 0x10}) expect_fault(client_frame(0x81 | reserved, "x"), CloseCode::kProtocol);
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    expect_fault(client_frame(0x80 | opcode, "x"), CloseCode::kProtocol);
  expect_fault(client_frame(0x80, "x"), CloseCode::kProtocol);                      // continues nothing
  expect_fault(client_frame(kText, "x") + client_text("y"), CloseCode::kProtocol);  // within another
  expect_fault(client_frame(kPing, "x"), CloseCode::kProtocol);                     // in fragments
  expect_fault(client_frame(0x80 | kPing, std::string(126, 'x')),
               CloseCode::kProtocol);  // too long for a control frame
}

TEST(Frames, LengthsThatAreNotInTheirShortestForm) {
  expect_fault("\x82\xfe\x00\x7d\x01\x02\x03\x04"s, CloseCode::kProtocol);
  expect_fault("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04"s, CloseCode::kProtocol);
  expect_fault("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04"s, CloseCode::kProtocol);
}

TEST(Frames, MessagesThatAreTooLongAreRefusedAtTheirHead) {
  expect_fault(client_binary(std::string(1001, 'x')).substr(0, 8), CloseCode::kTooBig);
  expect_fault("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04"s, CloseCode::kTooBig);
  const std::string half(501, 'x');
  expect_fault(client_frame(kBinary, half) + client_frame(0x80, half), CloseCode::kTooBig);
  EXPECT_EQ(read_frames(client_binary(std::string(1000, 'x')), 7).size(), 1u);
}

TEST(Frames, TextIsUtf8) {
  expect_fault(client_text("a\xff"), CloseCode::kBadData);
  expect_fault(client_text("\xed\xa0\x80"), CloseCode::kBadData);
  expect_fault(client_text("half\xe2\x82"), CloseCode::kBadData);
  expect_fault(client_frame(kText, "begun\xff"), CloseCode::kBadData);
  const std::string one_wrong = client_frame(0x80 | kText,
                                             "a\xff"
                                             "bcdefgh")
                                    .substr(0, 8);
  expect_fault(one_wrong, CloseCode::kBadData);  // before the frame is whole
  EXPECT_EQ(read_frames(client_binary("\xff\xfe")).at(0).kind, Kind::kBinary);
}

TEST(Frames, Closing) {
  auto items = read_frames(client_frame(0x80 | kClose, "") + client_text("not read"));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].kind, Kind::kClose);
  EXPECT_EQ(items[0].code, CloseCode::kNone);
  items = read_frames(client_close(4321, "bye"));
  ASSERT_EQ(items.size(), 1u);
  expect_item(items[0], Kind::kClose, "bye");
  EXPECT_EQ(static_cast<int>(items[0].code), 4321);
  expect_fault(client_frame(0x80 | kClose, "\x03"), CloseCode::kProtocol);
  expect_fault(client_close(1000, "\xff"), CloseCode::kBadData);
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535})
    expect_fault(client_close(code), CloseCode::kProtocol);
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999})
    EXPECT_EQ(read_frames(client_close(code)).at(0).kind, Kind::kClose) << code;
}

TEST(Frames, CloseFramesAreCutBetweenCharacters) {
  EXPECT_EQ(format_close(CloseCode::kNone, "x"), "\x88\x00"s);
  EXPECT_EQ(format_close(CloseCode::kGoingAway, "bye"),
            "\x88\x05\x03\xe9"
            "bye"s);
  std::string reason;
  for (int i = 0; i < 100; ++i) reason += "\xe2\x82\xac";
  const std::string frame = format_close(CloseCode::kPolicy, reason);
  EXPECT_EQ(frame.size(), 2u + 2u + 123u);
  EXPECT_TRUE(is_utf8(frame.substr(4)));
  EXPECT_TRUE(is_utf8(format_close(CloseCode::kPolicy, "x" + reason).substr(4)));
}

}  // namespace
}  // namespace sotto::http::test
