#include "cli/kept_session.h"

#include <gtest/gtest.h>

#include "cli/fake_engine.h"

namespace sotto::cli {
namespace {

// Keeps a note in memory, as an engine keeps it in a file.
class NoteSession final : public FakeSession {
 public:
  explicit NoteSession(Script& script) : FakeSession(script) {}
  Result<void> save(const std::string&, std::string_view text) override {
    note = std::string(text);
    return {};
  }
  Result<std::string> restore(const std::string&) override { return note; }

  Result<std::string> note{std::string()};
};

class KeptSessions : public testing::Test {
 protected:
  Script script;
  NoteSession session{script};
  Settings settings;
};

TEST_F(KeptSessions, MessagesAndSystemTextComeBack) {
  const std::vector<Message> said{{Role::kUser, "Grüße \"you\""}, {Role::kAssistant, "one\ntwo"}};
  ASSERT_TRUE(keep_session(session, "kept", "Be brief.", said));
  const auto taken_up = take_up_session(session, "kept", settings);
  ASSERT_TRUE(taken_up) << taken_up.error().message;
  ASSERT_EQ(taken_up->size(), 2u);
  EXPECT_EQ((*taken_up)[0].content, "Grüße \"you\"");
  EXPECT_EQ((*taken_up)[1].role, Role::kAssistant);
  EXPECT_EQ((*taken_up)[1].content, "one\ntwo");
  EXPECT_EQ(settings.system, "Be brief.");
  settings.system = "Be long.";
  ASSERT_TRUE(take_up_session(session, "kept", settings));
  EXPECT_EQ(settings.system, "Be long.") << "what was asked for now counts";
}

TEST_F(KeptSessions, WithoutAFileItBegins) {
  session.note = Unexpected(ErrorCode::kNotFound, "reading the session kept: No such file");
  const auto taken_up = take_up_session(session, "kept", settings);
  ASSERT_TRUE(taken_up);
  EXPECT_TRUE(taken_up->empty());
  const auto nowhere = take_up_session(session, "/no/such/folder/kept", settings);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kNotFound);
  EXPECT_NE(nowhere.error().message.find("/no/such/folder"), std::string::npos);
}

TEST_F(KeptSessions, OtherErrorsAndNotesAreSaid) {
  session.note = Unexpected(ErrorCode::kBadRequest, "another model's");
  EXPECT_EQ(take_up_session(session, "kept", settings).error().message, "another model's");
  session.note = std::string("no JSON");
  const auto foreign = take_up_session(session, "kept", settings);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::kBadFile);
  EXPECT_NE(foreign.error().message.find("--session kept"), std::string::npos);
  EXPECT_EQ(script.clears, 1) << "nothing of it may stay in the session";
}

}  // namespace
}  // namespace sotto::cli
