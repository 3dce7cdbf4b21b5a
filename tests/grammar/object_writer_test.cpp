#include "grammar/object_writer.h"

#include "grammar/support.h"

namespace sotto::grammar {
namespace {

bool written(Members members, std::string_view text) {
  Builder builder({});
  JsonText json(builder);
  for (Members::Named& member : members.named)
    if (member.value != Members::kNoRule) member.value = json.integer();
  for (Members::Other& other : members.others) other.value = json.string();
  const Rule root = builder.add_rule("root");
  ObjectWriter(builder, json, members).write(builder.start_of(root), builder.end_of(root));
  const auto grammar = builder.finish(root);
  return grammar && support::matches(*grammar, text);
}

// Every subset of three members, whatever is required and however many there may be.
TEST(ObjectWriter, WritesTheMembersThatThereMayBe) {
  for (int required = 0; required < 8; ++required) {
    for (int least = 0; least <= 3; ++least) {
      for (const int most : {kUnbounded, 0, 1, 2, 3}) {
        const Members members{
            {{"a", 0, (required & 1) != 0}, {"b", 0, (required & 2) != 0}, {"c", 0, (required & 4) != 0}},
            {},
            least,
            most};
        for (int present = 0; present < 8; ++present) {
          std::string text;
          int n = 0;
          for (int i = 0; i < 3; ++i) {
            if ((present >> i & 1) == 0) continue;
            text += std::string(n++ > 0 ? "," : "") + "\"" + "abc"[i] + "\":1";
          }
          const bool expected = (present & required) == required && n >= least && (most == kUnbounded || n <= most);
          ASSERT_EQ(written(members, "{" + text + "}"), expected)
              << text << " " << required << " " << least << " " << most;
        }
      }
    }
  }
}

TEST(ObjectWriter, OthersComeLast) {
  const Members members{{{"a", 0, false}, {"x", Members::kNoRule, false}}, {{Dfa::lengths(1, 1), 0}}, 1, 3};
  EXPECT_TRUE(written(members, R"({"a":1})"));
  EXPECT_TRUE(written(members, R"({"b":"","c":""})"));
  EXPECT_TRUE(written(members, R"({"a":1,"b":"","c":""})"));
  EXPECT_FALSE(written(members, "{}"));
  EXPECT_FALSE(written(members, R"({"a":1,"b":"","c":"","d":""})"));
  EXPECT_FALSE(written(members, R"({"b":"","a":1})"));
  EXPECT_FALSE(written(members, R"({"x":1})"));
}

}  // namespace
}  // namespace sotto::grammar
