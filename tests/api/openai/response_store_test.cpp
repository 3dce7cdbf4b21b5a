#include "api/openai/response_store.h"

#include <gtest/gtest.h>

namespace sotto::api::openai {
namespace {

StoredResponse named(const std::string& id, std::size_t n_bytes = 10, const std::string& owner = "") {
  return {id, owner, Json::object(), Json::array(), {{Role::kUser, std::string(n_bytes, 'x')}}};
}

TEST(ResponseStore, TheOneUnusedForLongestGoes) {
  ResponseStore store({.most = 2});
  store.put(named("a"));
  store.put(named("b"));
  EXPECT_NE(store.find("a", ""), nullptr);
  store.put(named("c"));
  EXPECT_EQ(store.find("b", ""), nullptr);
  EXPECT_NE(store.find("a", ""), nullptr);
  EXPECT_NE(store.find("c", ""), nullptr);
}

TEST(ResponseStore, BytesAreBounded) {
  ResponseStore store({.most_bytes = 1000});
  store.put(named("a", 400));
  store.put(named("b", 400));
  EXPECT_EQ(store.size(), 2u);
  store.put(named("c", 400));
  EXPECT_EQ(store.size(), 2u);
  EXPECT_EQ(store.find("a", ""), nullptr);
  EXPECT_FALSE(store.fits(named("d", 1000)));
  store.put(named("d", 1000));  // and nothing else is lost for it
  EXPECT_EQ(store.size(), 2u);
  EXPECT_TRUE(store.remove("b", ""));
  store.put(named("e", 500));
  EXPECT_EQ(store.size(), 2u);
}

TEST(ResponseStore, CallsAndResultsCount) {
  ResponseStore store({.most_bytes = 1000});
  StoredResponse response = named("a");
  response.messages.push_back({Role::kAssistant, "", {{"x", "f", std::string(600, 'x')}}});
  EXPECT_TRUE(store.fits(response));
  response.messages.push_back({Role::kTool, std::string(200, 'x'), {}, std::string(200, 'x')});
  EXPECT_FALSE(store.fits(response));
}

TEST(ResponseStore, OthersSeeNothing) {
  ResponseStore store;
  store.put(named("a", 10, "ann"));
  EXPECT_EQ(store.find("a", "bob"), nullptr);
  EXPECT_EQ(store.find("a", ""), nullptr);
  EXPECT_FALSE(store.remove("a", "bob"));
  EXPECT_TRUE(store.remove("a", "ann"));
  EXPECT_FALSE(store.remove("a", "ann"));
}

TEST(ResponseStore, WhatIsInUseOutlivesItsPlace) {
  ResponseStore store({.most = 1});
  store.put(named("a"));
  const auto used = store.find("a", "");
  store.put(named("b"));
  EXPECT_EQ(used->messages.front().content.size(), 10u);
}

}  // namespace
}  // namespace sotto::api::openai
