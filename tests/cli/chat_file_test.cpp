#include "cli/chat_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/python.h"

namespace sotto::cli {
namespace {

ChatRecord example() {
  ChatRecord record;
  record.model = "/models/some.gguf";
  record.settings.system = "Be \"brief\".\n";
  record.settings.seed = 3;
  record.settings.sampling.top_k = 9;
  record.settings.stop = {"\n\n", "END"};
  record.settings.raw = true;
  record.settings.ignore_eos = true;
  record.settings.adapters = {{"/a.gguf", 0.5f}, {"/b", 1}};
  record.settings.chat_template = "{{ messages }}";
  record.settings.examples = {{Role::kSystem, "s"}, {Role::kUser, "q"}, {Role::kAssistant, "a"}};
  record.messages = {{Role::kUser, "h\xC3\xA9llo"}, {Role::kAssistant, "<|im_end|>"}};
  return record;
}

Error error_of(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  const Result<ChatRecord> record = load_chat(path);
  EXPECT_FALSE(record) << text;
  return record ? Error{} : record.error();
}

TEST(ChatFile, PathsAndNames) {
  EXPECT_EQ(chat_path("holiday", "/state"), "/state/chats/holiday.json");
  EXPECT_EQ(chat_path("./holiday", "/state"), "./holiday");
  EXPECT_EQ(chat_path("holiday.json", "/state"), "holiday.json");
}

TEST(ChatFile, WhatIsSavedIsLoaded) {
  const support::ScratchFolder scratch;
  const std::string path = chat_path("holiday", scratch.path());
  ASSERT_TRUE(make_chats_folder(path, scratch.path()));
  ASSERT_TRUE(save_chat(path, example()));
  const Result<ChatRecord> record = load_chat(path);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->model, example().model);
  EXPECT_EQ(record->settings.system, example().settings.system);
  EXPECT_EQ(record->settings.seed, example().settings.seed);
  EXPECT_EQ(record->settings.adapters, example().settings.adapters);
  EXPECT_EQ(record->settings.chat_template, "{{ messages }}");
  ASSERT_EQ(record->settings.examples.size(), 3u);
  EXPECT_EQ(record->settings.examples[0].role, Role::kSystem);
  EXPECT_EQ(record->settings.examples[2].content, "a");
  EXPECT_EQ(record->settings.sampling.top_k, 9);
  EXPECT_EQ(record->settings.stop, example().settings.stop);
  EXPECT_TRUE(record->settings.raw);
  EXPECT_TRUE(record->settings.ignore_eos);
  ASSERT_EQ(record->messages.size(), 2u);
  EXPECT_EQ(record->messages[0].content, "h\xC3\xA9llo");
  EXPECT_EQ(record->messages[1].role, Role::kAssistant);
  EXPECT_EQ(record->messages[1].content, "<|im_end|>");
}

TEST(ChatFile, OnlyTheOwnerCanReadIt) {
  const support::ScratchFolder scratch;
  const std::string path = scratch.file("chat.json");
  ASSERT_TRUE(save_chat(path, example()));
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::filesystem::directory_iterator files(scratch.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(ChatFile, WhatASaveWouldWriteOverIsKnown) {
  const support::ScratchFolder scratch;
  const std::string path = scratch.file("x.json");
  EXPECT_EQ(what_is_at(path), Existing::kNothing);
  ASSERT_TRUE(save_chat(path, example()));
  EXPECT_EQ(what_is_at(path), Existing::kChat);
  for (const char* text : {"", "notes", "{", "[]", R"({"model": "m"})"}) {
    std::ofstream(path) << text;
    EXPECT_EQ(what_is_at(path), Existing::kOther) << text;
  }
  EXPECT_EQ(what_is_at(scratch.path()), Existing::kOther);
  const std::string link = scratch.file("link");
  std::filesystem::create_symlink(scratch.file("nowhere"), link);
  EXPECT_EQ(what_is_at(link), Existing::kOther);
}

TEST(ChatFile, AFolderIsMadeForSavedChatsOnly) {
  const support::ScratchFolder scratch;
  ASSERT_TRUE(make_chats_folder(scratch.file("none/x.json"), scratch.file("state")));
  EXPECT_FALSE(std::filesystem::exists(scratch.file("none")));
  EXPECT_EQ(save_chat(scratch.file("none/x.json"), example()).error().code, ErrorCode::kIo);
  ASSERT_TRUE(make_chats_folder(scratch.file("state/chats/x.json"), scratch.file("state")));
  EXPECT_TRUE(std::filesystem::is_directory(scratch.file("state/chats")));
}

TEST(ChatFile, SavedChatsAreListedByName) {
  const support::ScratchFolder scratch;
  EXPECT_TRUE(saved_chats(scratch.path()).empty());
  std::filesystem::create_directories(scratch.file("chats"));
  for (const char* name : {"b", "a"}) ASSERT_TRUE(save_chat(chat_path(name, scratch.path()), example()));
  std::ofstream(scratch.file("chats/notes.txt")) << "x";
  EXPECT_EQ(saved_chats(scratch.path()), (std::vector<std::string>{"a", "b"}));
}

TEST(ChatFile, WhatLiesBesideItStays) {
  const support::ScratchFolder scratch;
  const std::string beside = scratch.file("chat.json.new");
  std::ofstream(beside) << "mine";
  ASSERT_TRUE(save_chat(scratch.file("chat.json"), example()));
  EXPECT_EQ(std::filesystem::file_size(beside), 4u);
}

TEST(ChatFile, AMissingFileIsNotFound) {
  const support::ScratchFolder scratch;
  EXPECT_EQ(load_chat(scratch.file("none.json")).error().code, ErrorCode::kNotFound);
}

TEST(ChatFile, WrongContentIsAnErrorThatNamesTheFile) {
  const support::ScratchFolder scratch;
  const std::string path = scratch.file("bad.json");
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"sotto_chat": 2})", R"({"sotto_chat": 1})",
                           R"({"sotto_chat": 1, "model": "m", "messages": [{"role": "root", "content": "x"}]})",
                           R"({"sotto_chat": 1, "model": "m", "messages": [{"role": "user"}]})",
                           R"({"sotto_chat": 1, "model": 5, "messages": []})",
                           R"({"sotto_chat": 1, "model": "m", "messages": [], "settings": {"top_k": "no"}})",
                           R"({"sotto_chat": 1, "model": "m", "messages": [], "settings": {"unknown": "1"}})",
                           R"({"sotto_chat": 1, "model": "m", "messages": [], "settings": {"top_k": 4}})"}) {
    const Error error = error_of(path, text);
    EXPECT_EQ(error.code, ErrorCode::kBadFile) << text;
    EXPECT_NE(error.message.find(path), std::string::npos) << error.message;
  }
}

TEST(ChatFile, DeepNestingIsAnErrorAndNoCrash) {
  const support::ScratchFolder scratch;
  EXPECT_EQ(error_of(scratch.file("deep.json"), std::string(1'000'000, '[')).code, ErrorCode::kBadFile);
}

TEST(ChatFile, AFolderThatCannotBeWrittenIsAnError) {
  const Result<void> done = save_chat("/dev/null/chat.json", example());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kIo);
  EXPECT_NE(done.error().message.find("/dev/null/chat.json"), std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
