// Each knob of the generated tasks changes what its help says, and settings that cannot be met are refused with a sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "core/error.h"
#include "tests/datasets/task_support.h"

namespace rlreason::data {
namespace {

using test::examples;
using test::numbers_in;
using test::split;
using test::steps_in;

struct Knob {
  const char *task, *settings;
  std::function<bool(const Prompt&)> holds;
};

bool has(const Prompt& prompt, std::string_view text) {
  return prompt.text.find(text) != std::string::npos;
}
size_t count(const Prompt& prompt) { return numbers_in(prompt.text).size(); }
int64_t largest(const Prompt& prompt) {
  const std::vector<int64_t> numbers = numbers_in(prompt.text);
  return *std::max_element(numbers.begin(), numbers.end());
}
int64_t smallest(const Prompt& prompt) {
  const std::vector<int64_t> numbers = numbers_in(prompt.text);
  return *std::min_element(numbers.begin(), numbers.end());
}

const Knob kKnobs[] = {
    {"addition", "{terms: {low: 5, high: 5}}", [](const Prompt& p) { return count(p) == 5; }},
    {"addition", "{digits: {low: 4, high: 4}}",
     [](const Prompt& p) { return largest(p) >= 1000 && largest(p) < 10000; }},
    {"addition", "{base: 2}",
     [](const Prompt& p) { return p.text.find_first_of("23456789", 8) == std::string::npos; }},
    {"base", "{values: {low: 500, high: 600}}",
     [](const Prompt& p) { return std::stoll(p.gold) >= 500 && std::stoll(p.gold) <= 600; }},
    {"base", "{from: {low: 16, high: 16}, to: {low: 2, high: 2}}",
     [](const Prompt& p) {
       return has(p, "in base 16") && p.gold.find_first_not_of("01") == std::string::npos;
     }},
    {"boolean", "{variables: {low: 5, high: 5}, formulas: {low: 4, high: 4}}",
     [](const Prompt& p) { return has(p, " e=") && p.gold.size() == 4; }},
    {"boolean", "{operators: '^', negation: false}",
     [](const Prompt& p) {
       return has(p, "^") && p.text.find_first_of("&|>!") == std::string::npos;
     }},
    {"countdown", "{numbers: {low: 5, high: 5}}", [](const Prompt& p) { return count(p) == 6; }},
    {"countdown", "{target: {low: 40, high: 50}}",
     [](const Prompt& p) {
       return numbers_in(p.text).back() >= 40 && numbers_in(p.text).back() <= 50;
     }},
    {"countdown", "{operators: '+-'}",
     [](const Prompt& p) {
       return p.demonstrations[0].text.find_first_of("*/") == std::string::npos;
     }},
    {"gcd", "{arguments: 4}", [](const Prompt& p) { return count(p) == 4; }},
    {"gcd", "{common: {low: 7, high: 7}}",
     [](const Prompt& p) { return std::stoll(p.gold) % 7 == 0; }},
    {"gsm", "{stories: [wage]}", [](const Prompt& p) { return has(p, "dollars an hour"); }},
    {"gsm", "{values: {low: 20, high: 30}, stories: [bags]}",
     [](const Prompt& p) { return smallest(p) >= 20; }},
    {"hanoi", "{disks: {low: 5, high: 5}, start: tower, goal: tower, moves: {low: 31, high: 31}}",
     [](const Prompt& p) { return p.gold.ends_with("in 31"); }},
    {"hanoi", "{shortest: false}",
     [](const Prompt& p) { return p.gold.find(" in ") == std::string::npos; }},
    {"knights", "{people: {low: 5, high: 5}}", [](const Prompt& p) { return p.gold.size() == 5; }},
    {"knights", "{statements: 2}",
     [](const Prompt& p) { return split(p.text, " says ").size() - 1 == 2 * p.gold.size(); }},
    {"linear", "{both_sides: true}",
     [](const Prompt& p) { return split(p.text.substr(0, p.text.find(',')), "x").size() == 3; }},
    {"linear", "{solutions: {low: 4, high: 4}}", [](const Prompt& p) { return p.gold == "4"; }},
    {"modular", "{modulus: {low: 5, high: 5}}",
     [](const Prompt& p) { return has(p, " mod 5 ") && std::stoll(p.gold) < 5; }},
    {"modular", "{depth: {low: 4, high: 4}, operators: '+'}",
     [](const Prompt& p) {
       return split(p.text, "(").size() > 4 && p.text.find_first_of("-*") == std::string::npos;
     }},
    {"multiplication", "{left_digits: {low: 3, high: 3}}",
     [](const Prompt& p) { return numbers_in(p.text)[0] >= 100 && numbers_in(p.text)[0] < 1000; }},
    {"path", "{kind: star, arms: {low: 4, high: 4}, length: {low: 2, high: 2}}",
     [](const Prompt& p) { return p.category == "9 places, 2 steps"; }},
    {"path", "{kind: grid, walls: 0, side: {low: 4, high: 4}}",
     [](const Prompt& p) { return !has(p, "x") && p.text.size() == 22; }},
    {"permutation", "{size: {low: 6, high: 6}, length: {low: 7, high: 7}}",
     [](const Prompt& p) { return p.gold.size() == 6 && split(p.text, ", ").size() == 8; }},
    {"polynomial", "{degree: {low: 3, high: 3}}",
     [](const Prompt& p) { return has(p, "x^3") && p.gold.find("x^6") != std::string::npos; }},
    {"rewriting", "{operations: {low: 3, high: 3}, kinds: [reverse]}",
     [](const Prompt& p) { return split(p.text, "reverse").size() == 4; }},
    {"rewriting", "{length: {low: 9, high: 9}, alphabet: 2, kinds: [rotate]}",
     [](const Prompt& p) {
       return p.gold.size() == 9 && p.gold.find_first_not_of("ab") == std::string::npos;
     }},
    {"sat", "{literals: {low: 2, high: 2}, clauses: {low: 7, high: 7}}",
     [](const Prompt& p) {
       return split(p.text, "(").size() == 8 && p.category.starts_with("(2,4,7)");
     }},
    {"sorting", "{operation: down, length: {low: 7, high: 7}}",
     [](const Prompt& p) { return has(p, "sort down") && count(p) == 7; }},
    {"sudoku", "{empty: {low: 10, high: 10}}",
     [](const Prompt& p) { return split(p.gold, ".").size() == 11; }},
    {"twentyfour", "{numbers: 3, target: 10}",
     [](const Prompt& p) { return count(p) == 4 && has(p, "-> 10 ?"); }},
    {"chain",
     "{first: {task: modular, depth: {low: 1, high: 1}}, second: {task: addition, terms: {low: 4, "
     "high: 4}}}",
     [](const Prompt& p) { return has(p, " mod ") && has(p, "+") && has(p, "X"); }},
};

TEST(Knobs, ChangeWhatTheySay) {
  for (const Knob& knob : kKnobs) {
    int before = 0;
    for (const Prompt& prompt : examples(knob.task, "{}", 30)) before += knob.holds(prompt) ? 1 : 0;
    EXPECT_LT(before, 30) << knob.task << " " << knob.settings << ": holds without it";
    for (const Prompt& prompt : examples(knob.task, knob.settings, 30))
      EXPECT_TRUE(knob.holds(prompt))
          << knob.task << " " << knob.settings << ": " << prompt.text << " | " << prompt.gold;
  }
}

TEST(Knobs, TracesAreAsManyAsAskedWhereTextsCanDiffer) {
  for (const char* task : {"gcd", "countdown", "addition", "modular", "hanoi"})
    for (const Prompt& prompt : examples(task, "{expert: {style: search, traces: 3}}", 30))
      EXPECT_EQ(prompt.demonstrations.size(), 3u) << task;
}

TEST(Knobs, DeadEndsBoundTheWrongTurns) {
  for (const int most : {1, 4}) {
    int longest = 0;
    for (const Prompt& prompt :
         examples("hanoi", fmt::format("{{expert: {{style: search, dead_ends: {}}}}}", most), 60)) {
      int run = 0;
      for (const std::string& step : steps_in(prompt.demonstrations[0].text)) {
        run = step.find(" no: ") != std::string::npos ? run + 1 : 0;
        longest = std::max(longest, run);
      }
    }
    EXPECT_LE(longest, most);
    EXPECT_EQ(longest > 1, most > 1);
  }
}

TEST(Knobs, SettingsThatCannotBeMetAreRefused) {
  const std::pair<const char*, const char*> refused[] = {
      {"addition", "{digits: {low: 0, high: 3}}"},
      {"addition", "{terms: {low: 3, high: 2}}"},
      {"base", "{from: {low: 7, high: 7}, to: {low: 7, high: 7}}"},
      {"boolean", "{operators: '&x'}"},
      {"countdown", "{operators: '++'}"},
      {"countdown", "{operators: '^'}"},
      {"countdown", "{numbers: {low: 7, high: 7}}"},
      {"linear", "{coefficients: {low: 0, high: 0}}"},
      {"linear", "{coefficients: {low: 3, high: 3}, both_sides: true}"},
      {"path", "{kind: star, arms: {low: 12, high: 12}, length: {low: 9, high: 9}}"},
      {"polynomial", "{coefficients: {low: 0, high: 0}}"},
      {"rewriting", "{kinds: []}"},
      {"sat", "{literals: {low: 5, high: 5}, variables: {low: 3, high: 3}}"},
      {"sat", "{difficulty_low: 50}"},
      {"sorting", "{values: {low: 1, high: 3}, length: {low: 5, high: 5}}"},
      {"chain", "{first: {task: ledger}}"},
      {"chain", "{first: {}}"},
      {"chain", "{first: {task: gcdd}}"},
      {"chain", "{second: {task: gcd, valuess: 1}}"},
  };
  for (const auto& [task, settings] : refused)
    EXPECT_THROW(test::stream_of(task, settings), UserError) << task << " " << settings;
  // Found only by drawing.
  const std::pair<const char*, const char*> empty[] = {
      {"countdown", "{target: {low: 90000, high: 90001}}"},
      {"twentyfour", "{values: {low: 1, high: 1}}"},
      {"hanoi", "{disks: {low: 2, high: 2}, moves: {low: 9, high: 9}}"},
      {"path", "{length: {low: 50, high: 50}}"},
      {"gsm", "{values: {low: 900, high: 999}, stories: [change]}"},
      {"chain", "{second: {task: sat}}"}};
  for (const auto& [task, settings] : empty)
    EXPECT_THROW(examples(task, settings, 1), UserError) << task << " " << settings;
}

}  // namespace
}  // namespace rlreason::data
