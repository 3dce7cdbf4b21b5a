#include "cli/mistakes.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

class Mistakes : public testing::Test {
 protected:
  void SetUp() override {
    app_.require_subcommand(0, 1);
    CLI::App* run = app_.add_subcommand("run");
    run->add_option("MODEL", model_)->required();
    run->add_option("PROMPT", words_);
    run->add_option("--temperature,-t", number_);
    run->add_flag("--top-k");
    app_.add_subcommand("list")->add_flag("--all");
  }

  // What is said of a command line; empty when nothing is wrong with it.
  std::string said(std::vector<std::string> arguments) {
    arguments = as_meant(app_, std::move(arguments));
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(arguments);
    } catch (const CLI::ParseError& error) {
      return describe_mistake(app_, error);
    }
    return "";
  }

  CLI::App app_;
  std::string model_;
  std::vector<std::string> words_;
  double number_ = 0;
};

TEST_F(Mistakes, AnUnknownOptionIsNamedWithTheNearestOne) {
  const char* expected = "run: unknown option --temprature; did you mean --temperature? see sotto run --help";
  EXPECT_EQ(said({"run", "m", "--temprature", "1"}), expected);
  EXPECT_EQ(said({"run", "m", "--temprature=1"}), expected);
  EXPECT_EQ(said({"run", "--temprature", "1"}), expected);
}

TEST_F(Mistakes, AnOptionThatIsNearToNoneIsNotGuessed) {
  for (const char* option : {"--foo", "--tok", "--x"}) {  // "--top-k" is two changes away, or more
    EXPECT_EQ(said({"run", "m", option}).find("did you mean"), std::string::npos) << said({"run", "m", option});
    EXPECT_NE(said({"run", "m", option}).find("see sotto run --help"), std::string::npos);
  }
}

TEST_F(Mistakes, AnOptionOfAnotherCommandIsFound) {
  EXPECT_EQ(said({"--top-k", "3"}), "unknown option --top-k; sotto run has it; see sotto --help");
  EXPECT_EQ(said({"run", "m", "--all"}), "run: unknown option --all; sotto list has it; see sotto run --help");
}

TEST_F(Mistakes, APromptWithADashIsExplained) {
  EXPECT_NE(said({"run", "m", "-x"}).find("put -- before a prompt that begins with a dash"), std::string::npos);
  EXPECT_EQ(said({"run", "m", "--", "-x"}), "");
}

TEST_F(Mistakes, AModelInPlaceOfACommandIsExplained) {
  EXPECT_EQ(said({"smollm2", "hi"}),
            "no command is called smollm2; to run a model: sotto run smollm2; see sotto --help");
  EXPECT_EQ(said({"lst"}),
            "no command is called lst; did you mean sotto list? To run a model: sotto run lst; see sotto --help");
}

TEST_F(Mistakes, MissingAndSurplusArgumentsAreNamed) {
  EXPECT_EQ(said({"run"}), "run: MODEL is required; see sotto run --help");
  EXPECT_EQ(said({"list", "all"}), "list: unexpected argument all; see sotto list --help");
  EXPECT_EQ(said({"run", "m", "--temperature"}), "run: --temperature needs a value; see sotto run --help");
}

using Arguments = std::vector<std::string>;

TEST_F(Mistakes, OtherSpellingsAreMeant) {
  EXPECT_EQ(as_meant(app_, {"ls", "--all"}), (Arguments{"list", "--all"}));
  EXPECT_EQ(as_meant(app_, {"run", "ls"}), (Arguments{"run", "ls"}));
  EXPECT_EQ(as_meant(app_, {"help"}), (Arguments{"--help"}));
  EXPECT_EQ(as_meant(app_, {"help", "run"}), (Arguments{"run", "--help"}));
  EXPECT_EQ(as_meant(app_, {"run", "m", "--top_k=a_b"}), (Arguments{"run", "m", "--top-k=a_b"}));
  EXPECT_EQ(as_meant(app_, {"run", "m", "--no_such", "a_b"}), (Arguments{"run", "m", "--no_such", "a_b"}));
  EXPECT_EQ(as_meant(app_, {"run", "--think", "off", "m"}), (Arguments{"run", "--think=off", "m"}));
  EXPECT_EQ(as_meant(app_, {"run", "m", "--think", "200", "Hi"}), (Arguments{"run", "m", "--think=200", "Hi"}));
  EXPECT_EQ(as_meant(app_, {"run", "m", "--think", "Hi", "--eco", "20"}),
            (Arguments{"run", "m", "--think", "Hi", "--eco=20"}));
  EXPECT_EQ(as_meant(app_, {"run", "m", "--", "--think", "off"}), (Arguments{"run", "m", "--", "--think", "off"}));
  EXPECT_EQ(as_meant(app_, {"run", "m", "--", "--top_k"}), (Arguments{"run", "m", "--", "--top_k"}));
  EXPECT_EQ(as_meant(app_, {}), Arguments{});
}

}  // namespace
}  // namespace sotto::cli
