// What holds for every generated task, whatever it asks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "core/tokenizer/tokenizer.h"
#include "datasets/generated.h"
#include "tests/datasets/task_support.h"

namespace rlreason::data {
namespace {

using test::example;
using test::examples;
using test::stream_of;

class EveryTask : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Tasks, EveryTask, testing::ValuesIn(test::problem_tasks()),
                         [](const auto& task) { return task.param; });

constexpr const char* kStyles[] = {"terse", "full", "search"};

std::string settings_with(const std::string& expert) {
  return "{wording: mixed, expert: {" + expert + "}}";
}
uint64_t count_for(const std::string& task) { return task == "twentyfour" ? 60 : 150; }

bool printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

TEST(Tasks, AllFamiliesAreThere) {
  EXPECT_THAT(test::problem_tasks(),
              testing::UnorderedElementsAre("addition", "base", "boolean", "chain", "countdown",
                                            "gcd", "gsm", "hanoi", "knights", "linear", "modular",
                                            "multiplication", "path", "permutation", "polynomial",
                                            "rewriting", "sat", "sorting", "sudoku", "twentyfour"));
}

TEST_P(EveryTask, DemonstrationsEarnFullRewardInEveryStyleAndFormat) {
  const auto tokenizer = find_task(GetParam()).make_tokenizer();
  EXPECT_EQ(tokenizer.digest(), find_task("gcd").make_tokenizer().digest());
  for (const char* style : kStyles)
    for (const char* format : {"plain", "numbered", "worded", "cipher"}) {
      const auto expert = fmt::format("style: {}, format: {}, traces: 3", style, format);
      for (const Prompt& prompt :
           examples(GetParam(), settings_with(expert), count_for(GetParam()) / 3)) {
        ASSERT_TRUE(verify_gold(prompt.verifier, question_of(prompt)).right()) << prompt.gold;
        ASSERT_GE(prompt.demonstrations.size(), 1u);
        std::set<std::string> texts;
        for (const Demonstration& demonstration : prompt.demonstrations) {
          ASSERT_TRUE(verify(prompt, demonstration.text).right())
              << prompt.text << " | " << demonstration.text;
          ASSERT_TRUE(demonstration.verdict.right());
          ASSERT_EQ(demonstration.style.rfind(style, 0), 0u);
          ASSERT_EQ(demonstration.teacher, GetParam());
          ASSERT_TRUE(texts.insert(demonstration.text).second) << demonstration.text;
          ASSERT_TRUE(printable(demonstration.text)) << demonstration.text;
          ASSERT_EQ(demonstration.text.find('#'), demonstration.text.rfind('#'));
          ASSERT_EQ(tokenizer.decode(tokenizer.encode(demonstration.text)), demonstration.text);
        }
        ASSERT_TRUE(printable(prompt.text)) << prompt.text;
        ASSERT_EQ(prompt.text.find('#'), std::string::npos) << prompt.text;
        ASSERT_EQ(prompt.key.rfind(GetParam() + ":", 0), 0u);
        ASSERT_FALSE(prompt.category.empty());
      }
    }
}

TEST_P(EveryTask, TheSameKeyGivesTheSameBytesAndAnotherKeyAnotherPrompt) {
  const std::string settings =
      settings_with("style: mixed, traces: 2, error_rate: 0.3, coverage: 0.8");
  std::set<std::string> texts;
  for (uint64_t i = 0; i < 40; ++i) {
    const nlohmann::json one = example(GetParam(), settings, i),
                         two = example(GetParam(), settings, i);
    ASSERT_EQ(one.dump(), two.dump());
    texts.insert(one.at("text"));
  }
  EXPECT_GT(texts.size(), 35u);
}

TEST_P(EveryTask, TheExpertDoesNotChangeThePrompts) {
  const auto plain = examples(GetParam(), "{}", 20);
  const auto others = examples(
      GetParam(), "{expert: {style: mixed, traces: 4, error_rate: 0.5, coverage: 0.5}}", 20);
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(plain[i].text, others[i].text);
    EXPECT_EQ(plain[i].gold, others[i].gold);
  }
}

TEST_P(EveryTask, WordingsAskTheSameProblem) {
  const auto symbols = examples(GetParam(), "{}", 20),
             question = examples(GetParam(), "{wording: question}", 20),
             request = examples(GetParam(), "{wording: request}", 20);
  for (size_t i = 0; i < symbols.size(); ++i) {
    EXPECT_EQ(symbols[i].key, question[i].key);
    EXPECT_EQ(symbols[i].gold, request[i].gold);
    EXPECT_EQ(symbols[i].key, request[i].key);
    EXPECT_EQ((std::set{symbols[i].text, question[i].text, request[i].text}.size()), 3u);
    EXPECT_EQ(symbols[i].demonstrations[0].text, question[i].demonstrations[0].text);
  }
}

