// Templates that a grammar makes, thousands of them: the same text as jinja2, or a failure where it fails.
#include <nlohmann/json.hpp>

#include "text/jinja/oracle.h"

namespace sotto::text::jinja {
namespace {

void expect_random_as_jinja(int seed) {
  const int count = std::getenv("SOTTO_SHORT") != nullptr ? 400 : 2000;
  expect_as_jinja(run_jinja_oracle({"random", std::to_string(seed), std::to_string(count)}), 0.6);
}

TEST(JinjaRandom, SeedOne) { expect_random_as_jinja(1); }
TEST(JinjaRandom, SeedTwo) { expect_random_as_jinja(2); }

}  // namespace
}  // namespace sotto::text::jinja
