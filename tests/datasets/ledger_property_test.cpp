#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/config/node.h"
#include "core/error.h"
#include "core/tokenizer/tokenizer.h"
#include "datasets/generated.h"
#include "datasets/tasks/ledger.h"
#include "datasets/tasks/task.h"
#include "datasets/verifiers/verifier.h"
#include "tests/datasets/ledger_reference.h"

namespace rlreason::data {
namespace {

// The mixes of the prototype, as settings.
constexpr const char* kStage1 =
    "{formats: {P: 0.35, Q: 0.1, R: 0.1, V: 0.45}, verbose_probability: 0.01, random_start: 0.4,"
    " terse: {low: 1, high: 3, long_low: 4, long_high: 5, long_probability: 0.06},"
    " verbose: {low: 1, high: 4, long_low: 5, long_high: 9, long_probability: 0.2}}";
constexpr const char* kStage2 =
    "{formats: {P: 0.45, Q: 0.15, R: 0.15, V: 0.25}, verbose_probability: 0.002, random_start: 0.4,"
    " terse: {low: 1, high: 4, long_low: 5, long_high: 9, long_probability: 0.05},"
    " verbose: {low: 1, high: 4, long_low: 5, long_high: 9, long_probability: 0.03}}";
constexpr const char* kPool = "{formats: {P: 1}, style: verbose, verbose: {low: 5, high: 7}}";

std::unique_ptr<Task::Stream> stream(const std::string& settings) {
  return find_task("ledger").stream(config::parse_yaml(settings, "test"));
}

class LedgerSettings : public testing::TestWithParam<const char*> {};

TEST_P(LedgerSettings, EveryExampleIsRightByAnotherWay) {
  const auto source = stream(GetParam());
  const auto tokenizer = find_task("ledger").make_tokenizer();
  for (uint64_t i = 0; i < 3000; ++i) {
    const Prompt prompt = generate_example(*source, "property", 5, i);
    const reference::Solved solved = reference::solve(prompt.text);
    ASSERT_EQ(prompt.gold, std::to_string(solved.answer)) << prompt.text;
    ASSERT_EQ(prompt.demonstrations.size(), 1u);
    const Demonstration& demonstration = prompt.demonstrations[0];
    ASSERT_EQ(demonstration.text, demonstration.style == "verbose" ? solved.verbose : solved.terse)
        << prompt.text;
    ASSERT_TRUE(verify(prompt, demonstration.text).right());
    ASSERT_FALSE(verify(prompt, "garbage " + prompt.gold).right());
    ASSERT_TRUE(verify_gold(prompt.verifier, question_of(prompt)).right());
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(prompt.text)), prompt.text);
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(demonstration.text)), demonstration.text);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Mixes, LedgerSettings,
    testing::Values(kStage1, kStage2, kPool, "{}",
                    "{formats: {P: 0, Q: 1, R: 1}, style: terse, shuffle: true}",
                    "{terse: {low: 16, high: 16}, random_start: 1, start_high: 15}"));

struct Shares {
  std::map<char, double> format;
  double verbose_p = 0, moved = 0, long_verbose = 0, long_terse = 0;
};

Shares measure(const char* settings, int terse_long_from, int count) {
  const auto source = stream(settings);
  Shares shares;
  double p = 0, verbose = 0, terse = 0;
  for (int i = 0; i < count; ++i) {
    const Prompt prompt = generate_example(*source, "shares", 1, static_cast<uint64_t>(i));
    const reference::Solved solved = reference::solve(prompt.text);
    const bool is_verbose = prompt.demonstrations[0].style == "verbose";
    shares.format[solved.format] += 1.0 / count;
    shares.moved += solved.first_label == 'a' ? 0 : 1.0 / count;
    if (solved.format == 'P') p += 1, shares.verbose_p += is_verbose;
    (is_verbose ? verbose : terse) += 1;
    if (is_verbose)
      shares.long_verbose += solved.operations >= 5;
    else
      shares.long_terse += solved.operations >= terse_long_from;
  }
  shares.verbose_p /= p;
  shares.long_verbose /= verbose;
  shares.long_terse /= terse;
  return shares;
}

TEST(LedgerMix, StageOneHasTheSharesOfThePrototype) {
  const Shares shares = measure(kStage1, 4, 40000);
  EXPECT_NEAR(shares.format.at('P'), 0.35, 0.012);
  EXPECT_NEAR(shares.format.at('Q'), 0.10, 0.008);
  EXPECT_NEAR(shares.format.at('R'), 0.10, 0.008);
  EXPECT_NEAR(shares.format.at('V'), 0.45, 0.012);
  EXPECT_NEAR(shares.verbose_p, 0.01, 0.005);
  EXPECT_NEAR(shares.long_verbose, 0.2, 0.012);
  EXPECT_NEAR(shares.long_terse, 0.06, 0.008);
  EXPECT_NEAR(shares.moved, 0.4 * 6 / 7, 0.012);  // a seventh of the random starts is at a
}

