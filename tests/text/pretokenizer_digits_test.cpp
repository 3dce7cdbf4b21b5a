// Each expectation is read off the published expressions.
#include "text/words.h"

namespace sotto::text {
namespace {

TEST(PretokenizerDigits, SuperbpeCutsDigitsAndNothingElse) {
  EXPECT_EQ(cut_words("superbpe", "by the way 1234567."), (Words{"by the way ", "1", "234", "567", "."}));
  EXPECT_EQ(cut_words("superbpe", "123"), Words{"123"});
  EXPECT_EQ(cut_words("superbpe",
                      "12\xC2\xBD"
                      "3456"),
            (Words{"12\xC2\xBD"
                   "3",
                   "456"}));
}

TEST(PretokenizerDigits, AfmoeGroupsThousands) {
  EXPECT_EQ(cut_words("afmoe", "12345678a"), (Words{"12", "345", "678", "a"}));
}

TEST(PretokenizerDigits, ChameleonCutsItsNamesOut) {
  EXPECT_EQ(cut_words("chameleon", "a<sentinel:12>b"), (Words{"a", "<", "sentinel", ":", "1", "2", ">", "b"}))
      << "later expressions cut the parts of earlier ones again";
  EXPECT_EQ(cut_words("chameleon", "xIMGIMGABZ      y"), (Words{"x", "IMGIMGABZ", "    ", "  ", "y"}));
  EXPECT_EQ(cut_words("chameleon", "xIMGIMGABCDEZ"), Words{"xIMGIMGABCDEZ"});
}

}  // namespace
}  // namespace sotto::text
