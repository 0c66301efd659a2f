// The families of lists, strings and formulas by another way: golds recomputed from the prompt's text, every written step read.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/datasets/task_support.h"

namespace rlreason::data {
namespace {

using test::examples;
using test::numbers_in;
using test::split;
using test::steps_in;

constexpr uint64_t kRows = 200;
const std::string& full(const Prompt& prompt) { return prompt.demonstrations.at(0).text; }

TEST(SortingByHand, EveryOperationAgrees) {
  std::set<std::string> seen;
  for (const Prompt& prompt :
       examples("sorting", "{operation: mixed, length: {low: 2, high: 8}}", kRows)) {
    std::vector<int64_t> numbers = numbers_in(prompt.text);
    const bool limited = prompt.text.find(" above ") != std::string::npos;
    std::vector<int64_t> kept;
    if (limited)
      std::copy_if(numbers.begin() + 1, numbers.end(), std::back_inserter(kept),
                   [&](int64_t n) { return n > numbers[0]; });
    else
      std::sort(numbers.begin(), numbers.end());
    if (prompt.text.starts_with("sort down")) std::reverse(numbers.begin(), numbers.end());
    std::string expected;
    for (const int64_t n : limited ? kept : numbers)
      expected += (expected.empty() ? "" : " ") + std::to_string(n);
    if (prompt.text.starts_with("count")) expected = std::to_string(kept.size());
    if (expected.empty()) expected = "none";
    ASSERT_EQ(prompt.gold, expected) << prompt.text;
    for (const std::string& step : steps_in(full(prompt))) {
      const std::vector<std::string> parts = split(step, ": ");
      const std::vector<int64_t> before = numbers_in(parts[0]);
      if (limited) {
        ASSERT_EQ(parts[1], before[0] > before[1] ? "T" : "F") << step;
        continue;
      }
      const bool down = prompt.text.starts_with("sort down");
      ASSERT_EQ(numbers_in(parts[1])[0], down ? *std::max_element(before.begin(), before.end())
                                              : *std::min_element(before.begin(), before.end()));
    }
    seen.insert(split(prompt.text, " ")[0] + split(prompt.text, " ")[1].substr(0, 4));
  }
  EXPECT_GE(seen.size(), 4u);
}

TEST(PermutationByHand, RowsFollowTheMoves) {
  for (const char* asked : {"row", "place"})
    for (const Prompt& prompt : examples(
             "permutation",
             fmt::format("{{moves: all, asked: {}, length: {{low: 3, high: 9}}}}", asked), kRows)) {
      std::string row = prompt.text.substr(0, prompt.text.find(':'));
      std::vector<std::string> moves = split(prompt.text.substr(row.size() + 2), ", ");
      const std::string question = moves.back();
      moves.pop_back();
      std::vector<std::string> expected;
      for (const std::string& move : moves) {
        const std::vector<int64_t> n = numbers_in(move);
        std::string next;
        for (int64_t place = 1; place <= static_cast<int64_t>(row.size()); ++place) {
          int64_t from = place;
          if (move.starts_with("swap")) from = place == n[0] ? n[1] : place == n[1] ? n[0] : place;
          if (move.starts_with("turn") && place >= n[0] && place <= n[1])
            from = n[0] + n[1] - place;
          if (move.starts_with("move")) {
            if (place == n[1])
              from = n[0];
            else if (n[0] < n[1])
              from = place >= n[0] && place < n[1] ? place + 1 : place;
            else
              from = place > n[1] && place <= n[0] ? place - 1 : place;
          }
          next += row[static_cast<size_t>(from - 1)];
        }
        row = next;
        expected.push_back(move + ": " + row);
      }
      ASSERT_EQ(steps_in(full(prompt)), expected);
      if (question == "?")
        ASSERT_EQ(prompt.gold, row);
      else
        ASSERT_EQ(prompt.gold, std::to_string(row.find(question[9]) + 1)) << prompt.text;
    }
}

TEST(RewritingByHand, StringsFollowTheOperations) {
  for (const char* asked : {"string", "count"})
    for (const Prompt& prompt :
         examples("rewriting",
                  fmt::format("{{asked: {}, operations: {{low: 1, high: 5}}, alphabet: 26, shift: "
                              "{{low: 1, high: 25}}}}",
                              asked),
                  kRows)) {
      std::string s = prompt.text.substr(0, prompt.text.find(':'));
      std::vector<std::string> operations = split(prompt.text.substr(s.size() + 2), ", ");
      const std::string question = operations.back();
      operations.pop_back();
      for (const std::string& operation : operations) {
        std::string next;
        const std::vector<int64_t> n = numbers_in(operation);
        for (size_t i = 0; i < s.size(); ++i) {
          if (operation == "reverse") next.insert(next.begin(), s[i]);
          if (operation.starts_with("shift"))
            next += "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"[s[i] - 'a' + n[0]];
          if (operation.starts_with("rotate")) next += (s + s)[i + static_cast<size_t>(n[0])];
          if (operation.starts_with("replace")) next += s[i] == operation[8] ? operation[10] : s[i];
        }
        s = next;
        ASSERT_NE(full(prompt).find("; " + s + "; "), std::string::npos) << full(prompt);
      }
      const auto expected =
          question == "?" ? s : std::to_string(std::count(s.begin(), s.end(), question[6]));
      ASSERT_EQ(prompt.gold, expected) << prompt.text;
    }
}

// Fully bracketed formulas: operand [op operand].
bool truth(std::string_view text, size_t& at, const std::map<char, bool>& values) {
  const auto operand = [&] {
    bool negated = false;
    for (; text[at] == '!'; ++at) negated = !negated;
    bool result;
    if (text[at] == '(') {
      ++at;
      result = truth(text, at, values);
      ++at;
    } else {
      result = values.at(text[at++]);
    }
    return result != negated;
  };
  const bool left = operand();
  if (at >= text.size() || text[at] == ')') return left;
  const char op = text[at++];
  const bool right = operand();
  return op == '&'   ? left && right
         : op == '|' ? left || right
         : op == '^' ? left != right
                     : !left || right;
}

TEST(BooleanByHand, FormulasAndStepsAreTrue) {
  for (const Prompt& prompt : examples(
           "boolean", "{operators: '&|^>', depth: {low: 1, high: 4}, formulas: {low: 1, high: 4}}",
           kRows)) {
    const std::vector<std::string> parts =
        split(prompt.text.substr(0, prompt.text.find(" = ?")), ": ");
    std::map<char, bool> values;
    for (const std::string& given : split(parts[0], " ")) values[given[0]] = given[2] == 'T';
    std::string expected;
    for (const std::string& formula : split(parts[1], ", ")) {
      size_t at = 0;
      expected += truth(formula, at, values) ? 'T' : 'F';
      ASSERT_EQ(at, formula.size()) << formula;
    }
    ASSERT_EQ(prompt.gold, expected) << prompt.text;
    for (const std::string& step : steps_in(full(prompt))) {
      if (step.size() == 1) continue;
      size_t at = 0;
      const bool value = truth(step.substr(0, step.find('=')), at, {{'T', true}, {'F', false}});
      ASSERT_EQ(step.back(), value ? 'T' : 'F') << step;
    }
  }
}

}  // namespace
}  // namespace rlreason::data