TEST(LedgerMix, StageTwoHasTheSharesOfThePrototype) {
  const Shares shares = measure(kStage2, 5, 40000);
  EXPECT_NEAR(shares.format.at('P'), 0.45, 0.012);
  EXPECT_NEAR(shares.format.at('V'), 0.25, 0.012);
  EXPECT_NEAR(shares.verbose_p, 0.002, 0.002);
  EXPECT_NEAR(shares.long_verbose, 0.03, 0.008);
  EXPECT_NEAR(shares.long_terse, 0.05, 0.008);
}

TEST(LedgerMix, ThePoolIsPlainAndVerbose) {
  const auto source = stream(kPool);
  std::map<int, int> lengths;
  for (uint64_t i = 0; i < 300; ++i) {
    const Prompt prompt = generate_example(*source, "pool", 0, i);
    const reference::Solved solved = reference::solve(prompt.text);
    EXPECT_EQ(solved.format, 'P');
    EXPECT_EQ(prompt.demonstrations[0].style, "verbose");
    ++lengths[solved.operations];
  }
  EXPECT_EQ(lengths.size(), 3u);
  for (const int n : {5, 6, 7}) EXPECT_GT(lengths[n], 60);
}

TEST(LedgerMix, ShuffledListsAreOutOfOrder) {
  const auto source = stream("{shuffle: true, terse: {low: 5, high: 5}}");
  int out_of_order = 0;
  for (uint64_t i = 0; i < 200; ++i)
    out_of_order += !reference::solve(generate_example(*source, "s", 0, i).text).in_order;
  EXPECT_GT(out_of_order, 185);  // 1 of 120 permutations is in order
}

TEST(LedgerSettingsErrors, AreSentences) {
  EXPECT_THROW(stream("{formats: {P: 0}}"), UserError);
  EXPECT_THROW(stream("{terse: {low: 3, high: 2}}"), UserError);
  EXPECT_THROW(stream("{terse: {low: 0, high: 2}}"), UserError);
  EXPECT_THROW(stream("{terse: {low: 2, high: 17}}"), UserError);
  EXPECT_THROW(stream("{random_start: 1.5}"), UserError);
  EXPECT_THROW(stream("{shufle: true}"), UserError);
  EXPECT_THROW(find_task("leger"), UserError);
}

TEST(Tokens, TheVocabularyHas73WordsWithTheEndSecond) {
  const auto tokenizer = find_task("ledger").make_tokenizer();
  EXPECT_EQ(tokenizer.vocab_size(), 73);
  EXPECT_EQ(tokenizer.pad_id(), 0);
  EXPECT_EQ(tokenizer.eos_id(), 1);
  EXPECT_EQ(tokenizer.id("P"), 4);
  EXPECT_EQ(tokenizer.id("0"), 8);
  EXPECT_EQ(tokenizer.id("+1"), 39);
  EXPECT_EQ(tokenizer.id("-9"), 56);
  EXPECT_EQ(tokenizer.id("p"), 72);
}

TEST(Generated, ExamplesOutsideASetNeverCoincideWithIt) {
  const auto source = stream("{terse: {low: 1, high: 1}}");  // 558 different prompts
  PromptSet excluded;
  for (uint64_t i = 0; i < 300; ++i) excluded.add(generate_example(*source, "suite", 1, i));
  EXPECT_GT(excluded.size(), 200u);
  int64_t redrawn = 0;
  for (uint64_t i = 0; i < 300; ++i) {
    const Drawn drawn = generate_outside(*source, "train", 1, i, excluded);
    EXPECT_FALSE(excluded.contains(drawn.prompt.text));
    redrawn += drawn.redrawn;
  }
  EXPECT_GT(redrawn, 50);
  const auto one = stream("{terse: {low: 1, high: 1}}");
  PromptSet all;
  for (uint64_t i = 0; i < 20000; ++i) all.add(generate_example(*one, "all", 1, i));
  EXPECT_EQ(all.size(), 558u);
  EXPECT_THROW(generate_outside(*one, "train", 1, 0, all), DataError);
}

TEST(Generated, CanonicalPromptsIgnoreCaseAndWhiteSpace) {
  EXPECT_EQ(canonical_prompt("  How\tMany \r\n apples?\n"), "how many apples?");
  EXPECT_EQ(canonical_prompt(""), "");
  EXPECT_EQ(canonical_prompt(" \n "), "");
}

}  // namespace
}  // namespace rlreason::data
