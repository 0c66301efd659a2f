// The default verifier on our own table, on the labelled cases beside the repository, and on the golds of real benchmarks.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "datasets/verifiers/cases.h"
#include "datasets/verifiers/math/fuel.h"
#include "datasets/verifiers/math/judge.h"

namespace rlreason::data {
namespace {

using nlohmann::json;
const std::filesystem::path kShared = RLR_SHARED_DIR;

Verdict answer(std::string_view gold, std::string_view text) {
  return math::judge_answer({.gold = gold}, text).verdict;
}

TEST(MathVerifier, JudgesItsOwnTable) {
  const VerifierInfo& math = find_verifier("math");
  const CaseSummary summary =
      judge_cases(std::filesystem::path(RLR_SOURCE_DIR) / "tests/vectors/verifier_math.jsonl", math,
                  [](const JudgedCase& judged) {
                    EXPECT_EQ(judged.verdict.right(), judged.labelled.expected)
                        << judged.labelled.id << "\n gold " << judged.labelled.gold << "\n answer "
                        << judged.labelled.prediction << "\n rule " << judged.verdict.rule;
                    EXPECT_LE(judged.verdict.fuel, math::kFuel + 10'000);
                  });
  EXPECT_GE(summary.all.cases, 280);
}

TEST(MathVerifier, ReachesItsSharesOfTheLabelledCases) {
  const auto file = kShared / "verifier_cases/dev.jsonl";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "needs " << file;
  const std::set<std::string> strict = {"near_miss", "reported_failures", "precision",
                                        "hostile_input"};
  int64_t own = 0, own_correct = 0;
  std::ifstream stream(file);
  std::map<std::string, bool> derived;
  for (std::string line; std::getline(stream, line);) {
    const json object = json::parse(line);
    derived[object["id"]] = object.value("derived", false);
  }
  const CaseSummary summary =
      judge_cases(file, find_verifier("math"), [&](const JudgedCase& judged) {
        const VerifierCase& c = judged.labelled;
        if (!c.policy.empty()) return;
        if (strict.contains(c.category)) {
          EXPECT_FALSE(judged.verdict.right() && !c.expected)
              << c.id << ": " << c.gold << " <> " << c.prediction;
        }
        if (derived[c.id]) return;
        ++own;
        own_correct += judged.verdict.right() == c.expected;
      });
  EXPECT_GE(static_cast<double>(summary.all.correct),
            0.98 * static_cast<double>(summary.all.cases));
  EXPECT_GE(static_cast<double>(own_correct), 0.95 * static_cast<double>(own));
  EXPECT_EQ(summary.all.wrong_accepts, 0);
}

std::vector<std::string> benchmark_golds() {
  std::vector<std::string> golds;
  const auto lines = [&](const std::filesystem::path& file, const auto& take) {
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) take(json::parse(line));
  };
  for (const char* split : {"train", "test"})
    lines(kShared / "data/gsm8k" / (std::string(split) + ".jsonl"), [&](const json& row) {
      const std::string text = row["answer"];
      golds.push_back(text.substr(text.rfind("####") + 5));
    });
  for (const char* split : {"math500", "train"}) {
    std::ifstream stream(kShared / "data/math" / (std::string(split) + ".json"));
    for (const json& row : json::parse(stream))
      if (row["answer"].is_string() && !row["answer"].get<std::string>().empty())
        golds.push_back(row["answer"]);
  }
  for (const char* name : {"olympiad_bench", "minerva", "amc23", "aime24"})
    lines(kShared / "data/gold_answers" / (std::string(name) + ".jsonl"), [&](const json& row) {
      const json& gold = row["answer"];
      for (const json& one : gold.is_array() ? gold : json::array({gold}))
        golds.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    });
  return golds;
}

TEST(MathVerifier, EveryGoldOfTheBenchmarksVerifiesItself) {
  if (!std::filesystem::exists(kShared / "data/math/train.json"))
    GTEST_SKIP() << "needs " << kShared / "data";
  const std::vector<std::string> golds = benchmark_golds();
  EXPECT_GE(golds.size(), 17'000U);
  for (const std::string& gold : golds) {
    EXPECT_TRUE(verify_gold("math", {.gold = gold}).right()) << gold;
    EXPECT_TRUE(answer(gold, gold).right()) << gold;
  }
}

TEST(MathVerifier, AGoldThatDoesNotParseIsUnscored) {
  for (const char* gold : {"", " ", "\\boxed{}", "\\frac{1", "((1)", "3 +", "$$"}) {
    EXPECT_EQ(answer(gold, "1").outcome, Outcome::unscored) << gold;
    EXPECT_FALSE(answer(gold, gold).right()) << gold;
  }
}

TEST(MathVerifier, WhatIsTooLargeIsUnscoredAndCheap) {
  for (const char* tower : {"2^{2^{2^{49}}}", "10^{10^{10^{10}}}", "5^{5^{5^{5^5}}}", "2**30**5**9",
                            "(10^{12})!", "e^{e^{e^{e^9}}}", "1e99999"}) {
    const Verdict verdict = answer("7", tower);
    EXPECT_FALSE(verdict.right()) << tower;
    EXPECT_LT(verdict.fuel, 5000) << tower;
  }
  const std::string deep = std::string(3000, '(') + "1" + std::string(3000, ')');
  EXPECT_EQ(answer("1", deep).rule, "limit");
  EXPECT_EQ(answer("1", std::string(5000, '9')).rule, "limit");
}

TEST(MathVerifier, OptionsChangeWhatCounts) {
  Question question{.gold = "1/3", .choices = {}, .options = {}};
  EXPECT_FALSE(math::judge_answer(question, "0.333").verdict.right());
  question.options.float_rounding = 3;
  EXPECT_TRUE(math::judge_answer(question, "0.333").verdict.right());
  question = {.gold = "1, 2", .choices = {}, .options = {.abs_tol = {0.1, 0.001}}};
  EXPECT_TRUE(math::judge_answer(question, "1.09, 2.0009").verdict.right());
  EXPECT_FALSE(math::judge_answer(question, "1.0009, 2.09").verdict.right());
  question = {.gold = "x=5", .choices = {}, .options = {.strict = false}};
  EXPECT_TRUE(math::judge_answer(question, "y=5").verdict.right());
  question = {.gold = "5", .choices = {}, .options = {.require_boxed = true}};
  EXPECT_FALSE(math::judge_response(question, "The answer is 5").verdict.right());
  question.options = {.require_marker = true};
  EXPECT_FALSE(math::judge_response(question, "just 5").verdict.right());
  EXPECT_TRUE(math::judge_response(question, "The answer is 5").verdict.right());
}

TEST(MathVerifier, ChoicesAreLabelsOrTheirTexts) {
  const std::vector<std::string> letters = {"A) red", "B) blue", "C) green", "D) red wine"};
  const Question question{.gold = "B", .choices = letters, .options = {}};
  for (const char* right : {"B", "(B)", "The answer is B.", "\\boxed{\\text{B}}", "\\boxed{blue}",
                            "A is wrong. So the answer is (B) blue", "**Answer: B**"})
    EXPECT_TRUE(verify("choice", question, right).right()) << right;
  for (const char* wrong : {"A", "\\boxed{A,B}", "\\boxed{A, B, C, D}", "", "blueish", "\\boxed{B",
                            "The answer is A, not B"})
    EXPECT_FALSE(verify("choice", question, wrong).right()) << wrong;
  const std::vector<std::string> digits = {"1) a", "2) b", "3) c", "4) d"};
  EXPECT_TRUE(
      verify("choice", {.gold = "3", .choices = digits, .options = {}}, "I choose 3").right());
  EXPECT_TRUE(
      verify("choice", {.gold = "3", .choices = digits, .options = {}}, "\\boxed{3}").right());
  EXPECT_FALSE(
      verify("choice", {.gold = "3", .choices = digits, .options = {}}, "\\boxed{4}").right());
}

TEST(MathVerifier, EqualAnswersGetOneClass) {
  for (const auto& [a, b] : {std::pair{"\\frac12", "0.5"},
                             {"\\sqrt{8}", "2\\sqrt2"},
                             {"1,2,3", "3, 2, 1"},
                             {"x=7", "7"},
                             {"1,234", "1234"}}) {
    const Verdict one = answer("999", a), two = answer("999", b);
    EXPECT_EQ(one.answer, two.answer) << a << " and " << b;
    EXPECT_FALSE(one.answer.empty());
  }
  EXPECT_EQ(answer("0.5", "1/2").answer, answer("0.5", "0.50").answer);
}

}  // namespace
}  // namespace rlreason::data
