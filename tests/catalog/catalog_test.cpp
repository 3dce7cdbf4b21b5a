#include "catalog/catalog.h"

#include <set>

#include <gtest/gtest.h>

#include "catalog/names.h"

namespace sotto::catalog {
namespace {

std::string named(std::string_view name) {
  auto entry = Catalog::builtin().find(name);
  return entry ? (*entry)->name : "error: " + entry.error().message;
}

TEST(Catalog, NamesAsOllamaSpellsThem) {
  EXPECT_EQ(named("smollm2"), "smollm2:135m");
  EXPECT_EQ(named("SmolLM2:latest"), "smollm2:135m");
  EXPECT_EQ(named("llama3.2"), "llama3.2:3b");
  EXPECT_EQ(named("llama3.2:1b"), "llama3.2:1b");
  EXPECT_EQ(named("llama3.1"), "llama3.1:8b");
  EXPECT_EQ(named("phi3:mini"), "phi3:mini");
  EXPECT_EQ(named("phi3"), "phi3:mini");
  EXPECT_EQ(named("phi3.5"), "phi3.5:3.8b");
  EXPECT_EQ(named("phi4-mini"), "phi4-mini:3.8b");
  EXPECT_EQ(named(kDefaultModel), "smollm2:135m");
  for (const char* name : {"smollm2:360m", "smollm2:1.7b", "gemma3:270m", "gemma3:1b", "gemma3:4b", "llama3.2:3b",
                           "llama3.1:8b", "qwen2.5:0.5b", "qwen2.5:1.5b", "qwen2.5:3b", "qwen2.5:7b", "qwen3:0.6b",
                           "qwen3:1.7b", "qwen3:4b", "qwen3:8b", "mistral:7b"}) {
    EXPECT_EQ(named(name), name);
  }
}

TEST(Catalog, NearMissesAreSuggested) {
  auto missing = Catalog::builtin().find("smolm2");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("did you mean smollm2"), std::string::npos) << missing.error().message;
  // A known family with another tag: its tags.
  EXPECT_NE(named("gemma3:7b").find("gemma3:1b"), std::string::npos);
  EXPECT_NE(named("utterly-unknown").find("sotto list --all"), std::string::npos);
  EXPECT_EQ(Catalog::builtin().find("../../etc").error().code, ErrorCode::kBadRequest);
}

TEST(Catalog, EveryEntryIsUsable) {
  std::set<std::string> files, names;
  for (const Entry& entry : Catalog::builtin().entries()) {
    EXPECT_TRUE(files.insert(to_lower(entry.file_name)).second) << entry.file_name;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.sources.empty()) << entry.name;
    EXPECT_EQ(entry.kv_bytes(1) > 0, !entry.is_encoder()) << entry.name;
    EXPECT_TRUE(entry.runs_here()) << entry.name;
    EXPECT_FALSE(entry.chat && entry.is_encoder()) << entry.name;
    EXPECT_EQ(entry.window > 0, entry.window_layers > 0) << entry.name;
    EXPECT_GE(entry.ctx_tokens, entry.is_encoder() ? 256 : 2048) << entry.name;
    EXPECT_LE(entry.token_bytes(), entry.bytes) << entry.name;
    // What is pinned is exact; what is not pinned must not pretend to be.
    EXPECT_EQ(entry.sha256.empty(), !entry.bytes_exact) << entry.name;
    for (const Source& source : entry.sources) {
      EXPECT_TRUE(source.url.empty() || source.url.starts_with("https://")) << source.url;
    }
  }
}