TEST_P(EveryTask, AWrongEndEarnsNothing) {
  for (const char* style : kStyles) {
    const auto clean = examples(GetParam(), fmt::format("{{expert: {{style: {}}}}}", style), 40);
    const auto wrong =
        examples(GetParam(), fmt::format("{{expert: {{style: {}, error_rate: 1}}}}", style), 40);
    for (size_t i = 0; i < clean.size(); ++i) {
      const std::string &good = clean[i].demonstrations[0].text,
                        &bad = wrong[i].demonstrations[0].text;
      EXPECT_EQ(wrong[i].demonstrations[0].verdict.outcome, Outcome::wrong) << bad;
      EXPECT_TRUE(wrong[i].demonstrations[0].style.ends_with(" wrong-end"));
      EXPECT_EQ(good.substr(0, good.rfind('#')), bad.substr(0, bad.rfind('#')));
      EXPECT_NE(test::answer_in(bad), "none") << good;
    }
  }
}

TEST_P(EveryTask, AWrongStepWithTheRightEndEarnsEverything) {
  for (const char* style : kStyles) {
    const auto clean = examples(GetParam(), fmt::format("{{expert: {{style: {}}}}}", style), 40);
    const auto wrong =
        examples(GetParam(),
                 fmt::format("{{expert: {{style: {}, error_rate: 1, error: step}}}}", style), 40);
    for (size_t i = 0; i < clean.size(); ++i) {
      EXPECT_TRUE(wrong[i].demonstrations[0].verdict.right()) << wrong[i].demonstrations[0].text;
      EXPECT_NE(clean[i].demonstrations[0].text, wrong[i].demonstrations[0].text);
      EXPECT_EQ(test::answer_in(clean[i].demonstrations[0].text),
                test::answer_in(wrong[i].demonstrations[0].text));
    }
  }
  const auto both = examples(GetParam(), "{expert: {error_rate: 1, error: both}}", 20);
  for (const Prompt& prompt : both) EXPECT_FALSE(prompt.demonstrations[0].verdict.right());
}

TEST_P(EveryTask, RatesAreShares) {
  int with = 0, wrong = 0;
  const auto prompts = examples(GetParam(), "{expert: {coverage: 0.3, error_rate: 0.25}}", 400);
  for (const Prompt& prompt : prompts) {
    if (prompt.demonstrations.empty()) continue;
    ++with;
    wrong += prompt.demonstrations[0].verdict.right() ? 0 : 1;
  }
  EXPECT_NEAR(with, 120, 40);
  EXPECT_NEAR(wrong, 0.25 * with, 25);
}

TEST_P(EveryTask, StylesDifferAndMixedDrawsAllThree) {
  const auto terse = examples(GetParam(), "{expert: {style: terse}}", 30),
             full = examples(GetParam(), "{}", 30);
  size_t terse_bytes = 0, full_bytes = 0;
  for (size_t i = 0; i < terse.size(); ++i) {
    terse_bytes += terse[i].demonstrations[0].text.size();
    full_bytes += full[i].demonstrations[0].text.size();
  }
  EXPECT_LT(terse_bytes, full_bytes);
  std::map<std::string, int> drawn;
  for (const Prompt& prompt : examples(
           GetParam(), "{expert: {style: mixed, weights: {terse: 1, full: 2, search: 1}}}", 200))
    ++drawn[prompt.demonstrations[0].style];
  EXPECT_NEAR(drawn["terse"], 50, 25);
  EXPECT_NEAR(drawn["full"], 100, 30);
  EXPECT_NEAR(drawn["search"], 50, 25);
}

