// One table, two rows, two seeds, made by hand: fair as it stands; every rule is then broken alone and found by name.
#include "sweeps/compare/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "core/error.h"
#include "sweeps/compare/comparison.h"
#include "sweeps/compare/config_paths.h"
#include "tests/support/scratch.h"

namespace rlreason::sweep {
namespace {

using nlohmann::json;

json config(double rate) {
  return {{"recipe", "r"},
          {"update", {{"lr", rate}, {"iterations", 100}}},
          {"components", {{{"name", "policy"}, {"clip", {{"kind", "none"}}}}}}};
}

store::RunDetail detail(const std::string& uid, const std::string& kind, const json& values) {
  store::RunDetail run;
  run.row.uid = run.row.name = uid;
  run.row.kind = kind;
  run.row.recipe = "r";
  run.row.state = store::RunState::done;
  run.row.iteration = 100;
  run.row.started_ms = 1000;
  run.row.ended_ms = 61000;
  run.config = values;
  run.build = "rlreason 0.1.0 (commit abc1234, Release, GNU 12, LibTorch 2.11.0)";
  run.attempts.push_back(
      {.uid = "1", .n = 1, .host = "h", .threads = 1, .build = "", .exit_code = 0, .reason = ""});
  run.producers.push_back({"dataset:demos", "d", "prepare-demos"});
  run.checkpoints.push_back({50, "checkpoints/step-50", "x", 1, "every"});
  run.checkpoints.push_back({100, "checkpoints/step-100", "y", 1, "last"});
  store::MetricSummary loss, tokens;
  loss.metric = "train/loss";
  loss.n = 100;
  tokens.metric = "train/tokens";
  tokens.n = 100;
  tokens.max = tokens.last = 5000;
  run.metrics = {loss, tokens};
  return run;
}

store::EvalFacts facts(double share) {
  store::EvalFacts all;
  all.row.key = {.suite = "exam",
                 .iteration = 0,
                 .protocol_digest = "p",
                 .dataset_digest = "d",
                 .checkpoint = "runs/x/checkpoints/step-100"};
  all.row.protocol = {{"digest", "p"}, {"temperature", 0.6}, {"samples", 10}};
  all.row.n_items = 4;
  all.row.n_samples = 40;
  for (int item = 0; item < 4; ++item) {
    store::ItemFact fact{.id = std::to_string(item)};
    for (int sample = 0; sample < 10; ++sample)
      fact.samples.push_back({.sample = sample,
                              .outcome = sample < 10 * share ? "right" : "wrong",
                              .rule = "exact",
                              .answer = "1",
                              .length = 3,
                              .finish = "eos"});
    all.items.push_back(fact);
  }
  return all;
}

class RulesTest : public ::testing::Test {
 protected:
  RulesTest() {
    input_.name = "table";
    input_.rows = {"a", "b"};
    input_.seeds = {0, 1};
    input_.baseline = "a";
    input_.fill_command = "rlreason sweep run p.yaml";
    input_.again_command = "rlreason compare p.yaml";
    for (const std::string row : {"a", "b"})
      for (uint64_t seed : {0u, 1u}) {
        const std::string name = row + std::to_string(seed);
        CellFacts cell{.row = row, .seed = seed};
        cell.trained = detail("train-" + name, "train", config(0.1));
        cell.evaluated = detail("eval-" + name, "evaluate", {{"seed", seed}});
        cell.training = cell.trained->row;
        cell.evaluation = cell.evaluated->row;
        cell.declared_training = config(0.1);
        cell.suites["exam"] = facts(row == "a" ? 0.5 : 0.4);
        input_.cells.push_back(cell);
      }
  }

  CellFacts& b(uint64_t seed) { return input_.cells[2 + seed]; }
  store::EvalFacts& exam(uint64_t seed) { return b(seed).suites["exam"]; }

