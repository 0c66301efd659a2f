#include "core/engine/layout.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace rlreason::engine {
namespace {

using Ids = std::vector<int32_t>;

TEST(Layout, ChildrenContinueTheirParentsPositions) {
  Layout layout;
  const int32_t prompt = layout.append(Ids{1, 2, 3});
  const int32_t first = layout.append(Ids{4, 5}, prompt);
  const int32_t second = layout.append(Ids{6}, prompt);
  layout.append(Ids{7}, first);
  EXPECT_EQ(layout.positions, (Ids{0, 1, 2, 3, 4, 3, 5}));
  EXPECT_EQ(layout.segments[static_cast<size_t>(second)].begin, 5);
  EXPECT_THROW(layout.append(Ids{}), BugError);
  EXPECT_THROW(layout.append(Ids{1}, 9), BugError);
}

TEST(Layout, FirstTokensOfAGroupSharePredictors) {
  Layout layout;
  const int32_t prompt = layout.append(Ids{1, 2, 3});
  const int32_t a = layout.append(Ids{4, 5}, prompt), b = layout.append(Ids{6, 7}, prompt);
  Targets targets;
  targets.append_segment(layout, prompt, 0, 0,
                         Source::prompt);  // nothing predicts a root's first token
  targets.append_segment(layout, a, 3, 0, Source::policy);
  targets.append_segment(layout, b, 6, 1, Source::demonstration);
  EXPECT_EQ(targets.row, (Ids{0, 1, 2, 3, 5}));
  EXPECT_EQ(targets.token, (Ids{2, 3, 4, 5, 7}));
  EXPECT_EQ(targets.sequence, (Ids{0, 0, 0, 0, 1}));
  EXPECT_EQ(targets.source.back(), Source::demonstration);
}

}  // namespace
}  // namespace rlreason::engine
