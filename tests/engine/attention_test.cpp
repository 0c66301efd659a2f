// Packed attention over random forests against loops over what each token may see, for every instruction set.
#include "core/engine/kernels/attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/kernel_twins.h"

namespace rlreason::engine {
namespace {

using twins::cast;
using twins::EachIsa;
using twins::random_values;
using twins::worst;

Layout random_forest(uint64_t seed, int segments, int64_t longest) {
  Sequence draws({.seed = seed, .purpose = Purpose::data});
  Layout layout;
  for (int32_t s = 0; s < segments; ++s)
    layout.append(std::vector<int32_t>(static_cast<size_t>(draws.between(1, longest)), 0),
                  static_cast<int32_t>(draws.between(-1, s - 1)));
  return layout;
}

template <class T>
void check(const AttentionShape& shape, const Layout& layout, double tolerance) {
  const auto qkv = random_values(1, layout.size() * shape.row()),
             dout = random_values(2, layout.size() * shape.heads * shape.head_dim);
  const auto expected = twins::attention(shape, layout, qkv, dout);
  const auto tqkv = cast<T>(qkv), tdout = cast<T>(dout);
  EachIsa([&](Isa isa) {
    std::vector<T> out(expected.out.size()), lse(expected.lse.size()), dqkv(qkv.size(), T(7));
    attention_forward<T>(shape, layout, tqkv.data(), out.data(), lse.data());
    EXPECT_LE(worst(out, expected.out), tolerance) << to_string(isa);
    EXPECT_LE(worst(lse, expected.lse), tolerance) << to_string(isa);
    attention_backward<T>(shape, layout, tqkv.data(), out.data(), lse.data(), tdout.data(),
                          dqkv.data());
    EXPECT_LE(worst(dqkv, expected.dqkv), tolerance) << to_string(isa);
  });
}

TEST(Attention, AgreesWithTheTwinOverForestsAndHeads) {
  for (const auto& [heads, kv_heads, hd] :
       {std::tuple{1, 1, 2}, {4, 4, 24}, {4, 2, 32}, {6, 2, 10}, {3, 1, 64}}) {
    SCOPED_TRACE(testing::Message() << heads << "/" << kv_heads << "x" << hd);
    const AttentionShape shape{heads, kv_heads, hd, 1 / std::sqrt(static_cast<double>(hd))};
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      check<double>(shape, random_forest(seed, 8, 30), 1e-13);
      check<float>(shape, random_forest(seed, 8, 30), 1e-5);
    }
  }
}

TEST(Attention, LongSegmentsCrossEveryBlockEdge) {
  const AttentionShape shape{2, 1, 16, 0.25};
  Layout layout;
  const int32_t root = layout.append(std::vector<int32_t>(33, 0));
  const int32_t child = layout.append(std::vector<int32_t>(97, 0), root);
  layout.append(std::vector<int32_t>(61, 0), child);
  layout.append(std::vector<int32_t>(1, 0), root);
  check<double>(shape, layout, 1e-13);
}

TEST(Attention, SiblingsDoNotSeeEachOther) {
  const AttentionShape shape{1, 1, 4, 0.5};
  Layout layout;
  const int32_t root = layout.append(std::vector<int32_t>(3, 0));
  layout.append(std::vector<int32_t>(2, 0), root);
  layout.append(std::vector<int32_t>(2, 0), root);
  auto qkv = cast<float>(random_values(1, layout.size() * shape.row()));
  std::vector<float> before(static_cast<size_t>(layout.size() * 4)), after(before.size());
  attention_forward<float>(shape, layout, qkv.data(), before.data(), nullptr);
  for (size_t i = 3 * 12; i < 5 * 12; ++i) qkv[i] += 1;
  attention_forward<float>(shape, layout, qkv.data(), after.data(), nullptr);
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(before[i] == after[i], i < 12 || i >= 20) << i;
}

}  // namespace
}  // namespace rlreason::engine
