#include "catalog/describe.h"

#include <algorithm>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "catalog/server.h"
#include "catalog/sidecar.h"
#include "gguf/writer.h"

namespace sotto::catalog {
namespace {

using test::Server;

TEST(Describe, WhatTheFileSays) {
  auto details = describe_details(Server::get().model_path());
  ASSERT_TRUE(details) << details.error().message;
  EXPECT_EQ(details->title, "Tiny Test Model");
  EXPECT_EQ(details->n_params, 512u * 1024);
  EXPECT_EQ(details->n_tensors, 1u);
  EXPECT_EQ(details->ctx_tokens, 2048u);
  EXPECT_EQ(details->license_text, "apache-2.0");
  EXPECT_EQ(details->chat_template, "{{ messages }}" + std::string(400, 'x'));
  ASSERT_EQ(details->metadata.size(), 6u);
  EXPECT_EQ(details->metadata[0], (std::pair<std::string, std::string>{"general.architecture", "llama"}));
  // Long values are cut and say how long they are.
  EXPECT_LT(details->metadata[5].second.size(), 150u);
  EXPECT_TRUE(details->metadata[5].second.ends_with("(414 bytes)")) << details->metadata[5].second;
}

// A file without tensors that holds these keys.
std::string file_with(const test::TemporaryFolder& folder, const std::function<void(gguf::Writer&)>& set) {
  gguf::Writer writer;
  writer.set("general.architecture", "llama");
  set(writer);
  const std::uint64_t dims[] = {1};
  writer.add_tensor("a", gguf::TensorType::kF32, dims);
  const auto written = writer.write(folder.file("keys.gguf"), [](std::size_t, const gguf::Writer::Sink& sink) {
    return sink(std::as_bytes(std::span("\0\0\0", 4)));
  });
  EXPECT_TRUE(written) << written.error().message;
  return folder.file("keys.gguf");
}

TEST(Describe, WhetherAModelFillsGaps) {
  const test::TemporaryFolder folder;
  const auto fills = [&](std::initializer_list<std::string_view> tokens, bool control) {
    return model_fills_gaps(file_with(folder, [&](gguf::Writer& writer) {
      const std::vector<std::string_view> names(tokens);
      const std::vector<std::int32_t> kinds(tokens.size(), control ? 3 : 1);
      writer.set("tokenizer.ggml.model", "gpt2");
      writer.set_array("tokenizer.ggml.tokens", names);
      writer.set_array<std::int32_t>("tokenizer.ggml.token_type", kinds);
    }));
  };
  EXPECT_TRUE(fills({"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}, true));
  EXPECT_FALSE(fills({"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}, false));
  EXPECT_FALSE(fills({"<fim_prefix>", "<fim_suffix>"}, true));
  EXPECT_FALSE(model_fills_gaps(Server::get().model_path())) << "no vocabulary";
  EXPECT_FALSE(model_fills_gaps("/no/such/file.gguf"));
}

TEST(Describe, AnotherLicenceIsNamed) {
  const test::TemporaryFolder folder;
  const auto shown = [&](const char* license, const char* name, const char* link) {
    auto details = describe_details(file_with(folder, [&](gguf::Writer& writer) {
      writer.set("general.license", license);
      if (*name) writer.set("general.license.name", name);
      if (*link) writer.set("general.license.link", link);
    }));
    EXPECT_EQ(details->model.license.find(license), 0u);
    return details->license_text;
  };
  EXPECT_EQ(shown("other", "lfm1.0", "LICENSE"), "other (lfm1.0), LICENSE");
  EXPECT_EQ(shown("other", "", ""), "other");
  EXPECT_EQ(shown("mit", "a name", "LICENSE"), "mit, LICENSE");
  // As an import of the folder notes it beside the file.
  const std::string path = file_with(folder, [](gguf::Writer& writer) {
    writer.set("general.license", "other");
    writer.set("general.license.name", "lfm1.0");
  });
  const auto bytes = static_cast<std::uint64_t>(std::filesystem::file_size(path));
  ASSERT_TRUE(write_sidecar(path, {.name = "a", .license = "other", .bytes = bytes}));
  EXPECT_EQ(describe_model(path)->license, "other (lfm1.0)");
  ASSERT_TRUE(write_sidecar(path, {.name = "a", .license = "MIT", .bytes = bytes}));
  EXPECT_EQ(describe_model(path)->license, "MIT");
}

TEST(Describe, ALicenceIsKnownByNoteOrByChecksumAndNotByName) {
  const test::TemporaryFolder folder;
  const Entry& entry = **Catalog::builtin().find("gemma3:270m");
  const std::string path = folder.file(entry.file_name);
  test::write_text(path, "bytes");
  EXPECT_EQ(describe_file(path).license, "");
  EXPECT_EQ(known_license(path).license, "");
  ASSERT_TRUE(write_sidecar(path, {.name = "a", .sha256 = std::string(64, '0'), .bytes = 5}));
  EXPECT_EQ(known_license(path).license, "");
  ASSERT_TRUE(write_sidecar(path, {.name = "a", .sha256 = entry.sha256, .bytes = 5}));
  EXPECT_EQ(known_license(path).license, entry.license);
  EXPECT_EQ(known_license(path).from, "the catalog's gemma3:270m");
  EXPECT_EQ(describe_file(path).license, entry.license);
  ASSERT_TRUE(write_sidecar(path, {.name = "a", .sha256 = entry.sha256, .license = "MIT", .bytes = 5}));
  EXPECT_EQ(known_license(path).license, "MIT");
  EXPECT_EQ(known_license(path).from, entry.file_name + ".json");
}

TEST(Describe, WhatTheMakersRecommend) {
  const test::TemporaryFolder folder;
  auto details = describe_details(file_with(folder, [](gguf::Writer& writer) {
    writer.set("general.sampling.top_k", std::int32_t{20});
    writer.set("general.sampling.temp", 0.6f);
    writer.set("general.sampling.penalty_last_n", std::int32_t{-1});
  }));
  ASSERT_TRUE(details) << details.error().message;
  const std::vector<Recommendation> expected = {{"temperature", 0.6}, {"top_k", 20}, {"repeat_last_n", -1}};
  EXPECT_EQ(details->sampling, expected);
}

TEST(Describe, HostileRecommendationsAreNone) {
  const test::TemporaryFolder folder;
  auto details = describe_details(file_with(folder, [](gguf::Writer& writer) {
    writer.set("general.sampling.temp", std::numeric_limits<float>::quiet_NaN());
    writer.set("general.sampling.top_k", std::int32_t{-5});
    writer.set("general.sampling.top_p", "0.9");
    writer.set("general.sampling.min_p", std::numeric_limits<float>::infinity());
    writer.set("general.sampling.penalty_repeat", true);
    writer.set("general.sampling.penalty_last_n", std::uint64_t{1} << 60);
  }));
  ASSERT_TRUE(details) << details.error().message;
  EXPECT_TRUE(details->sampling.empty());
}

TEST(Describe, DamagedFilesAreErrors) {
  test::TemporaryFolder folder;
  test::write_text(folder.file("a.gguf"), "GGUF and nothing more");
  EXPECT_FALSE(describe_model(folder.file("a.gguf")));
  EXPECT_FALSE(describe_details(folder.file("a.gguf")));
  EXPECT_EQ(describe_model(folder.file("b.gguf")).error().code, ErrorCode::kNotFound);
}

TEST(Describe, NamesWithoutLookingInside) {
  test::TemporaryFolder folder;
  test::write_text(folder.file("GEMMA-3-270M-Q4_K_M.gguf"), "x");
  // The catalog's file name in another case, as other programs store it.
  EXPECT_EQ(describe_file(folder.file("GEMMA-3-270M-Q4_K_M.gguf")).name, "gemma3:270m");
  EXPECT_EQ(describe_file(folder.file("Other.gguf")).name, "Other");
}

}  // namespace
}  // namespace sotto::catalog