TEST(Catalog, PinnedModels) {
  auto smollm2 = *Catalog::builtin().find("smollm2");
  EXPECT_EQ(smollm2->sha256, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
  EXPECT_EQ(smollm2->license, "Apache-2.0");
  auto gemma = *Catalog::builtin().find("gemma3:270m");
  EXPECT_EQ(gemma->sha256, "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818");
  EXPECT_EQ(gemma->sources.front().parts.size(), 4u);
  EXPECT_FALSE(gemma->chat);
  // 18 layers, 1 key head of 256 values and a scale of 2 bytes, keys and values; all but 3 see 512 positions, and hold
  // a batch of 512 beside them.
  EXPECT_EQ(gemma->kv_bytes(100), 18u * 258 * 2 * 100);
  EXPECT_EQ(gemma->kv_bytes(32768), 258u * 2 * (3 * 32768 + 15 * 1024));
}

// A mixture of experts asks a few of them, and a table of embeddings gives a row.
TEST(Catalog, WhatATokenReads) {
  for (const char* name : {"qwen3:30b-a3b", "gemma4:e2b", "gemma4:e4b"}) {
    const Entry& entry = **Catalog::builtin().find(name);
    EXPECT_LT(entry.token_bytes(), entry.bytes * 3 / 4) << name;
  }
  const Entry& whole = **Catalog::builtin().find("smollm2");
  EXPECT_EQ(whole.token_bytes(), whole.bytes);
}

TEST(Catalog, SaysWhatRunsHere) {
  EXPECT_TRUE((*Catalog::builtin().find("mistral:7b"))->runs_here());
  EXPECT_TRUE((*Catalog::builtin().find("gemma3:1b"))->runs_here());
  const Entry unknown{.architecture = "an-architecture-of-tomorrow"};
  EXPECT_FALSE(unknown.runs_here() || unknown.is_encoder());
  for (const char* name : {"embeddinggemma", "nomic-embed-text", "all-minilm"}) {
    EXPECT_TRUE((*Catalog::builtin().find(name))->is_encoder()) << name;
  }
  EXPECT_FALSE((*Catalog::builtin().find("gemma3:1b"))->is_encoder());
}

std::string entry_json(const std::string& change) {
  return R"({"models": [{"name": "a:1b", "title": "A", "good_for": "x", "languages": "x", "architecture": "llama",
    "parameters": "1B", "quantization": "Q4_1", "license": "MIT", "file": "a.gguf", "bytes": 5, "ctx_tokens": 10,
    "layers": 1, "kv_heads": 1, "head_dim": 64, "sources": [{"url": "https://example.org/a.gguf"}])" +
         change + "}]}";
}

TEST(Catalog, DamagedTablesAreNamed) {
  EXPECT_TRUE(Catalog::parse(entry_json("")));
  auto message = [](const std::string& change) {
    auto parsed = Catalog::parse(entry_json(change));
    return parsed ? std::string("parsed") : parsed.error().message;
  };
  // A later key of the same name wins.
  EXPECT_NE(message(R"(, "sha256": "ABC")").find("\"sha256\""), std::string::npos);
  EXPECT_NE(message(R"(, "file": "../a.gguf")").find("\"file\""), std::string::npos);
  EXPECT_NE(message(R"(, "bytes": "5")").find("\"bytes\""), std::string::npos);
  EXPECT_NE(message(R"(, "bytes": -5)").find("\"bytes\""), std::string::npos);
  EXPECT_NE(message(R"(, "read_bytes": 6)").find("\"read_bytes\""), std::string::npos);
  EXPECT_NE(message(R"(, "read_bytes": "1")").find("\"read_bytes\""), std::string::npos);
  EXPECT_NE(message(R"(, "name": "A b")").find("name"), std::string::npos);
  EXPECT_NE(message(R"(, "sources": [{}])").find("source"), std::string::npos);
  EXPECT_NE(message(R"(, "sources": [3])").find("source"), std::string::npos);
  EXPECT_NE(message(R"(, "aliases": [3])").find("aliases"), std::string::npos);
  EXPECT_NE(message(R"(, "aliases": ["a:1b"])").find("twice"), std::string::npos);
  EXPECT_FALSE(Catalog::parse("[]"));
  EXPECT_FALSE(Catalog::parse("{\"models\": 3}"));
  EXPECT_FALSE(Catalog::parse("{\"models\": ["));
}

TEST(Catalog, AddressesOutsideTheCatalog) {
  auto entry = entry_for_url("https://example.org/x/y/My-Model.Q4_K_M.gguf?download=true");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->name, "my-model.q4_k_m");
  EXPECT_EQ(entry->file_name, "My-Model.Q4_K_M.gguf");
  EXPECT_EQ(entry->sources.front().url, "https://example.org/x/y/My-Model.Q4_K_M.gguf?download=true");
  for (const char* bad : {"http://example.org/a.gguf", "https://example.org/a.bin", "https://example.org/.gguf",
                          "ftp://example.org/a.gguf", "a.gguf", "https://example.org/%2e%2e%2fa.gguf", ""}) {
    EXPECT_FALSE(entry_for_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace sotto::catalog
