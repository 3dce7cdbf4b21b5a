#include "catalog/store.h"

#include <gtest/gtest.h>

#include "catalog/files.h"
#include "catalog/server.h"
#include "catalog/sidecar.h"
#include "gguf/writer.h"

namespace sotto::catalog {
namespace {

using test::Server;
using test::TemporaryFolder;
using test::write_text;

void put_model(const TemporaryFolder& models, const std::string& file) {
  std::filesystem::copy_file(Server::get().model_path(), models.file(file));
}

TEST(Store, ListsWhatLiesThere) {
  TemporaryFolder models;
  put_model(models, "Own-Model.gguf");
  put_model(models, "named.gguf");
  write_text(models.file("broken.gguf"), "not at all");
  write_text(models.file("readme.txt"), "no model");
  std::filesystem::create_directories(models.file(".partial/x.gguf"));
  ASSERT_TRUE(write_sidecar(models.file("named.gguf"), {.name = "alpha:1b",
                                                        .source = "somewhere",
                                                        .sha256 = "ab",
                                                        .license = "MIT",
                                                        .bytes = Server::get().model_bytes}));
  auto list = Store(models.path()).list();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3u);
  const StoredModel &own = (*list)[0], &named = (*list)[1], &broken = (*list)[2];
  EXPECT_EQ(own.name, "Own-Model");
  EXPECT_EQ(own.license, "apache-2.0");
  EXPECT_EQ(own.architecture, "llama");
  EXPECT_EQ(own.quantization, "Q4_1");
  EXPECT_EQ(own.file_bytes, Server::get().model_bytes);
  EXPECT_EQ(named.name, "alpha:1b");
  EXPECT_EQ(named.license, "MIT");
  EXPECT_EQ(broken.name, "broken");
  EXPECT_NE(broken.problem, "");
  EXPECT_TRUE(Store(models.file("absent")).list()->empty());
  EXPECT_EQ(Store(models.file("readme.txt")).list().error().code, ErrorCode::kIo);
}

TEST(Store, FindsByNameFileAndPath) {
  TemporaryFolder models;
  put_model(models, "SmolLM2-135M-Instruct.Q4_1.gguf");
  put_model(models, "Own-Model.gguf");
  Store store(models.path());
  std::string smollm2 = models.file("SmolLM2-135M-Instruct.Q4_1.gguf");
  // Without a sidecar the catalog's file name says which model it is.
  for (const char* name :
       {"smollm2", "SmolLM2:135M", "smollm2:latest", "SmolLM2-135M-Instruct.Q4_1", "smollm2-135m-instruct.q4_1.gguf"}) {
    auto path = store.locate(name);
    ASSERT_TRUE(path) << name << ": " << path.error().message;
    EXPECT_EQ(*path, smollm2);
  }
  EXPECT_EQ(store.resolve("own-model")->path, models.file("Own-Model.gguf"));
  EXPECT_EQ(store.resolve(models.file("Own-Model.gguf"))->path, models.file("Own-Model.gguf"));
}

TEST(Store, AUsersNameGoesBeforeTheCatalogsReadingOfIt) {
  TemporaryFolder models;
  Store store(models.path());
  ASSERT_TRUE(store.import(Server::get().model_path(), {.name = "smollm2"}));
  EXPECT_EQ(*store.locate("smollm2"), models.file("smollm2.gguf"));
  EXPECT_FALSE(store.locate("smollm2:135m"));
  put_model(models, "SmolLM2-135M-Instruct.Q4_1.gguf");
  EXPECT_EQ(*store.locate("smollm2"), models.file("smollm2.gguf"));
  EXPECT_EQ(*store.locate("smollm2:135m"), models.file("SmolLM2-135M-Instruct.Q4_1.gguf"));
}

TEST(Store, SaysHowToGetWhatIsMissing) {
  TemporaryFolder models;
  put_model(models, "Own-Model.gguf");
  Store store(models.path());
  auto message = [&](const char* name) { return store.locate(name).error().message; };
  EXPECT_NE(message("llama3.2").find("sotto pull llama3.2:3b"), std::string::npos) << message("llama3.2");
  EXPECT_NE(message("own-modle").find("Own-Model"), std::string::npos) << message("own-modle");
  EXPECT_NE(message("gema3").find("gemma3"), std::string::npos) << message("gema3");
  EXPECT_NE(message("/no/such/file.gguf").find("/no/such/file.gguf"), std::string::npos);
  EXPECT_EQ(store.locate("/no/such/file.gguf").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store.locate("bad name").error().code, ErrorCode::kBadRequest);
  write_text(models.file("broken.gguf"), "not at all");
  EXPECT_EQ(store.resolve("broken").error().code, ErrorCode::kBadFile);
}

TEST(Store, TellsNamesFromFiles) {
  TemporaryFolder models, here;
  write_text(here.file("notes.txt"), "notes");
  write_text(here.file("my notes.txt"), "notes");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(here.path());
  Store store(models.path());
  auto notes = store.locate("notes.txt");
  auto spaced = store.locate("my notes.txt");
  auto missing = store.locate("x.gguf");
  std::filesystem::current_path(before);
  EXPECT_NE(notes.error().message.find("for a path write ./notes.txt"), std::string::npos) << notes.error().message;
  EXPECT_EQ(notes.error().code, ErrorCode::kNotFound);
  EXPECT_NE(spaced.error().message.find("./my notes.txt"), std::string::npos) << spaced.error().message;
  EXPECT_NE(missing.error().message.find("there is no file of that name"), std::string::npos);
  EXPECT_NE(missing.error().message.find("no model is called \"x.gguf\""), std::string::npos);
}

TEST(Store, RemovesByNameOnly) {
  TemporaryFolder models, elsewhere;
  put_model(models, "Own-Model.gguf");
  put_model(elsewhere, "other.gguf");
  ASSERT_TRUE(write_sidecar(models.file("Own-Model.gguf"), {.name = "mine", .bytes = Server::get().model_bytes}));
  Store store(models.path());
  EXPECT_EQ(store.remove(elsewhere.file("other.gguf")).error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(store.remove("../other").error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(store.remove("absent").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store.remove("smollm2").error().code, ErrorCode::kNotFound);
  auto removed = store.remove("MINE");
  ASSERT_TRUE(removed);
  EXPECT_GT(removed->freed_bytes, Server::get().model_bytes);
  EXPECT_EQ(removed->shared_bytes, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(models.path()));
  EXPECT_TRUE(std::filesystem::exists(elsewhere.file("other.gguf")));
}

TEST(Store, WhatIsNotThereToRemoveIsToldWithWhatIs) {
  TemporaryFolder models;
  const Store store(models.path());
  const auto said = [&](const char* name) { return store.remove(name).error().message; };
  EXPECT_NE(said("summarizer").find("there is no model in " + models.path()), std::string::npos);
  put_model(models, "summarizer.gguf");
  EXPECT_NE(said("sumarizer").find("did you mean summarizer?"), std::string::npos) << said("sumarizer");
  for (const char* name : {"nosuch", "smollm2"}) {  // the second is a name of the catalog
    EXPECT_NE(said(name).find("sotto list shows what there is"), std::string::npos) << said(name);
  }
}

TEST(Store, RemovesUnfinishedDownloads) {
  TemporaryFolder models;
  std::string partial = models.file(".partial/SmolLM2-135M-Instruct.Q4_1.gguf");
  std::filesystem::create_directories(partial);
  write_text(partial + "/0.whl", std::string(1000, 'x'));
  auto removed = Store(models.path()).remove("smollm2");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(removed->freed_bytes, 1000u);
}

TEST(Store, BytesOfAHardLinkAreNotFreed) {
  TemporaryFolder models, elsewhere;
  put_model(models, "mine.gguf");
  std::filesystem::create_hard_link(models.file("mine.gguf"), elsewhere.file("original.gguf"));
  auto removed = Store(models.path()).remove("mine");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(removed->freed_bytes, 0u);
  EXPECT_EQ(removed->shared_bytes, Server::get().model_bytes);
}

// Two parts of a model, of the name given.
void put_split_model(const TemporaryFolder& models, const std::string& name) {
  for (std::uint16_t part = 0; part < 2; ++part) {
    gguf::Writer writer;
    writer.set("general.architecture", "llama");
    writer.set("split.no", part);
    writer.set("split.count", std::uint16_t{2});
    writer.add_tensor("t" + std::to_string(part), gguf::TensorType::kF32, std::vector<std::uint64_t>{8});
    const std::string path = models.file(name + (part == 0 ? "-00001-of-00002.gguf" : "-00002-of-00002.gguf"));
    ASSERT_TRUE(writer.write(path, [](std::size_t, const auto& sink) { return sink(std::vector<std::byte>(32)); }));
  }
}

TEST(Store, ASplitModelIsOneModel) {
  TemporaryFolder models;
  put_split_model(models, "Big");
  Store store(models.path());
  const auto list = store.list();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().name, "Big");
  EXPECT_EQ(list->front().problem, "");
  const std::string first = models.file("Big-00001-of-00002.gguf"), second = models.file("Big-00002-of-00002.gguf");
  EXPECT_EQ(list->front().file_bytes, static_cast<std::uint64_t>(file_size(first) + file_size(second)));
  EXPECT_EQ(*store.locate("big"), first);
  EXPECT_EQ(*store.locate("big-00001-of-00002"), first);

  const auto removed = store.remove("big");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(removed->freed_bytes, list->front().file_bytes);
  EXPECT_TRUE(std::filesystem::is_empty(models.path()));
}

TEST(Store, ASplitModelWithoutAPartSaysSo) {
  TemporaryFolder models;
  put_split_model(models, "Big");
  std::filesystem::remove(models.file("Big-00002-of-00002.gguf"));
  const auto list = Store(models.path()).list();
  ASSERT_EQ(list->size(), 1u);
  EXPECT_NE(list->front().problem.find("missing, part 2 of 2"), std::string::npos) << list->front().problem;
}

}  // namespace
}  // namespace sotto::catalog
