#include "model/families/registry.h"

#include <gtest/gtest.h>

#include "../tiny_models.h"
#include "support/python.h"

namespace sotto::model {
namespace {

Result<const Family*> family_of(const std::string& architecture) {
  const support::ScratchFolder folder;
  TinyModel tiny;
  tiny.architecture = architecture;
  EXPECT_TRUE(TinyModelWriter(tiny).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  EXPECT_TRUE(file);
  return find_family(*file);
}

TEST(Registry, FindsAFamilyByItsArchitecture) {
  for (const char* name : {"llama", "gemma3"}) {
    const auto family = family_of(name);
    ASSERT_TRUE(family);
    EXPECT_EQ((*family)->architecture, name);
  }
}

TEST(Registry, NamesWhatItDoesNotKnow) {
  const auto family = family_of("Llama");
  ASSERT_FALSE(family);
  EXPECT_EQ(family.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(family.error().message.find("\"Llama\""), std::string::npos) << "names are exact";
}

TEST(Registry, TellsEncodersFromDecoders) {
  const support::ScratchFolder folder;
  ASSERT_TRUE(TinyModelWriter({}).write(folder.file("tiny.gguf")));
  const auto file = gguf::File::open(folder.file("tiny.gguf"));
  ASSERT_TRUE(file);
  EXPECT_FALSE(is_encoder(*file));
  const auto encoder = find_encoder_family(*file);
  ASSERT_FALSE(encoder);
  EXPECT_NE(encoder.error().message.find("\"llama\" writes text"), std::string::npos) << encoder.error().message;
}

}  // namespace
}  // namespace sotto::model