  // The sentence of the refusal; "" when the table is fair.
  std::string refusal(const std::set<std::string>& allow = {}) {
    try {
      CompareOptions options;
      options.allow = allow;
      last_ = compare(input_, options);
      return "";
    } catch (const RefusedError& error) {
      return error.what();
    }
  }
  // Refused by this rule alone, in these words, with these words of what to do; allowed, it is a note of row b.
  void expect_refused(const std::string& rule, const std::string& words, const std::string& mend) {
    const std::string sentence = refusal();
    EXPECT_NE(sentence.find("\n  " + rule + ": " + words), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(mend), std::string::npos) << sentence;
    EXPECT_TRUE(sentence.ends_with("--allow " + rule)) << sentence;
    ASSERT_EQ(refusal({rule}), "");
    ASSERT_FALSE(last_.notes.empty());
    EXPECT_EQ(last_.notes[0].rule, rule);
    EXPECT_TRUE(last_.notes[0].waived);
    EXPECT_EQ(last_.rows[1].notes.front(), 1u);
  }

  ComparisonInput input_;
  Comparison last_;
};

TEST_F(RulesTest, AFairTableIsShownWithoutNotes) {
  EXPECT_EQ(refusal(), "");
  EXPECT_TRUE(last_.notes.empty());
  EXPECT_NEAR(last_.rows[1].differences[0]->test.difference.mean, -0.1, 1e-12);
}

TEST_F(RulesTest, Incomplete) {
  b(1).suites.clear();
  expect_refused("incomplete", "b, seed 1: no result for exam", "rlreason sweep run p.yaml");
}

TEST_F(RulesTest, IncompleteWhenAnEvaluationLacksItems) {
  b(0).declared_evaluation = {
      {"suites", {{{"name", "exam"}, {"task", "ledger"}, {"prompts", 128}}}}};
  expect_refused("incomplete", "b, seed 0: 4 of 128 items of exam", "rlreason sweep run p.yaml");
}

TEST_F(RulesTest, UndeclaredDifference) {
  b(0).trained->config["update"]["lr"] = b(1).trained->config["update"]["lr"] = 0.2;
  expect_refused("undeclared-diff",
                 "b, seeds 0, 1: differs from a in what nothing declares: update.lr (0.1 -> 0.2)",
                 "rlreason compare p.yaml --allow-diff update.lr");
  input_.allow_diff = {"update.*"};
  EXPECT_EQ(refusal(), "");
}

TEST_F(RulesTest, WhatARecipeDeclaresIsNoUndeclaredDifference) {
  for (uint64_t seed : {0u, 1u}) b(seed).declared_training = b(seed).trained->config = config(0.2);
  EXPECT_EQ(refusal(), "");
}

TEST_F(RulesTest, AToggleMayChangeItsPathsOnly) {
  for (uint64_t seed : {0u, 1u}) b(seed).declared_training = b(seed).trained->config = config(0.2);
  input_.meanings["b"] = {.whole = false, .paths = {"components.0.clip"}, .toggle = "clip"};
  expect_refused("undeclared-diff", "b, seeds 0, 1", "update.lr");
  input_.meanings["b"].paths = {"update"};
  EXPECT_EQ(refusal(), "");
}

TEST_F(RulesTest, SilentDefault) {
  for (CellFacts& cell : input_.cells) {
    if (!cell.trained) continue;
    cell.trained->config["update"]["iterations"] = 60;
    cell.declared_training["update"]["iterations"] = 60;
  }
  for (uint64_t seed : {0u, 1u}) b(seed).trained->config["update"].erase("iterations");
  expect_refused("silent-default",
                 "b, seeds 0, 1: only one of it and a knows update.iterations (60 -> -)",
                 "pin the value");
}

// Runs of a program that did not have a setting yet are those of one that has it and leaves it alone.
TEST_F(RulesTest, ASettingThatOlderRunsLackIsNoDifferenceAtItsDefault) {
  for (uint64_t seed : {0u, 1u}) b(seed).trained->config["update"].erase("iterations");
  EXPECT_EQ(refusal(), "");  // 100 is what update.iterations is when nobody sets it
}

TEST_F(RulesTest, CodeDrift) {
  b(1).trained->build = "rlreason 0.1.0 (commit fff, Release)";
  expect_refused("code-drift", "b, seed 1: trained by commit fff, a by abc1234", "with one build");
}

TEST_F(RulesTest, AnotherCommitWithEqualSourcesIsNoDrift) {
  b(1).trained->build = "rlreason 0.1.0 (commit fff, Release)";
  for (CellFacts& cell : input_.cells) cell.trained_source = "s1";
  EXPECT_EQ(refusal(), "");
  b(1).trained_source = "s2";
  expect_refused("code-drift", "b, seed 1: trained by commit fff, a by abc1234", "with one build");
}

TEST_F(RulesTest, TheCorrectionIsTheOneAskedFor) {
  input_.cells[1].suites["exam"] = facts(0.6);  // a: 0.5, 0.6
  for (const std::string row : {"c", "d"}) {
    input_.rows.push_back(row);
    for (uint64_t seed : {0u, 1u}) {
      CellFacts cell = b(seed);
      cell.row = row;
      cell.suites["exam"] = facts(row == "c" ? 0.1 : seed == 0 ? 0.3 : 0.9);
      input_.cells.push_back(cell);
    }
  }
  const auto corrected = [&](Correction correction) {
    input_.correction = correction;
    EXPECT_EQ(refusal(), "");
    std::map<std::string, PairedTest> found;
    for (const ComparedRow& row : last_.rows)
      if (row.differences[0]) found[row.label] = row.differences[0]->test;
    return found;
  };
  // Differences to a: b -0.1, -0.2; c -0.4, -0.5; d -0.2, 0.3.  So p of c < p of b < p of d.
  const auto holm = corrected(Correction::holm);
  const auto bh = corrected(Correction::benjamini_hochberg);
  const double first = holm.at("c").p, second = holm.at("b").p, third = holm.at("d").p;
  ASSERT_LT(first, second);
  ASSERT_LT(second, third);
  EXPECT_DOUBLE_EQ(holm.at("c").p_adjusted, 3 * first);
  EXPECT_DOUBLE_EQ(holm.at("b").p_adjusted, std::max(3 * first, 2 * second));
  EXPECT_DOUBLE_EQ(bh.at("d").p_adjusted, third);
  EXPECT_DOUBLE_EQ(bh.at("b").p_adjusted, std::min(third, 1.5 * second));
  EXPECT_DOUBLE_EQ(bh.at("c").p_adjusted, std::min({third, 1.5 * second, 3 * first}));
}

TEST_F(RulesTest, ANeutralChangeIsANoteWithItsReason) {
  for (CellFacts& cell : input_.cells) cell.trained_source = "s1";
  for (uint64_t seed : {0u, 1u}) b(seed).trained_source = "s2";
  expect_refused("code-drift",
                 "b, seeds 0, 1: trained by commit abc1234 (sources s2), a by abc1234 (sources s1)",
                 "\n      or, if nothing changed that matters: rlreason compare neutral s2 s1 "
                 "--reason \"WHY\"");
  const store::NeutralRow first{
      .a = {"s1", ""}, .b = {"s3", ""}, .reason = "the help \x1b[31mtext"},
      second{.a = {"s2", ""}, .b = {"s3", ""}, .reason = "a comment", .author = "Ada"};
  input_.neutral = store::NeutralChanges({first});
  EXPECT_NE(refusal().find("code-drift"), std::string::npos);  // s2 is joined to nothing yet
  input_.neutral = store::NeutralChanges({first, second});
  ASSERT_EQ(refusal(), "");
  ASSERT_EQ(last_.notes.size(), 1u);
  EXPECT_EQ(last_.notes[0].rule, "code-drift");
  EXPECT_FALSE(last_.notes[0].waived);
  EXPECT_TRUE(last_.notes[0].sentence.ends_with(
      "declared neutral: a comment (Ada); and the help \\x1b[31mtext"))
      << last_.notes[0].sentence;
  EXPECT_EQ(last_.rows[1].notes, std::vector<size_t>{1});
  EXPECT_TRUE(last_.rows[0].notes.empty());
}

TEST_F(RulesTest, ACommandToPasteIsNeverMadeOfStrangersText) {
  b(1).trained->build = "rlreason 0.1.0 (commit $(reboot), Release)";
  const std::string sentence = refusal();
  EXPECT_NE(sentence.find("with one build"), std::string::npos) << sentence;
  EXPECT_EQ(sentence.find("compare neutral"), std::string::npos) << sentence;
}

TEST_F(RulesTest, ProtocolNamesTheField) {
  exam(0).row.key.protocol_digest = "q";
  exam(0).row.protocol["temperature"] = 1.0;
  expect_refused("protocol",
                 "b, seed 0: exam was evaluated with another temperature (0.6 and 1.0) than a",
                 "evaluate both");
}

TEST_F(RulesTest, ProtocolSeesOtherItems) {
  exam(1).items[3].id = "other";
  expect_refused("protocol", "b, seed 1: exam was evaluated with other items than a", "evaluate");
}

TEST_F(RulesTest, Data) {
  b(0).trained->producers[0].path = "prepare-other";
  expect_refused("data", "b, seed 0: demos is prepare-other, that of a is prepare-demos",
                 "rlreason sweep run");
}

TEST_F(RulesTest, DataThatThePlanAsksForIsNamedAsSuchAndMayBeAllowedByPath) {
  b(0).trained->producers[0].path = "prepare-other";
  b(0).declared_training["data"] = {{{"dataset", {{"hints", true}}}}};
  input_.cells[0].declared_training["data"] = {{{"dataset", {{"hints", false}}}}};
  EXPECT_NE(refusal().find("ask for different data; if that is meant: --allow-diff data.demos"),
            std::string::npos)
      << refusal();
  input_.allow_diff = {"data.demos"};
  EXPECT_EQ(refusal().find("demos"), std::string::npos) << refusal();
}

TEST_F(RulesTest, DataThatHoldsEvaluatedItemsInOneRowOnly) {
  input_.overlapping = {"b"};
  expect_refused("data", "b: only b was trained on evaluated items", "prepare-data");
  input_.overlapping = {"a", "b"};
  EXPECT_EQ(refusal(), "");
}

TEST_F(RulesTest, Compute) {
  b(0).trained->metrics[1].max = 5110;
  EXPECT_EQ(refusal(), "");  // not asked
  input_.compute_match = "tokens";
  expect_refused("compute", "b, seed 0: 5110 tokens, a had 5000 (+2.2 %)", "until_tokens");
  b(0).trained->metrics[1].max = 5090;
  EXPECT_EQ(refusal(), "");
  input_.compute_match = "iterations";
  b(1).trained->row.iteration = 110;
  expect_refused("compute", "b, seed 1: 110 iterations, a had 100 (+10.0 %)", "sweep run");
}

TEST_F(RulesTest, Selection) {
  exam(0).row.key.checkpoint = "runs/x/checkpoints/step-50";
  expect_refused("selection",
                 "b, seed 0: its checkpoint is 'iteration 50 of 100', that of a is "
                 "'last'",
                 "rlreason evaluate");
}

// The checkpoint that the training chose by its evaluations: at iteration `best` of 100, by the suite of that name.
void choose_best(CellFacts& cell, int64_t best, const std::string& suite) {
  store::RunDetail& trained = *cell.trained;
  for (json* config : {&trained.config, &cell.declared_training}) {
    (*config)["checkpoint"]["select"] = "best";
    (*config)["eval"]["suites"] = {suite};
  }
  const std::string path = "checkpoints/step-" + std::to_string(best);
  trained.checkpoints.insert(trained.checkpoints.begin(),
                             {20, "checkpoints/step-20", "w", 1, "best"});
  if (best != 20) trained.checkpoints.push_back({best, path, "b", 1, "best"});
  for (auto& [name, facts] : cell.suites) facts.row.key.checkpoint = "runs/x/" + path;
}

TEST_F(RulesTest, BestByOneSuiteIsAlikeAtWhateverIteration) {
  for (uint64_t seed : {0u, 1u}) {
    choose_best(input_.cells[seed], 40, "validation");
    choose_best(b(seed), seed == 0 ? 20 : 60, "validation");
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(RulesTest, BestBesideLastIsRefusedAndSoAreTwoSuites) {
  choose_best(b(0), 40, "validation");
  input_.allow_diff = {"checkpoint.*", "eval.*"};
  expect_refused("selection",
                 "b, seed 0: its checkpoint is 'best by validation', that of a is 'last'",
                 "select: last (or best) in the plan, then rlreason sweep run p.yaml");
  choose_best(input_.cells[0], 40, "other");
  expect_refused("selection",
                 "b, seed 0: its checkpoint is 'best by validation', that of a is 'best by other'",
                 "rlreason evaluate");
}

// The best one may be the last one: the training says that it was chosen.
TEST_F(RulesTest, TheLastOneChosenAsTheBestIsTheBest) {
  for (uint64_t seed : {0u, 1u}) {
    choose_best(input_.cells[seed], 40, "validation");
    choose_best(b(seed), 100, "validation");
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(RulesTest, ACheckpointChosenByAShownSuiteIsRefused) {
  for (CellFacts& cell : input_.cells) choose_best(cell, 40, "exam");
  const std::string sentence = refusal();
  for (const char* words :
       {"\n  selection: a, seeds 0, 1: its checkpoint was chosen by its score on exam, which",
        "\n  selection: b, seeds 0, 1: its checkpoint was",
        "(select: last), then rlreason sweep run"})
    EXPECT_NE(sentence.find(words), std::string::npos) << sentence;
  EXPECT_EQ(refusal({"selection"}), "");
  EXPECT_EQ(last_.notes.size(), 2u);
  // A suite that is not shown may choose, whatever else the training evaluated.
  for (CellFacts& cell : input_.cells)
    for (json* config : {&cell.trained->config, &cell.declared_training})
      (*config)["eval"]["suites"] = {"validation", "exam"};
  EXPECT_EQ(refusal(), "");
}

// Another name over the same items is the same benchmark; the same file with another seed is not.
TEST_F(RulesTest, ARenamedCopyOfAShownSuiteIsRefused) {
  const json shown = {
      {"name", "exam"}, {"task", "ledger"}, {"seed", 7000}, {"settings", {{"style", "terse"}}}};
  const testing_support::Scratch scratch;
  for (const uint64_t seed : {7000u, 8000u}) {
    json copy = shown;
    copy["name"] = "validation";
    copy["seed"] = seed;
    const std::string file = (scratch / "validation.yaml").string();
    std::ofstream(file) << copy.dump();
    ComparisonInput fresh = input_;
    for (CellFacts& cell : input_.cells) {
      choose_best(cell, 40, file);
      cell.evaluated->config["suites"] = json::array({shown});
    }
    EXPECT_EQ(refusal().find("chosen by its score on exam") != std::string::npos, seed == 7000)
        << refusal();
    input_ = std::move(fresh);
  }
}

TEST_F(RulesTest, TrainingsThatEndedEarlyAreANoteOfTheirRow) {
  b(1).trained->events.push_back(
      {0, "stopped", {{"rule", "entropy"}, {"iteration", 40}, {"sentence", "low"}}});
  EXPECT_EQ(refusal(), "");
  ASSERT_EQ(last_.notes.size(), 1u);
  EXPECT_EQ(last_.notes[0].sentence,
            "b: 1 of 2 trainings ended early: seed 1 at iteration 40 by entropy");
  EXPECT_FALSE(last_.notes[0].waived);
  // What it used is what counts, not what it was allowed to.
  b(1).trained->row.iteration = 40;
  input_.compute_match = "iterations";
  expect_refused("compute", "b, seed 1: 40 iterations, a had 100 (-60.0 %)", "sweep run");
}

TEST_F(RulesTest, Invalidated) {
  input_.invalid["train-b1"] = {"advantage used ddof=0"};
  expect_refused("invalidated", "b, seed 1: train-b1 was invalidated: advantage used ddof=0",
                 "run it again");
}

TEST_F(RulesTest, EnvironmentOnlyWarns) {
  for (uint64_t seed : {0u, 1u}) b(seed).trained->attempts[0].threads = 8;
  EXPECT_EQ(refusal(), "");
  ASSERT_EQ(last_.notes.size(), 1u);
  EXPECT_FALSE(last_.notes[0].waived);
  EXPECT_EQ(last_.notes[0].sentence,
            "b: ran with 8 thread(s), LibTorch 2.11.0, a with 1 thread(s), LibTorch 2.11.0");
  b(0).trained->attempts[0].threads = 1;  // differs within all rows alike
  EXPECT_EQ(refusal(), "");
  EXPECT_TRUE(last_.notes.empty());
}

// b has 0.4 right and a 0.5: four cut responses in forty could close the gap, one in forty could not.
TEST_F(RulesTest, TruncatedRefusesWhereItCouldTurnTheTable) {
  for (uint64_t seed : {0u, 1u})
    for (store::ItemFact& item : exam(seed).items) item.samples[9].finish = "length";
  expect_refused("truncated",
                 "b: the length limit was hit by 10.0 % of its responses on exam (a: 0.0 %)",
                 "max_new_tokens");
  for (uint64_t seed : {0u, 1u})
    for (size_t item = 1; item < 4; ++item) exam(seed).items[item].samples[9].finish = "eos";
  EXPECT_EQ(refusal(), "");
  ASSERT_EQ(last_.notes.size(), 1u);
  EXPECT_FALSE(last_.notes[0].waived);
}

TEST_F(RulesTest, Nonfinite) {
  b(1).trained->metrics[0].n_nonfinite = 2;
  expect_refused("nonfinite", "b, seed 1: 2 of 102 values of train/loss are no numbers",
                 "rlreason show train-b1");
}

TEST_F(RulesTest, TwoReasonsAreBothSaid) {
  b(1).suites.clear();
  input_.invalid["train-b0"] = {"wrong"};
  const std::string sentence = refusal();
  EXPECT_NE(sentence.find("incomplete: b, seed 1"), std::string::npos);
  EXPECT_NE(sentence.find("invalidated: b, seed 0"), std::string::npos);
  EXPECT_TRUE(sentence.ends_with("--allow incomplete,invalidated")) << sentence;
  EXPECT_NE(refusal({"incomplete"}), "");
  EXPECT_EQ(refusal({"incomplete", "invalidated"}), "");
  EXPECT_EQ(last_.notes.size(), 2u);
}

TEST(ConfigPaths, PatternsCoverWhatIsBelow) {
  EXPECT_TRUE(path_matches("update.lr", "update"));
  EXPECT_TRUE(path_matches("update.lr", "*.lr"));
  EXPECT_TRUE(path_matches("components.1.clip.high", "components.*.clip"));
  EXPECT_FALSE(path_matches("updates.lr", "update"));
  EXPECT_FALSE(path_matches("update.lr", "lr"));
  EXPECT_FALSE(path_matches("", "x"));
  EXPECT_TRUE(path_matches("a", "*"));
}

TEST(ConfigPaths, DifferencesAreByLeaf) {
  const auto found = config_difference({{"a", 1}, {"b", {{"c", json::array()}, {"d", 2}}}},
                                       {{"a", 1}, {"b", {{"c", {1}}, {"d", 3}}}});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, "b.c");
  EXPECT_FALSE(found[0].b);
  EXPECT_EQ(found[1].path, "b.c.0");
  EXPECT_EQ(shown_value(found[2].a), "2");
}

}  // namespace
}  // namespace rlreason::sweep
