#include "cli/chat_input.h"

#include <gtest/gtest.h>

#include <vector>

namespace sotto::cli {
namespace {

using Kind = ChatInput::Kind;

// Feeds the lines; all but the last must ask for more.
ChatInput feed(const std::vector<const char*>& lines) {
  ChatInputReader reader;
  ChatInput input;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    input = reader.feed(lines[i]);
    if (i + 1 < lines.size()) {
      EXPECT_EQ(input.kind, Kind::kMore) << lines[i];
    }
  }
  return input;
}

void expect_message(const std::vector<const char*>& lines, const char* text) {
  const ChatInput input = feed(lines);
  EXPECT_EQ(input.kind, Kind::kMessage);
  EXPECT_EQ(input.text, text);
}

void expect_command(const std::vector<const char*>& lines, const char* command, const char* arguments) {
  const ChatInput input = feed(lines);
  EXPECT_EQ(input.kind, Kind::kCommand);
  EXPECT_EQ(input.command, command);
  EXPECT_EQ(input.text, arguments);
}

TEST(ChatInput, MessagesStayAsTyped) {
  expect_message({"Hello there"}, "Hello there");
  expect_message({"  indented  "}, "  indented  ");
  expect_message({"1 / 2 is what?"}, "1 / 2 is what?");
  expect_message({"pasted\nin two lines"}, "pasted\nin two lines");
}

TEST(ChatInput, EmptyLinesAreNothing) {
  EXPECT_EQ(feed({""}).kind, Kind::kNothing);
  EXPECT_EQ(feed({" \t "}).kind, Kind::kNothing);
  EXPECT_EQ(feed({"\"\"\"", "\"\"\""}).kind, Kind::kNothing);
}

TEST(ChatInput, Commands) {
  expect_command({"/bye"}, "bye", "");
  expect_command({"/?"}, "?", "");
  expect_command({"  /set   temperature  0.2 "}, "set", "temperature  0.2");
  expect_command({"/wrong thing"}, "wrong", "thing");
  expect_command({"/save! holiday"}, "save!", "holiday");
}

TEST(ChatInput, PathsAndSlashesAreMessages) {
  expect_message({"/etc/hosts says what?"}, "/etc/hosts says what?");
  expect_message({"/"}, "/");
  expect_message({"/Set"}, "/Set");
  expect_message({"/1"}, "/1");
  expect_message({"/!"}, "/!");
}

TEST(ChatInput, WordsOfLeavingAreKnown) {
  for (const char* text : {"exit", " quit "}) EXPECT_TRUE(asks_to_leave(text)) << text;
  for (const char* text : {"", "exit now", "Exit strategies?", "/bye"}) EXPECT_FALSE(asks_to_leave(text)) << text;
}

TEST(ChatInput, Blocks) {
  expect_message({"\"\"\"one line\"\"\""}, "one line");
  expect_message({"\"\"\"", "first", "", "  third", "\"\"\""}, "first\n\n  third");
  expect_message({"\"\"\"first", "second\"\"\""}, "first\nsecond");
  expect_message({"\"\"\"", "/bye is text here", "\"\"\""}, "/bye is text here");
}

TEST(ChatInput, QuotesInsideABlockDoNotEndIt) {
  expect_message({"\"\"\"", "say \"\"\" twice", "\"\"\""}, "say \"\"\" twice");
}

TEST(ChatInput, ASystemMessageMayBeABlock) {
  expect_command({"/set system \"\"\"Be brief.", "Be kind.\"\"\""}, "set", "system Be brief.\nBe kind.");
  expect_command({"/set system \"\"\"one\"\"\""}, "set", "system one");
  expect_command({"/set system plain"}, "set", "system plain");
}

TEST(ChatInput, AnAbandonedBlockIsForgotten) {
  ChatInputReader reader;
  EXPECT_EQ(reader.feed("\"\"\"secret").kind, Kind::kMore);
  EXPECT_TRUE(reader.in_block());
  reader.abandon();
  EXPECT_FALSE(reader.in_block());
  EXPECT_EQ(reader.feed("next").text, "next");
}

TEST(ChatInput, AMessageAfterASystemBlockIsAMessage) {
  ChatInputReader reader;
  EXPECT_EQ(reader.feed("/set system \"\"\"x\"\"\"").kind, Kind::kCommand);
  EXPECT_EQ(reader.feed("\"\"\"y\"\"\"").kind, Kind::kMessage);
}

TEST(SplitFirstWord, Splits) {
  EXPECT_EQ(split_first_word("  a  b c ").first, "a");
  EXPECT_EQ(split_first_word("  a  b c ").rest, "b c");
  EXPECT_EQ(split_first_word("").first, "");
  EXPECT_EQ(split_first_word("one").rest, "");
}

}  // namespace
}  // namespace sotto::cli
