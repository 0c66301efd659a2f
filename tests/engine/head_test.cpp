// The head's statistics and gradients against their definitions.
#include "core/engine/kernels/head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/kernel_twins.h"

namespace rlreason::engine {
namespace {

using twins::cast;
using twins::EachIsa;
using twins::random_values;
using twins::Values;
using twins::worst;

struct Problem {
  int64_t rows = 9, width = 12, vocab = 37;
  double temperature = 0.8;
  std::vector<int32_t> row = {0, 3, 3, 8, 3, 5, 0}, token = {1, 36, 0, 35, 36, 7, 2};
  Values hidden = random_values(1, 9 * 12), head = random_values(2, 37 * 12);

  HeadShape shape() const { return {width, vocab, temperature}; }
  HeadTargets targets() const {
    return {static_cast<int64_t>(row.size()), row.data(), token.data()};
  }

  // sum_t a_t logprob_t + b_t entropy_t, from the definitions.
  double objective(const Values& a, const Values& b, Values* logprob = nullptr,
                   Values* entropy = nullptr) const {
    double total = 0;
    for (size_t t = 0; t < row.size(); ++t) {
      Values z(static_cast<size_t>(vocab));
      double sum = 0, h = 0;
      for (int64_t v = 0; v < vocab; ++v) {
        for (int64_t d = 0; d < width; ++d)
          z[static_cast<size_t>(v)] +=
              twins::at(hidden, width, row[t], d) * twins::at(head, width, v, d) / temperature;
        sum += std::exp(z[static_cast<size_t>(v)]);
      }
      for (const double value : z) h -= std::exp(value) / sum * (value - std::log(sum));
      const double lp = z[static_cast<size_t>(token[t])] - std::log(sum);
      if (logprob != nullptr) logprob->push_back(lp);
      if (entropy != nullptr) entropy->push_back(h);
      total += a[t] * lp + b[t] * h;
    }
    return total;
  }
};

TEST(Head, StatisticsWithoutGradients) {
  Problem p;
  for (double& value : p.hidden) value *= 20;  // far from uniform
  constexpr double kMinP = 0.1;
  EachIsa([&](Isa isa) {
    std::vector<double> lp(7), mean(7), proxy(7);
    head_forward<double>(
        p.shape(), p.targets(), p.hidden.data(), p.head.data(), lp.data(), nullptr,
        {.vocab_mean_logprob = mean.data(), .min_p_logprob = proxy.data(), .min_p = kMinP});
    int dropped = 0;
    for (size_t t = 0; t < p.row.size(); ++t) {
      std::vector<double> probability(static_cast<size_t>(p.vocab));
      double sum = 0, largest = 0, kept = 0, log_sum = 0;
      for (int64_t v = 0; v < p.vocab; ++v) {
        double z = 0;
        for (int64_t d = 0; d < p.width; ++d)
          z += twins::at(p.hidden, p.width, p.row[t], d) * twins::at(p.head, p.width, v, d) /
               p.temperature;
        sum += probability[static_cast<size_t>(v)] = std::exp(z);
      }
      for (double& value : probability)
        largest = std::max(largest, value /= sum), log_sum += std::log(value);
      for (const double value : probability) kept += value >= kMinP * largest ? value : 0.0;
      const double own = probability[static_cast<size_t>(p.token[t])];
      EXPECT_NEAR(mean[t], log_sum / static_cast<double>(p.vocab), 1e-12) << to_string(isa);
      const bool stays = own >= kMinP * largest;
      dropped += stays ? 0 : 1;
      const double expected =
          stays ? std::log(own / kept) : -std::numeric_limits<double>::infinity();
      if (stays) {
        EXPECT_NEAR(proxy[t], expected, 1e-12) << to_string(isa);
      } else {
        EXPECT_EQ(proxy[t], expected) << to_string(isa);
      }
    }
    EXPECT_GT(dropped, 0);
    EXPECT_LT(dropped, 7);
  });
}

TEST(Head, StatisticsAndSlopes) {
  Problem p;
  const Values a = random_values(3, 7), b = random_values(4, 7);
  Values logprob, entropy;
  p.objective(a, b, &logprob, &entropy);
  EachIsa([&](Isa isa) {
    std::vector<double> lp(7), h(7), dhidden(p.hidden.size()), dhead(p.head.size());
    head_forward<double>(p.shape(), p.targets(), p.hidden.data(), p.head.data(), lp.data(),
                         h.data());
    EXPECT_LE(worst(lp, logprob), 1e-13) << to_string(isa);
    EXPECT_LE(worst(h, entropy), 1e-13) << to_string(isa);
    head_backward<double>(p.shape(), p.targets(), p.hidden.data(), p.head.data(), a.data(),
                          b.data(), dhidden.data(), dhead.data());
    for (const auto& [values, gradient] :
         {std::pair{&p.hidden, &dhidden}, std::pair{&p.head, &dhead}})
      for (size_t i = 0; i < values->size(); i += 5) {
        const double kept = (*values)[i], step = 1e-5;
        (*values)[i] = kept + step;
        const double up = p.objective(a, b);
        (*values)[i] = kept - step;
        const double down = p.objective(a, b);
        (*values)[i] = kept;
        EXPECT_NEAR((*gradient)[i], (up - down) / (2 * step), 1e-8) << to_string(isa);
      }
  });
}

TEST(Head, SinglePrecisionAndManyChunks) {
  const int64_t rows = 1300, width = 16, vocab = 65;
  const Values hidden = random_values(5, rows * width), head = random_values(6, vocab * width);
  std::vector<int32_t> row, token;
  for (int32_t i = 0; i < 2 * rows; ++i) {
    row.push_back(static_cast<int32_t>((i * 7) % rows));
    token.push_back(i % static_cast<int32_t>(vocab));
  }
  const HeadTargets targets{2 * rows, row.data(), token.data()};
  const Values a = random_values(7, 2 * rows);
  const auto single_hidden = cast<float>(hidden), single_head = cast<float>(head),
             single_a = cast<float>(a);
  EachIsa([&](Isa isa) {
    std::vector<double> lp(row.size()), h(row.size()), dhidden(hidden.size()), dhead(head.size());
    std::vector<float> slp(row.size()), sh(row.size()), sdhidden(hidden.size()),
        sdhead(head.size());
    head_forward<double>({width, vocab}, targets, hidden.data(), head.data(), lp.data(), h.data());
    head_forward<float>({width, vocab}, targets, single_hidden.data(), single_head.data(),
                        slp.data(), sh.data());
    head_backward<double>({width, vocab}, targets, hidden.data(), head.data(), a.data(), a.data(),
                          dhidden.data(), dhead.data());
    head_backward<float>({width, vocab}, targets, single_hidden.data(), single_head.data(),
                         single_a.data(), single_a.data(), sdhidden.data(), sdhead.data());
    EXPECT_LE(worst(slp, lp), 1e-6) << to_string(isa);
    EXPECT_LE(worst(sh, h), 1e-6) << to_string(isa);
    EXPECT_LE(worst(sdhidden, dhidden), 1e-5) << to_string(isa);
    EXPECT_LE(worst(sdhead, dhead), 1e-5) << to_string(isa);
  });
}

TEST(Head, NonFiniteInputsSurface) {
  Problem p;
  EachIsa([&](Isa isa) {
    auto head = cast<float>(p.head), hidden = cast<float>(p.hidden);
    std::vector<float> lp(7);
    hidden[3 * 12 + 5] = std::numeric_limits<float>::infinity();
    head_forward<float>(p.shape(), p.targets(), hidden.data(), head.data(), lp.data(), nullptr);
    for (size_t t = 0; t < 7; ++t) EXPECT_EQ(std::isfinite(lp[t]), p.row[t] != 3) << to_string(isa);
    head[5] = std::numeric_limits<float>::quiet_NaN();
    head_forward<float>(p.shape(), p.targets(), hidden.data(), head.data(), lp.data(), nullptr);
    for (const float value : lp) EXPECT_FALSE(std::isfinite(value)) << to_string(isa);
  });
}

}  // namespace
}  // namespace rlreason::engine
