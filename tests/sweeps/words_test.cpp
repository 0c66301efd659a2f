// What a comparison says of known numbers: better, helps, no difference larger than, open, sameness.
#include "sweeps/compare/words.h"

#include <gtest/gtest.h>

namespace rlreason::sweep {
namespace {

class WordsTest : public ::testing::Test {
 protected:
  // One row "row" beside "all", with these differences by seed.
  std::string say(const std::vector<double>& differences, const std::string& toggle = "",
                  bool removes = true) {
    Comparison c;
    c.minimum_effect = minimum_effect_;
    c.equivalence = equivalence_;
    c.metrics = {parse_metric("s", "")};
    c.rows.resize(2);
    c.rows[0].label = "all";
    c.rows[0].differences.emplace_back();
    c.rows[1].label = "row";
    RowDifference difference;
    difference.test = paired_test(differences);
    difference.seeds.resize(differences.size());
    if (equivalence_)
      difference.equivalence_p = equivalence_p(difference.test.difference, *equivalence_);
    c.rows[1].differences.emplace_back(difference);
    if (!toggle.empty()) c.meanings["row"] = {.whole = false, .toggle = toggle, .removes = removes};
    return verdict(c, c.rows[1], 0);
  }
  std::optional<double> minimum_effect_, equivalence_;
};

TEST_F(WordsTest, AMethodIsBetterOrWorse) {
  EXPECT_EQ(say({0.2, 0.21, 0.19}), "better than all by 0.20 [0.18, 0.22]");
  EXPECT_EQ(say({-0.2, -0.21, -0.19}), "worse than all by 0.20 [0.18, 0.22]");
  EXPECT_EQ(say({0.2}), "one seed: no interval");
}

// Taking a part away and losing says that the part helps.
TEST_F(WordsTest, ATogglesPartHelpsOrHurts) {
  EXPECT_EQ(say({-0.2, -0.21, -0.19}, "clip"), "helps");
  EXPECT_EQ(say({0.2, 0.21, 0.19}, "clip"), "hurts");
  EXPECT_EQ(say({0.2, 0.21, 0.19}, "clip", false), "helps");
}

// Mean 0, sd 0.1, three seeds: half width 4.303 * 0.1 / sqrt(3) = 0.248, detectable 3.26 * 0.1 = 0.326.
TEST_F(WordsTest, ANullSaysWhatItRulesOut) {
  EXPECT_EQ(say({-0.1, 0, 0.1}, "clip"), "no effect larger than 0.33 (detectable)");
  EXPECT_EQ(say({-0.1, 0, 0.1}), "no difference to all larger than 0.33 (detectable)");
  minimum_effect_ = 0.25;
  EXPECT_EQ(say({-0.1, 0, 0.1}), "no difference to all larger than 0.25 (asked)");
  minimum_effect_ = 0.2;
  EXPECT_EQ(say({-0.1, 0.01, 0.1}), "open: could be up to +0.25");
  EXPECT_EQ(say({-0.11, 0, 0.1}), "open: could be up to -0.26");
}

TEST_F(WordsTest, SamenessIsSaidOnlyWhereItIsShown) {
  equivalence_ = 0.1;
  EXPECT_NE(say({-0.01, 0, 0.01}).find("; sameness within 0.10 is shown (TOST p "),
            std::string::npos);
  EXPECT_NE(say({-0.1, 0, 0.1}).find("; sameness within 0.10 is NOT shown (TOST p "),
            std::string::npos);
}

// Every tested row counts, those that switch a part too.
TEST_F(WordsTest, TheParagraphCountsAllComparisons) {
  Comparison c;
  c.metrics = {parse_metric("s", "")};
  c.seeds = {0, 1, 2};
  c.rows.resize(3);
  const char* labels[] = {"all", "base", "- clip"};
  for (size_t r = 0; r < 3; ++r) {
    c.rows[r].label = labels[r];
    c.rows[r].values.push_back({.by_seed = {}, .mean = mean_interval({0.5, 0.6, 0.7})});
    c.rows[r].differences.emplace_back();
    if (r == 0) continue;
    RowDifference difference;
    difference.test = paired_test({-0.3, -0.2, -0.1});
    difference.test.p_adjusted = 0.08;
    difference.seeds = c.seeds;
    c.rows[r].differences[0] = difference;
  }
  for (RowDifference* d : {&*c.rows[1].differences[0], &*c.rows[2].differences[0]})
    d->test.difference.half_width = 0.1;
  c.meanings["- clip"] = {.whole = false, .paths = {}, .toggle = "clip", .removes = true};
  const std::string words = paragraph(c);
  EXPECT_NE(words.find("not after Holm's correction for 2 comparisons"), std::string::npos)
      << words;
  EXPECT_NE(words.find("Against all: \"- clip\" (differs from all alone, not after Holm)."),
            std::string::npos)
      << words;
  c.correction = Correction::benjamini_hochberg;
  const std::string other = paragraph(c);
  for (const char* said : {"not after Benjamini-Hochberg's correction for 2 comparisons",
                           "alone, not after Benjamini-Hochberg)", "at most 5 % are expected"})
    EXPECT_NE(other.find(said), std::string::npos) << other;
  EXPECT_EQ(other.find("Holm"), std::string::npos) << other;
}

}  // namespace
}  // namespace rlreason::sweep