TEST_P(EveryTask, GarbageEarnsNothingAndNeverThrows) {
  Sequence random({.seed = 11, .purpose = Purpose::data});
  const std::string big(300'000, '('), many(5000, '9');
  std::vector<std::string> garbage = {
      "",          "#",   "# ",    "#\n",   "# #",    "no answer",  "# " + big, big,
      "# " + many, "# -", "# 1/0", "# (((", "# 9**9", "# \xff\xfe", "# nan",    "# none of these"};
  for (int i = 0; i < 60; ++i) {
    std::string bytes = i % 2 == 0 ? "# " : "";
    for (int64_t n = random.between(1, 60); n > 0; --n)
      bytes += static_cast<char>(i % 3 == 0 ? random.between(0, 255) : random.between(32, 126));
    garbage.push_back(bytes);
  }
  for (const Prompt& prompt : examples(GetParam(), "{}", 8)) {
    for (const std::string& response : garbage)
      EXPECT_FALSE(verify(prompt, response).right())
          << prompt.gold << " | " << response.substr(0, 80);
    const std::string right = prompt.demonstrations[0].text, answer = test::answer_in(right);
    EXPECT_FALSE(verify(prompt, answer).right()) << "without the mark";
    EXPECT_FALSE(verify(prompt, right + " # 7 7 7").right()) << "only the last mark counts";
    EXPECT_TRUE(verify(prompt, "# 7 7 7 " + right).right());
    EXPECT_TRUE(verify(prompt, "# " + answer + " \n").right());
    for (const std::string& gold : {std::string(), std::string("??"), prompt.gold + " ~"})
      EXPECT_NO_THROW(verify(prompt.verifier, {.gold = gold}, right));
    EXPECT_NE(verify(prompt.verifier, {.gold = ""}, right).outcome, Outcome::right);
  }
}

TEST_P(EveryTask, TrainingProblemsAreOutsideTheSuiteInAnyWordingAndStyle) {
  PromptSet suite;
  std::set<std::string> keys;
  for (const Prompt& prompt : examples(GetParam(), "{}", 100, 7000))
    suite.add(prompt), keys.insert(prompt.key);
  const auto training = stream_of(GetParam(), "{wording: question, expert: {style: terse}}");
  for (uint64_t i = 0; i < 300; ++i) {
    const Drawn drawn = generate_outside(*training, "train", 1, i, suite);
    EXPECT_FALSE(keys.contains(drawn.prompt.key)) << drawn.prompt.text;
  }
  for (const Prompt& prompt : examples(GetParam(), "{wording: question}", 100, 7000))
    EXPECT_TRUE(suite.contains(prompt));
}

TEST_P(EveryTask, RowsSurviveTheirFile) {
  const Prompt prompt = example(GetParam(), "{expert: {traces: 2}}", 1);
  const nlohmann::json json = prompt;
  EXPECT_EQ(nlohmann::json(prompt_from_json(json, "test")).dump(), json.dump());
}

TEST_P(EveryTask, SettingsAreCheckedWithASentence) {
  EXPECT_THROW(stream_of(GetParam(), "{expert: {style: verbose}}"), UserError);
  EXPECT_THROW(stream_of(GetParam(), "{expert: {error_rate: 1.5}}"), UserError);
  EXPECT_THROW(stream_of(GetParam(), "{expert: {weights: {terse: 0, full: 0, search: 0}}}"),
               UserError);
  EXPECT_THROW(stream_of(GetParam(), "{no_such_setting: 1}"), UserError);
  EXPECT_THAT(find_task(GetParam()).markdown(), testing::HasSubstr("expert.error_rate"));
  const auto settings = stream_of(GetParam(), "{expert: {traces: 3}}")->settings();
  EXPECT_EQ(settings.at("expert").at("traces"), 3);
}

TEST(Keys, ProblemsInAnotherOrderAreTheSame) {
  // Tasks whose key does not see the order of what is given: the sum over both orders of two numbers gives one key.
  std::set<std::string> keys;
  for (const Prompt& prompt :
       examples("gcd", "{values: {low: 1, high: 3}, common: {low: 1, high: 1}}", 200))
    keys.insert(prompt.key);
  EXPECT_EQ(keys.size(), 6u);  // multisets of two out of three
  keys.clear();
  for (const Prompt& prompt :
       examples("multiplication",
                "{left_digits: {low: 1, high: 1}, right_digits: {low: 1, high: 1}}", 2000))
    keys.insert(prompt.key);
  EXPECT_EQ(keys.size(), 36u);  // multisets of two out of 2..9
  keys.clear();
  std::set<std::string> texts;
  for (const Prompt& prompt : examples("twentyfour", "{values: {low: 1, high: 6}}", 400))
    keys.insert(prompt.key), texts.insert(prompt.text);
  EXPECT_LT(keys.size(), texts.size());
}

TEST(PromptSets, PromptsWithoutAKeyAreFoundByTextOnly) {
  Prompt with;
  with.text = "3 5 -> 8 ?";
  Prompt without = with;
  with.key = "t:3 5";
  PromptSet set;
  set.add(with);
  EXPECT_TRUE(set.contains(with));
  EXPECT_TRUE(set.contains(without));
  EXPECT_FALSE(set.contains("t:3 5"));
  Prompt reworded = with;
  reworded.text = "What is 3 and 5?";
  EXPECT_TRUE(set.contains(reworded));
  reworded.key.clear();
  EXPECT_FALSE(set.contains(reworded));
}

}  // namespace
}  // namespace rlreason::data
