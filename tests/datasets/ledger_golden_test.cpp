// Bytes that must not move: datasets, suites and bases are identified by their settings and seed alone.
// The expected texts come from a separate Python implementation of Philox4x32-10 and of the order of draws.
#include <gtest/gtest.h>

#include "core/config/node.h"
#include "datasets/tasks/task.h"

namespace rlreason::data {
namespace {

struct Golden {
  const char *settings, *name;
  uint64_t seed, index;
  const char *prompt, *demonstration;
};

constexpr const char* kHard = "{style: terse, terse: {low: 5, high: 7}}";
constexpr const char* kShuffled = "{style: terse, terse: {low: 5, high: 5}, shuffle: true}";
constexpr const char* kMix =
    "{formats: {P: 0.35, Q: 0.1, R: 0.1, V: 0.45}, verbose_probability: 0.01, random_start: 0.4,"
    " terse: {low: 1, high: 3, long_low: 4, long_high: 5, long_probability: 0.06},"
    " verbose: {low: 1, high: 4, long_low: 5, long_high: 9, long_probability: 0.2}}";

const Golden kGoldens[] = {
    {kHard, "ledger_hard", 7000, 0, "P 19 a +6 b +4 c -8 d -6 e -7 ?", "25 29 21 15 8 # 8"},
    {kHard, "ledger_hard", 7000, 1, "P 7 a +3 b -8 c -9 d -5 e +1 ?", "10 2 24 19 20 # 20"},
    {kHard, "ledger_hard", 7000, 3, "P 29 a -4 b +9 c -9 d -7 e +3 f -7 g -2 ?",
     "25 3 25 18 21 14 12 # 12"},
    {kShuffled, "ledger_shuf5", 7000, 3, "P 30 a +1 d +2 c -5 e +8 b -6 ?", "0 25 20 22 30 # 30"},
    {kMix, "stage1", 0, 1, "V 20 a -3 b +2 c +4 d -1 e +9 f +2 ?",
     "a -3 17 b +2 19 c +4 23 d -1 22 e +9 0 f +2 2 # 2"},
    {kMix, "stage1", 0, 3, "R 20 +4 f +5 g -5 h ?", "24 29 24 # 24"},
    {kMix, "stage1", 0, 4, "Q d +8 4 ?", "12 # 12"},
};

TEST(LedgerGolden, ExamplesAreTheSameBytesEverywhere) {
  for (const Golden& golden : kGoldens) {
    const auto stream = find_task("ledger").stream(config::parse_yaml(golden.settings, "test"));
    const Prompt prompt = generate_example(*stream, golden.name, golden.seed, golden.index);
    EXPECT_EQ(prompt.text, golden.prompt);
    EXPECT_EQ(prompt.demonstrations.at(0).text, golden.demonstration);
    EXPECT_EQ(prompt.id, std::string(golden.name) + "-" + std::to_string(golden.index));
  }
}

}  // namespace
}  // namespace rlreason::data
