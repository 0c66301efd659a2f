// The decode step's kernels against their twins, on every instruction set of this machine.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/engine/kernels/decode_attention_twin.h"
#include "core/engine/kernels/decode_draw.h"
#include "core/engine/kernels/isa.h"
#include "core/random.h"

namespace rlreason::engine {
namespace {

class DecodeKernels : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (GetParam() > machine_isa()) GTEST_SKIP() << "this machine has no " << to_string(GetParam());
    before_ = active_isa();
    set_active_isa(GetParam());
  }
  void TearDown() override {
    if (GetParam() <= machine_isa()) set_active_isa(before_);
  }

  Isa before_ = Isa::baseline;
  Sequence random_{{.seed = 1, .purpose = Purpose::noise}};
};

// Two layers of pages filled through append_key_value, never-written positions poisoned.
TEST_P(DecodeKernels, AttentionMatchesTheTwin) {
  struct Case {
    int64_t heads, kv_heads, head_dim, prompt, suffix;
  };
  for (const Case& c : {Case{4, 2, 32, 16, 7}, Case{4, 4, 24, 5, 40}, Case{6, 2, 64, 33, 1},
                        Case{5, 1, 10, 17, 0}, Case{2, 2, 2, 1, 16}, Case{8, 2, 128, 100, 31}}) {
    const DecodeAttentionShape shape{c.heads, c.kv_heads, c.head_dim,
                                     1 / std::sqrt(static_cast<double>(c.head_dim))};
    const int64_t layer = page_layer_elements(shape), row = (c.heads + 2 * c.kv_heads) * c.head_dim;
    std::vector<std::vector<float>> memory;
    const auto fill = [&](int64_t length) {
      std::vector<float*> pages;
      for (int64_t i = 0; i < length; ++i) {
        if (i % kPagePositions == 0) {
          memory.emplace_back(static_cast<size_t>(2 * layer),
                              std::numeric_limits<float>::quiet_NaN());
          pages.push_back(memory.back().data());
        }
        std::vector<float> qkv(static_cast<size_t>(row));
        for (float& x : qkv) x = static_cast<float>(random_.normal());
        append_key_value(shape, qkv.data(), pages.back() + layer, i % kPagePositions);
      }
      return pages;
    };
    const auto prompt = fill(c.prompt), suffix = fill(c.suffix);
    const std::vector<DecodeSequence> sequences{
        {{prompt.data(), c.prompt}, {suffix.data(), c.suffix}}, {{prompt.data(), 1}, {}}};
    std::vector<float> qkv(static_cast<size_t>(2 * row)),
        out(static_cast<size_t>(2 * c.heads * c.head_dim));
    for (float& x : qkv) x = static_cast<float>(random_.normal());
    std::vector<float> scratch(static_cast<size_t>(decode_attention_scratch(c.prompt + c.suffix)));
    decode_attention(shape, 2, sequences.data(), layer, qkv.data(), out.data(), scratch.data());
    for (int64_t r = 0; r < 2; ++r)
      for (int64_t h = 0; h < c.heads; ++h) {
        const auto twin = decode_attention_twin(shape, sequences[static_cast<size_t>(r)], layer, h,
                                                qkv.data() + r * row + h * c.head_dim);
        for (int64_t d = 0; d < c.head_dim; ++d)
          EXPECT_NEAR(out[static_cast<size_t>((r * c.heads + h) * c.head_dim + d)],
                      twin[static_cast<size_t>(d)], 3e-6)
              << c.head_dim;
      }
  }
}

TEST_P(DecodeKernels, DrawInvertsTheCumulativeDistribution) {
  for (const int64_t vocab : {1, 5, 16, 37, 1000})
    for (const double temperature : {0.3, 1.0, 2.0}) {
      std::vector<float> logits(static_cast<size_t>(vocab)), scratch(2 * logits.size());
      for (float& x : logits) x = static_cast<float>(3 * random_.normal());
      std::vector<double> p;
      double total = 0;
      for (const float x : logits) total += std::exp(static_cast<double>(x) / temperature);
      for (const float x : logits)
        p.push_back(std::exp(static_cast<double>(x) / temperature) / total);
      for (int i = 0; i < 200; ++i) {
        const double u = random_.uniform();
        const DrawnToken drawn = draw_token(logits.data(), vocab, temperature, u, scratch.data());
        ASSERT_TRUE(drawn.finite);
        double below = 0;
        for (int32_t v = 0; v < drawn.token; ++v) below += p[static_cast<size_t>(v)];
        const double own = p[static_cast<size_t>(drawn.token)];
        EXPECT_LE(below, u + 1e-6);
        EXPECT_GT(below + own, u - 1e-6);
        EXPECT_NEAR(drawn.logprob, std::log(own), 2e-6);
      }
    }
}

TEST_P(DecodeKernels, DrawAtTheEdges) {
  std::vector<float> scratch(8);
  const std::vector<float> gap{-1000, 0, 0, -1000};
  EXPECT_EQ(draw_token(gap.data(), 4, 1, 0, scratch.data()).token, 1);
  EXPECT_EQ(draw_token(gap.data(), 4, 1, 0.5, scratch.data()).token, 2);
  EXPECT_EQ(draw_token(gap.data(), 4, 1, std::nextafter(1.0, 0.0), scratch.data()).token, 2);
  const std::vector<float> tie{1, 3, 3, 2};
  const DrawnToken greedy = draw_token(tie.data(), 4, 0, 0.99, scratch.data());
  EXPECT_EQ(greedy.token, 1);
  EXPECT_NEAR(greedy.logprob, -std::log(std::exp(-2.0) + 2 + std::exp(-1.0)), 1e-6);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()})
    for (size_t i = 0; i < 4; ++i) {
      std::vector<float> logits = tie;
      logits[i] = bad;
      EXPECT_FALSE(draw_token(logits.data(), 4, 1, 0.5, scratch.data()).finite);
      EXPECT_FALSE(draw_token(logits.data(), 4, 0, 0.5, scratch.data()).finite);
    }
}

INSTANTIATE_TEST_SUITE_P(Isas, DecodeKernels,
                         testing::Values(Isa::baseline, Isa::avx2, Isa::avx512),
                         [](const auto& instance) {
                           return std::string(to_string(instance.param));
                         });

}  // namespace
}  // namespace rlreason::engine
