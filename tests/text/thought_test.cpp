#include "text/thought.h"

#include <gtest/gtest.h>

#include <vector>

namespace sotto::text {
namespace {

constexpr ThoughtMarks kThink{"<think>", "</think>"};

ThoughtSplitter::Parts split(const std::vector<std::string_view>& pieces, bool within = false) {
  ThoughtSplitter splitter(&kThink, within);
  ThoughtSplitter::Parts all;
  const auto add = [&](const ThoughtSplitter::Parts& parts) {
    all.thought += parts.thought;
    all.answer += parts.answer;
  };
  for (const std::string_view piece : pieces) add(splitter.push(piece));
  add(splitter.finish());
  return all;
}

void expect(const ThoughtSplitter::Parts& found, std::string_view thought, std::string_view answer) {
  EXPECT_EQ(found.thought, thought);
  EXPECT_EQ(found.answer, answer);
}

TEST(Thought, StandsBeforeTheAnswer) {
  expect(split({"<think>\nWhy not?\n</think>\n\nYes."}), "Why not?\n", "Yes.");
  expect(split({"\n<think>", "Why", " not?", "</think>", "\n\n", "Yes", "."}), "Why not?", "Yes.");
  expect(split({"Why not?</think>Yes."}, true), "Why not?", "Yes.");
  expect(split({"<think>\n\n</think>\n\n", "Yes."}), "", "Yes.");
}

TEST(Thought, MarksMayNameAChannel) {
  const ThoughtMarks* marks = find_thought_marks("{{ text.split('<channel|>')[-1] }}");
  ASSERT_NE(marks, nullptr);
  ThoughtSplitter splitter(marks, false);
  const auto parts = splitter.push("<|channel>thought\nWhy not?<channel|>Yes.");
  expect(parts, "Why not?", "Yes.");
}

TEST(Thought, IsTheSameHoweverItIsCut) {
  const std::string text = "  <think> a < b </thin </think >c</think>\n d <think> e </think>";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t j = i; j <= text.size(); ++j) {
      const std::string_view all = text;
      expect(split({all.substr(0, i), all.substr(i, j - i), all.substr(j)}), "a < b </thin </think >c",
             "d <think> e </think>");
    }
  }
}

TEST(Thought, TextWithoutOneIsTheAnswer) {
  expect(split({"Yes."}), "", "Yes.");
  expect(split({" \n", "Yes <think>no</think>"}), "", " \nYes <think>no</think>");
  expect(split({"<thin", "g>"}), "", "<thing>");
  expect(split({"<th"}), "", "<th");
  expect(split({"  "}), "", "  ");
  expect(split({}), "", "");
}

TEST(Thought, MayNotEnd) {
  expect(split({"<think>Why", " not</thi"}), "Why not</thi", "");
  expect(split({"<think>"}), "", "");
}

TEST(Thought, ComesAsSoonAsItIsSure) {
  ThoughtSplitter splitter(&kThink, false);
  EXPECT_FALSE(splitter.thinking());
  EXPECT_EQ(splitter.push("<think>").thought, "");
  EXPECT_TRUE(splitter.thinking());
  EXPECT_EQ(splitter.push("Why").thought, "Why");
  EXPECT_EQ(splitter.push(" a<b </").thought, " a<b ");
  EXPECT_EQ(splitter.push("b>").thought, "</b>");
  EXPECT_EQ(splitter.push("</think>Yes").answer, "Yes");
  EXPECT_FALSE(splitter.thinking());
  EXPECT_EQ(splitter.push(" <think>").answer, " <think>");
}

TEST(Thought, WithoutMarksEverythingIsTheAnswer) {
  ThoughtSplitter splitter(nullptr, false);
  EXPECT_EQ(splitter.push("<think>a</think>").answer, "<think>a</think>");
  EXPECT_FALSE(splitter.thinking());
}

TEST(Thought, MarksOfATemplate) {
  EXPECT_EQ(find_thought_marks("{{ messages }}"), nullptr);
  ASSERT_NE(find_thought_marks("{{ content.split('</think>')[-1] }}"), nullptr);
  EXPECT_EQ(find_thought_marks("{{ content.split('</think>')[-1] }}")->open, "<think>");
  EXPECT_EQ(find_thought_marks("[THINK]{{ x }}[/THINK]")->close, "[/THINK]");
}

TEST(Thought, APromptMayEndWithinOne) {
  EXPECT_TRUE(ends_within_thought("assistant\n<think>\n", kThink));
  EXPECT_TRUE(ends_within_thought("<think>", kThink));
  EXPECT_FALSE(ends_within_thought("<think>\n\n</think>\n\n", kThink));
  EXPECT_FALSE(ends_within_thought("assistant\n", kThink));
  EXPECT_FALSE(ends_within_thought("", kThink));
}

}  // namespace
}  // namespace sotto::text
