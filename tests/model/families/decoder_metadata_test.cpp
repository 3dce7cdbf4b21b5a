#include "model/families/registry.h"
#include "spec_file.h"

namespace sotto::model {
namespace {

SpecFile with_key_heads(const char* architecture, const std::vector<std::uint32_t>& heads) {
  SpecFile file(architecture);
  file.set_list("attention.head_count_kv", heads);
  if (architecture == std::string_view("lfm2")) file.set("shortconv.l_cache", 3u);
  return file;
}

TEST(DecoderMetadata, KeyHeadsMayDifferBetweenLayers) {
  SpecFile file = with_key_heads("lfm2", {0, 1, 0, 2});
  const auto spec = read_spec(file.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->kv_heads_of(1), 1);
  EXPECT_EQ(spec->kv_heads_of(3), 2);
  EXPECT_FALSE(spec->attends(2) || spec->has_own_kv(2) || spec->shares_kv(2));
}

TEST(DecoderMetadata, LayersWithoutKeyHeadsAreOfSomeFamiliesOnly) {
  SpecFile file = with_key_heads("phi3", {2, 2, 0, 2});
  expect_spec_refused(file, read_spec, {"attention.head_count_kv: 0 in layer 2, expected 1"});
}

TEST(DecoderMetadata, RefusesListsOfKeyHeadsThatNoModelHas) {
  SpecFile odd = with_key_heads("lfm2", {0, 3, 0, 2});
  expect_spec_refused(odd, read_spec, {"attention.head_count_kv: 3", "divisor of head_count 4"});
  for (const char* architecture : {"lfm2", "phi3"}) {
    SpecFile few = with_key_heads(architecture, {2});
    expect_spec_refused(few, read_spec, {"1 elements", "4 layers"});
  }
}

}  // namespace
}  // namespace sotto::model
