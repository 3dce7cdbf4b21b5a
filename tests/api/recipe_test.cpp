#include "api/recipe.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sotto::api {
namespace {

TEST(Recipe, NamesCannotLeadElsewhere) {
  for (const char* name :
       {"", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a:b:c", "a\\..\\b/", "x\n", "a%2fb", "a b"})
    EXPECT_FALSE(clean_name(name)) << name;
  EXPECT_EQ(*clean_name("Mine:latest"), "mine");
  EXPECT_EQ(*clean_name("mine.gguf"), "mine");
  EXPECT_EQ(*clean_name("mine.gguf.gguf"), "mine");
  EXPECT_EQ(*clean_name("a:b"), "a:b");
}

TEST(Recipe, AssistantsBringTheirBase) {
  const support::TemporaryFolder folder;
  folder.write("base.gguf", "x");
  folder.write("style.gguf", "x");
  const catalog::Store store(folder.path());
  catalog::Assistant assistant;
  assistant.name = "poet";
  assistant.base = "base";
  assistant.system = "Rhyme.";
  assistant.raw = true;
  assistant.chat_template = "{{ messages }}";
  assistant.adapters = {folder.file("style.gguf") + "=0.5"};
  assistant.parameters = {{"kv", "f16"}, {"top_k", "3"}};
  ASSERT_TRUE(store.keep(assistant, false));
  const auto recipe = find_recipe(store, "poet:latest");
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_EQ(recipe->name, "poet");
  EXPECT_EQ(recipe->engine.model_path, folder.file("base.gguf"));
  EXPECT_EQ(recipe->engine.kv, KvType::kF16);
  EXPECT_EQ(recipe->engine.chat_template, "{{ messages }}");
  ASSERT_EQ(recipe->engine.adapters.size(), 1u);
  EXPECT_EQ(recipe->engine.adapters[0].scale, 0.5f);
  EXPECT_EQ(recipe->options.top_k, 3);
  EXPECT_TRUE(recipe->raw);
  const auto base = find_recipe(store, "base");
  ASSERT_TRUE(base);
  EXPECT_NE(base->engine_key(), recipe->engine_key());
}

TEST(Recipe, MissingOnesAreSaidSo) {
  const support::TemporaryFolder folder;
  const auto missing = find_recipe(catalog::Store(folder.path()), "nobody");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

TEST(Recipe, AdaptersHaveScales) {
  EXPECT_EQ(*parse_adapter("a.gguf"), (AdapterOption{"a.gguf", 1}));
  EXPECT_EQ(*parse_adapter("a=b.gguf"), (AdapterOption{"a=b.gguf", 1}));
  EXPECT_EQ(*parse_adapter("a.gguf=-0.5"), (AdapterOption{"a.gguf", -0.5f}));
}

}  // namespace
}  // namespace sotto::api
