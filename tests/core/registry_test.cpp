// The registry's lookups and the nearest name for a typo.
#include "core/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rlreason {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(EditDistance, CountsInsertionsDeletionsAndSubstitutions) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("clip_hihg", "clip_high"), 2u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
  EXPECT_EQ(edit_distance("flaw", "lawn"), edit_distance("lawn", "flaw"));
}

TEST(Nearest, TakesTheFirstOfTheClosestAndNothingFromNothing) {
  EXPECT_EQ(nearest("lufy", {"sft", "luffy", "pretrain"}), "luffy");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Registry, FindsListsAndSuggests) {
  Registry<int> registry("thing");
  registry.add("two", 2);
  registry.add("one", 1);
  EXPECT_EQ(registry.at("one"), 1);
  EXPECT_EQ(registry.find("three"), nullptr);
  EXPECT_THAT(registry.names(), ElementsAre("one", "two"));
  EXPECT_THROW(registry.add("one", 3), BugError);
  try {
    registry.at("onee");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'one'?"));
  }
}

}  // namespace
}  // namespace rlreason
