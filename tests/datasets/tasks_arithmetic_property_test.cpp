// The arithmetic families by another way: golds recomputed from the prompt's text, every written step checked by reading it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <set>

#include "tests/datasets/task_support.h"

namespace rlreason::data {
namespace {

using test::answer_in;
using test::calculated;
using test::examples;
using test::expect_equation;
using test::numbers_in;
using test::split;
using test::steps_in;

constexpr uint64_t kRows = 300;
const std::string& full(const Prompt& prompt) { return prompt.demonstrations.at(0).text; }

TEST(GcdByHand, DividesAllAndEveryLineIsADivision) {
  for (const char* settings :
       {"{}", "{arguments: 3, values: {low: 100, high: 9999}}", "{wording: question}"})
    for (const Prompt& prompt : examples("gcd", settings, kRows)) {
      const std::vector<int64_t> numbers = numbers_in(prompt.text);
      int64_t greatest = 0;
      for (int64_t d = 1; d <= numbers[0]; ++d)
        if (std::all_of(numbers.begin(), numbers.end(), [&](int64_t n) { return n % d == 0; }))
          greatest = d;
      ASSERT_EQ(prompt.gold, std::to_string(greatest)) << prompt.text;
      int64_t last_divisor = 0;
      for (const std::string& step : steps_in(full(prompt))) {
        const auto parts = numbers_in(step);  // a = q * b + r
        ASSERT_EQ(parts.size(), 4u);
        ASSERT_EQ(parts[0], parts[1] * parts[2] + parts[3]) << step;
        ASSERT_LT(parts[3], parts[2]);
        if (parts[3] == 0) last_divisor = parts[2];
      }
      ASSERT_EQ(last_divisor, greatest);
    }
}

TEST(MultiplicationByHand, EveryStepHoldsAndDigitsAreWritten) {
  for (const char* settings :
       {"{}", "{left_digits: {low: 4, high: 5}, right_digits: {low: 3, high: 3}}"})
    for (const Prompt& prompt : examples("multiplication", settings, kRows)) {
      const std::vector<int64_t> numbers = numbers_in(prompt.text);
      int64_t product = 0;  // by adding
      for (int64_t i = 0; i < numbers[1]; ++i) product += numbers[0];
      ASSERT_EQ(prompt.gold, std::to_string(product)) << prompt.text;
      for (const std::string& step : steps_in(full(prompt))) {
        const size_t w = step.find(" w");
        expect_equation(step.substr(0, w));
        if (w == std::string::npos) continue;
        const auto written = numbers_in(step.substr(w));
        const auto value = numbers_in(step.substr(0, w)).back();
        ASSERT_EQ(value, written[0] + 10 * (written.size() > 1 ? written[1] : 0)) << step;
      }
    }
}

// "46+55-3" in a base.
int64_t sum_in_base(const std::string& text, int base) {
  int64_t total = 0;
  int sign = 1;
  std::string number;
  for (const char c : text + "+") {
    if (c == ' ') continue;
    if (c != '+' && c != '-') {
      number += c;
      continue;
    }
    total += sign * std::strtoll(number.c_str(), nullptr, base);
    number.clear();
    sign = c == '-' ? -1 : 1;
  }
  return total;
}

TEST(AdditionByHand, TotalsAndColumnsHoldInEveryBase) {
  for (const int base : {2, 7, 10, 16}) {
    const auto settings =
        fmt::format("{{base: {}, operators: '+-', terms: {{low: 2, high: 5}}}}", base);
    int differences = 0;
    for (const Prompt& prompt : examples("addition", settings, kRows)) {
      const size_t colon = prompt.text.find(": ");
      const std::string sum = prompt.text.substr(colon == std::string::npos ? 0 : colon + 2);
      differences += sum.find('-') != std::string::npos ? 1 : 0;
      const int64_t total = sum_in_base(sum.substr(0, sum.find(" =")), base);
      ASSERT_GE(total, 0);
      ASSERT_EQ(std::strtoll(prompt.gold.c_str(), nullptr, base), total) << prompt.text;
      for (const std::string& step : steps_in(full(prompt))) {
        const size_t w = step.find(" w");
        const std::vector<std::string> sides = split(step.substr(0, w), "=");
        if (sides.size() == 2) {
          ASSERT_EQ(sum_in_base(sides[0], base), sum_in_base(sides[1], base)) << step;
        }
        if (w != std::string::npos) {
          ASSERT_EQ(step[w + 2], sides.back().back()) << step;
          ASSERT_EQ(step.find(" c1") != std::string::npos, sides.back().size() > 1) << step;
        }
      }
    }
    EXPECT_GT(differences, 100);
  }
}

TEST(BaseByHand, ValuesAgreeAndDivisionsHold) {
  for (const char* settings :
       {"{}", "{from: {low: 10, high: 16}, to: {low: 2, high: 16}, values: {low: 1, high: 99999}}"})
    for (const Prompt& prompt : examples("base", settings, kRows)) {
      const std::vector<std::string> words =
          split(prompt.text, " ");  // 352 in base 7 = ? in base 9
      const int from = std::atoi(words[3].c_str()), to = std::atoi(words[8].c_str());
      ASSERT_NE(from, to);
      ASSERT_EQ(std::strtoll(words[0].c_str(), nullptr, from),
                std::strtoll(prompt.gold.c_str(), nullptr, to));
      for (const std::string& step : steps_in(full(prompt)))
        if (step.find('=') != std::string::npos) expect_equation(step);
    }
}

// Fully bracketed expression modulo m, from the innermost bracket out.
int64_t nested(std::string_view text, size_t& at, int64_t modulus) {
  const auto operand = [&] {
    if (text[at] == '(') {
      ++at;
      const int64_t inner = nested(text, at, modulus);
      ++at;
      return inner;
    }
    int64_t number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
      number = 10 * number + (text[at++] - '0');
    return number % modulus;
  };
  int64_t left = operand();
  while (at < text.size() && text[at] != ')') {
    const char op = text[at++];
    const int64_t right = operand();
    left = op == '+' ? left + right : op == '-' ? left + modulus - right : left * right;
    left %= modulus;
  }
  return left;
}

TEST(ModularByHand, RemaindersAgreeAndStepsHold) {
  for (const char* settings : {"{}", "{depth: {low: 3, high: 5}, values: {low: 0, high: 99}}"})
    for (const Prompt& prompt : examples("modular", settings, kRows)) {
      const std::vector<std::string> parts = split(prompt.text, " ");
      const int64_t modulus = std::atoll(parts[2].c_str());
      size_t at = 0;
      ASSERT_EQ(prompt.gold, std::to_string(nested(parts[0], at, modulus))) << prompt.text;
      for (const std::string& step : steps_in(full(prompt))) {
        const std::vector<std::string> said = split(step, " is ");
        expect_equation(said[0]);
        const auto value = static_cast<int64_t>(calculated(split(said[0], "=")[1]));
        ASSERT_EQ(std::atoll(split(said.back(), "=").back().c_str()),
                  (value % modulus + modulus) % modulus)
            << step;
      }
    }
}

TEST(LinearByHand, TheSolutionSolvesEveryLine) {
  for (const char* settings :
       {"{}", "{both_sides: true}",
        "{both_sides: true, fractions: true, coefficients: {low: -9, high: 9}}"})
    for (const Prompt& prompt : examples("linear", settings, kRows)) {
      const double x = calculated(prompt.gold);
      expect_equation(prompt.text.substr(0, prompt.text.find(',')), x);
      for (const std::string& step : steps_in(full(prompt))) expect_equation(step, x);
      const std::vector<int64_t> parts = numbers_in(prompt.gold);
      if (parts.size() == 2) {
        EXPECT_EQ(std::gcd(parts[0], parts[1]), 1);
        EXPECT_GT(parts[1], 1);
      }
    }
}

TEST(PolynomialByHand, ProductsAndDerivativesAgreeAtPoints) {
  for (const Prompt& prompt :
       examples("polynomial", "{degree: {low: 1, high: 3}, dense: false}", kRows)) {
    const std::string question = prompt.text.substr(0, prompt.text.find(" ="));
    for (const double x : {-3.0, -1.0, 0.0, 2.0, 5.0}) {
      ASSERT_DOUBLE_EQ(calculated(question, x), calculated(prompt.gold, x)) << prompt.text;
      for (const std::string& step : steps_in(full(prompt))) expect_equation(step, x);
    }
  }
  for (const Prompt& prompt :
       examples("polynomial", "{operation: derivative, degree: {low: 1, high: 4}}", kRows)) {
    const std::string f = prompt.text.substr(5, prompt.text.find(" =") - 5);
    for (const double x : {-2.0, 0.0, 1.0, 3.0}) {
      const double h = 1e-3, slope = (calculated(f, x + h) - calculated(f, x - h)) / (2 * h);
      ASSERT_NEAR(slope, calculated(prompt.gold, x), 1e-2) << prompt.text;
    }
  }
}

TEST(NumberGamesByHand, ExpressionsReachTheTargetWithTheGivenNumbers) {
  for (const auto& [task, settings] :
       {std::pair{"countdown", "{numbers: {low: 2, high: 5}}"},
        {"countdown", "{some: true, numbers: {low: 4, high: 5}, expert: {traces: 3}}"},
        {"twentyfour", "{fractions: true, expert: {traces: 2}}"}})
    for (const Prompt& prompt : examples(task, settings, 80)) {
      std::vector<int64_t> given = numbers_in(prompt.text);
      const int64_t target = given.back();
      given.pop_back();
      std::sort(given.begin(), given.end());
      for (const Demonstration& demonstration : prompt.demonstrations) {
        const std::string answer = answer_in(demonstration.text);
        EXPECT_NEAR(calculated(answer), static_cast<double>(target), 1e-9) << answer;
        std::vector<int64_t> used = numbers_in(answer);
        std::sort(used.begin(), used.end());
        EXPECT_TRUE(std::includes(given.begin(), given.end(), used.begin(), used.end()));
        EXPECT_EQ(used.size() == given.size() || prompt.text.starts_with("some of"), true);
        for (const std::string& step : steps_in(demonstration.text))
          expect_equation(step.substr(0, step.find(" (")));
      }
    }
}

TEST(NumberGamesByHand, WhatIsLeftAfterAStepIsWritten) {
  for (const Prompt& prompt : examples("countdown", "{numbers: {low: 3, high: 6}}", 200)) {
    std::vector<int64_t> left = numbers_in(prompt.text);
    const int64_t target = left.back();
    left.pop_back();
    for (const std::string& step : steps_in(full(prompt))) {
      const std::vector<int64_t> parts = numbers_in(step);  // a op b = c (what is left)
      for (const int64_t used : {parts[0], parts[1]}) {
        const auto it = std::find(left.begin(), left.end(), used);
        ASSERT_NE(it, left.end()) << step;
        left.erase(it);
      }
      left.push_back(parts[2]);
      if (left.size() > 1) {
        const std::multiset<int64_t> said(parts.begin() + 3, parts.end());
        ASSERT_EQ(std::multiset<int64_t>(left.begin(), left.end()), said) << step;
      }
    }
    ASSERT_EQ(left, std::vector{target});
  }
}

TEST(NumberGamesByHand, SearchesEndDeadAndGoOnAlive) {
  for (const Prompt& prompt :
       examples("countdown", "{numbers: {low: 4, high: 4}, expert: {style: search}}", 200)) {
    const int64_t target = numbers_in(prompt.text).back();
    int dead = 0;
    for (const std::string& step : steps_in(full(prompt))) {
      const bool no = step.ends_with(" no");
      dead += no ? 1 : 0;
      const std::vector<std::string> tried =
          split(no ? step.substr(0, step.size() - 3) : step.substr(0, step.find(" (")), ", ");
      for (const std::string& each : tried) expect_equation(each);
      if (no) {
        EXPECT_NE(numbers_in(tried.back()).back(), target) << step;
      }
    }
    EXPECT_GE(dead, 1);
    EXPECT_LE(dead, 6);
  }
}

TEST(GsmByHand, AnswersFollowFromTheTexts) {
  const auto value_of = [](const std::string& name, const std::vector<int64_t>& n) -> int64_t {
    if (name == "bags") return n[0] + n[1] * n[2];
    if (name == "wage") return n[0] * n[1] * n[2];
    if (name == "seats") return n[0] * n[1] - n[2];
    if (name == "boxes") return n[0] * n[1] / n[2];
    if (name == "ride") return n[0] * n[1] + 2 * n[2];
    if (name == "ages") return n[0] + n[0] * n[1] + n[2];
    if (name == "change") return 10 * n[0] - n[2] * n[3];
    return 20 * n[0] - n[2] * n[3];
  };
  std::map<std::string, int> seen;
  for (const Prompt& prompt : examples("gsm", "{}", 400)) {
    const std::string name = prompt.category.substr(0, prompt.category.find(' '));
    ++seen[name];
    ASSERT_EQ(prompt.gold, std::to_string(value_of(name, numbers_in(prompt.text)))) << prompt.text;
    for (const std::string& step : steps_in(full(prompt))) expect_equation(step);
    ASSERT_EQ(prompt.text.find('{'), std::string::npos);
  }
  EXPECT_EQ(seen.size(), 8u);
  for (const auto& [name, count] : seen) EXPECT_GT(count, 20) << name;
}

TEST(GsmByHand, FurtherClausesCountAndUselessOnesDoNot) {
  const auto plain = examples("gsm", "{noop: 0, clauses: {low: 2, high: 2}}", 200),
             noop = examples("gsm", "{noop: 1, clauses: {low: 2, high: 2}}", 200);
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(plain[i].gold, noop[i].gold);
    EXPECT_EQ(plain[i].key, noop[i].key);
    EXPECT_EQ(numbers_in(noop[i].text).size(), numbers_in(plain[i].text).size() + 1)
        << noop[i].text;
    EXPECT_EQ(full(plain[i]), full(noop[i]));
    EXPECT_GE(steps_in(full(plain[i])).size(), 4u);
  }
  for (const Prompt& prompt : examples("gsm", "{names: rare}", 100))
    for (const char* name : {"Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry",
                             "Ida ", "Jonas", "Lena", "Max"})
      EXPECT_EQ(prompt.text.find(name), std::string::npos);
}

TEST(ChainByHand, TheSecondProblemNeedsTheFirstAnswer) {
  for (const Prompt& prompt :
       examples("chain", "{}", 200)) {  // X = [gcd(a, b) = ?] [c * d = ?], X in c or d
    const std::vector<int64_t> n = numbers_in(prompt.text);
    std::string second = prompt.text.substr(prompt.text.rfind('[') + 1);
    second = second.substr(0, second.find(" ="));
    const size_t at = second.find('X');
    ASSERT_NE(at, std::string::npos) << prompt.text;
    second[at] = 'x';
    ASSERT_EQ(prompt.gold,
              fmt::format("{:.0f}", calculated(second, static_cast<double>(std::gcd(n[0], n[1])))))
        << prompt.text;
    const auto steps = steps_in(full(prompt));
    EXPECT_NE(std::find(steps.begin(), steps.end(), fmt::format("X={}", std::gcd(n[0], n[1]))),
              steps.end());
  }
}

}  // namespace
}  // namespace rlreason::data
