#include "model/families/registry.h"
#include "spec_file.h"

namespace sotto::model {
namespace {

TEST(DecoderMetadata, RefusesListsOfAnotherLengthThanTheLayers) {
  for (const std::vector<std::uint32_t>& heads : {std::vector<std::uint32_t>{}, {2}, {2, 2, 2, 2, 2}}) {
    SpecFile file("phi3");
    file.set_list("attention.head_count_kv", heads);
    expect_spec_refused(file, read_phi3_spec,
                        {"attention.head_count_kv", "elements, expected one for each of the 4 layers"});
  }
}

TEST(DecoderMetadata, RefusesALayerWithoutKeyHeads) {
  SpecFile file("phi3");
  file.set_list("attention.head_count_kv", {2, 2, 0, 2});
  expect_spec_refused(file, read_phi3_spec, {"attention.head_count_kv", "0, expected 1"});
}

}  // namespace
}  // namespace sotto::model
