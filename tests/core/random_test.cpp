// Philox against the published vectors, the stability of keys and ids, and the streams drawn from them.
#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace rlreason {
namespace {

using Block = std::array<uint32_t, 4>;

// The philox4x32-10 rows of Random123's kat_vectors file.
TEST(Philox, MatchesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomBits, ChangeWithEveryPartOfTheKey) {
  const RandomKey base{.seed = 7,
                       .purpose = Purpose::rollout,
                       .iteration = 3,
                       .prompt = 11,
                       .sample = 2,
                       .position = 5};
  std::set<uint64_t> seen{random_bits(base)};
  for (const auto change :
       {+[](RandomKey& k) { k.seed = 8; }, +[](RandomKey& k) { k.purpose = Purpose::evaluation; },
        +[](RandomKey& k) { k.iteration = 4; }, +[](RandomKey& k) { k.prompt = 12; },
        +[](RandomKey& k) { k.prompt += uint64_t{1} << 40; }, +[](RandomKey& k) { k.sample = 3; },
        +[](RandomKey& k) { k.position = 6; }}) {
    RandomKey key = base;
    change(key);
    EXPECT_TRUE(seen.insert(random_bits(key)).second);
  }
  EXPECT_EQ(random_bits(base), random_bits(base));
}

TEST(RandomUniform, LiesInTheHalfOpenUnitIntervalWithTheRightMoments) {
  double sum = 0, squares = 0;
  constexpr int kDraws = 40000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random_uniform({.seed = 1, .position = static_cast<uint32_t>(i)});
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / kDraws));
}

// FNV-1a by its definition, then two multiply-shift rounds: written out with other means than the code under test.
uint64_t expected_hash(const std::string& id) {
  unsigned __int128 hash = 14695981039346656037ULL;
  for (const unsigned char c : id) hash = static_cast<uint64_t>((hash ^ c) * 1099511628211ULL);
  auto x = static_cast<uint64_t>(hash);
  x ^= x / (1ULL << 30);
  x *= 13787848793156543929ULL;
  x ^= x / (1ULL << 27);
  x *= 10723151780598845931ULL;
  return x ^ (x / (1ULL << 31));
}

TEST(HashId, IsStableAcrossBuildsAndSpreads) {
  for (const std::string id : {"", "a", "ledger-0", "ledger-1", "gsm8k/train/7472", "\xc3\xa9"})
    EXPECT_EQ(hash_id(id), expected_hash(id)) << id;
  std::set<uint64_t> seen;
  for (int i = 0; i < 10000; ++i) seen.insert(hash_id("p" + std::to_string(i)));
  EXPECT_EQ(seen.size(), 10000u);
}

TEST(Sequence, ContinuesByPositionAndCarriesIntoTheSample) {
  Sequence sequence({.seed = 5, .sample = 1, .position = 0xffffffff});
  EXPECT_EQ(sequence.bits(), random_bits({.seed = 5, .sample = 1, .position = 0xffffffff}));
  EXPECT_EQ(sequence.bits(), random_bits({.seed = 5, .sample = 2, .position = 0}));
}

TEST(SequenceBetween, IsUniformOverTheInclusiveRange) {
  constexpr int kDraws = 70000;
  Sequence sequence({.seed = 9});
  std::map<int64_t, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[sequence.between(-3, 3)];
  ASSERT_EQ(counts.size(), 7u);
  EXPECT_EQ(counts.begin()->first, -3);
  double chi_squared = 0;
  for (const auto& [value, count] : counts)
    chi_squared += std::pow(count - kDraws / 7.0, 2) / (kDraws / 7.0);
  EXPECT_LT(chi_squared, 22.5);  // 99.9 % of the distribution with six degrees of freedom
}

// 3 * 2^61 values: a remainder without rejection would make the lower two thirds 1.5 times as likely as the rest.
TEST(SequenceBetween, IsUnbiasedWhereARemainderWouldNotBe) {
  constexpr int64_t kLow = -(int64_t{1} << 62), kHigh = (int64_t{1} << 61) - 1;
  constexpr int kDraws = 30000;
  Sequence sequence({.seed = 10});
  int negative = 0;
  for (int i = 0; i < kDraws; ++i) negative += sequence.between(kLow, kHigh) < 0 ? 1 : 0;
  EXPECT_NEAR(negative / double{kDraws}, 2.0 / 3,
              5 * std::sqrt(2.0 / 9 / kDraws));  // 0.75 if biased
}

TEST(SequenceBetween, HandlesOneValue) {
  Sequence sequence({.seed = 11});
  EXPECT_EQ(sequence.between(4, 4), 4);
  EXPECT_EQ(sequence.between(INT64_MIN, INT64_MIN), INT64_MIN);
}

TEST(SequenceNormal, HasTheMomentsOfTheStandardNormal) {
  Sequence sequence({.seed = 12});
  constexpr int kDraws = 40000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = sequence.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0, 5 / std::sqrt(double{kDraws}));
  EXPECT_NEAR(squares / kDraws, 1, 5 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(fourth / kDraws, 3, 5 * std::sqrt(96.0 / kDraws));
}

TEST(SequenceShuffle, GivesEveryOrderEquallyOften) {
  std::map<std::vector<int>, int> counts;
  constexpr int kDraws = 24000;
  for (int i = 0; i < kDraws; ++i) {
    std::vector<int> values{0, 1, 2, 3};
    Sequence({.seed = 13, .prompt = static_cast<uint64_t>(i)}).shuffle(values);
    ++counts[values];
  }
  ASSERT_EQ(counts.size(), 24u);
  double chi_squared = 0;
  for (const auto& [order, count] : counts) chi_squared += std::pow(count - 1000.0, 2) / 1000.0;
  EXPECT_LT(chi_squared, 49.8);  // 99.9 %, 23 degrees of freedom
}

}  // namespace
}  // namespace rlreason
