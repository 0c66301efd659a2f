// The families of puzzles by another way: golds recomputed from the prompt's text, every written step read.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "datasets/tasks/saturn.h"
#include "tests/datasets/task_support.h"

namespace rlreason::data {
namespace {

using test::answer_in;
using test::examples;
using test::numbers_in;
using test::split;
using test::steps_in;

constexpr uint64_t kRows = 200;
const std::string& full(const Prompt& prompt) { return prompt.demonstrations.at(0).text; }

// "B=N", "A!=C", "A=K&B=K" under kinds.
bool said_truly(const std::string& claim, const std::string& kinds) {
  const auto kind = [&](char c) {
    return c == 'K' || c == 'N' ? c : kinds[static_cast<size_t>(c - 'A')];
  };
  for (const char op : {'&', '|'})
    if (const size_t at = claim.find(op); at != std::string::npos) {
      const bool a = said_truly(claim.substr(0, at), kinds),
                 b = said_truly(claim.substr(at + 1), kinds);
      return op == '&' ? a && b : a || b;
    }
  const bool differ = claim[1] == '!';
  return (kind(claim[0]) == kind(claim.back())) != differ;
}

TEST(KnightsByHand, ExactlyOneAssignmentFits) {
  for (const char* settings : {"{}", "{people: {low: 4, high: 6}, both: true}"})
    for (const Prompt& prompt : examples("knights", settings, 80)) {
      const std::vector<std::string> statements =
          split(prompt.text.substr(0, prompt.text.find(": ?")), ", ");
      const size_t people = prompt.gold.size();
      std::vector<std::string> fitting;
      for (size_t bits = 0; bits < size_t{1} << people; ++bits) {
        std::string kinds;
        for (size_t i = 0; i < people; ++i) kinds += (bits >> i & 1) != 0 ? 'K' : 'N';
        if (std::all_of(statements.begin(), statements.end(), [&](const std::string& s) {
              return said_truly(s.substr(7), kinds) ==
                     (kinds[static_cast<size_t>(s[0] - 'A')] == 'K');
            }))
          fitting.push_back(kinds);
      }
      ASSERT_EQ(fitting, std::vector{prompt.gold}) << prompt.text;
      for (const std::string& step : steps_in(full(prompt)))  // A=K says B=N: T
        ASSERT_EQ(step.back(),
                  said_truly(step.substr(9, step.find(": ") - 9), prompt.gold) ? 'T' : 'F')
            << step;
    }
}

bool satisfied(const std::string& formula, const std::string& bits) {
  for (const std::string& clause : split(formula.substr(1, formula.size() - 2), ")(")) {
    bool any = false;
    for (const std::string& literal : split(clause, "|"))
      any =
          any || bits[static_cast<size_t>(literal.back() - 'a')] == (literal[0] == '-' ? '0' : '1');
    if (!any) return false;
  }
  return true;
}

TEST(SatByHand, SizesAnswersAndUnitClausesHold) {
  for (const Prompt& prompt : examples("sat",
                                       "{variables: {low: 3, high: 7}, clauses: {low: 3, high: "
                                       "25}, expert: {traces: 3, style: mixed}}",
                                       kRows)) {
    const std::string formula = split(split(prompt.text, ": ")[1], " ")[0];
    const auto clauses = split(formula.substr(1, formula.size() - 2), ")(");
    EXPECT_EQ(std::set(clauses.begin(), clauses.end()).size(), clauses.size());
    const std::vector<int64_t> size = numbers_in(prompt.category);
    EXPECT_EQ(static_cast<int64_t>(clauses.size()), size[2]);
    for (const std::string& clause : clauses)
      EXPECT_EQ(static_cast<int64_t>(split(clause, "|").size()), size[0]);
    for (const Demonstration& demonstration : prompt.demonstrations) {
      const std::string answer = answer_in(demonstration.text);
      EXPECT_EQ(static_cast<int64_t>(answer.size()), size[1]);
      EXPECT_TRUE(satisfied(formula, answer)) << demonstration.text;
      if (demonstration.style != "full") continue;
      std::string bits(answer.size(), '.');
      for (const std::string& step : steps_in(demonstration.text)) {  // try a=1 | b=0 by a|-b
        const size_t at = step.starts_with("try ") ? 4 : 0;
        const auto variable = static_cast<size_t>(step[at] - 'a');
        ASSERT_EQ(step[at + 2], answer[variable]);
        if (at == 0)
          for (const std::string& literal : split(step.substr(7), "|")) {
            const auto other = static_cast<size_t>(literal.back() - 'a');
            ASSERT_TRUE(other == variable || bits[other] == (literal[0] == '-' ? '1' : '0'))
                << demonstration.text;
          }
        bits[variable] = step[at + 2];
      }
      EXPECT_EQ(bits, answer);
    }
  }
}

TEST(SatDifficulty, IsTheFormula) {
  for (int64_t n = 1; n <= 8; ++n)
    for (int64_t k = n; k <= 26; ++k)
      for (const int64_t l : {1, 2, 5, 6, 13, 15, 20, 40, 199})
        EXPECT_NEAR(static_cast<double>(difficulty_millionths({n, k, l})) / 1e6,
                    std::log2(k) + 2 * std::log2(l) - static_cast<double>(n) +
                        static_cast<double>(k) / static_cast<double>(n),
                    4e-6);
  // By hand: log2 8 + 2 log2 4 - 2 + 8/2 = 3 + 4 - 2 + 4.
  EXPECT_EQ(difficulty_millionths({2, 8, 4}), 9'000'000);
  EXPECT_EQ(clauses_available({3, 5, 5}), 70);  // 10 triples, 7 of 8 sign patterns each
}

TEST(SatDifficulty, StagesGoUpAndBandsHold) {
  const std::string ranges = "variables: {low: 5, high: 6}, clauses: {low: 5, high: 15}";
  int64_t last = 0;
  for (int stage = 0; stage < 22; ++stage) {
    const auto prompts = examples("sat", fmt::format("{{{}, stage: {}}}", ranges, stage), 5);
    const std::vector<int64_t> size = numbers_in(prompts[0].category);
    const int64_t now = difficulty_millionths({size[0], size[1], size[2]});
    EXPECT_GT(now, last);
    last = now;
    for (const Prompt& prompt : prompts) EXPECT_EQ(prompt.category, prompts[0].category);
  }
  EXPECT_THROW(examples("sat", fmt::format("{{{}, stage: 22}}", ranges), 1), UserError);
  for (const Prompt& prompt :
       examples("sat", fmt::format("{{{}, difficulty_low: 7, difficulty_high: 8}}", ranges), 50)) {
    const std::vector<int64_t> size = numbers_in(prompt.category);
    EXPECT_NEAR(static_cast<double>(difficulty_millionths({size[0], size[1], size[2]})) / 1e6, 7.5,
                0.5);
  }
}

TEST(PathByHand, LengthsAreShortestByRelaxation) {
  for (const char* settings :
       {"{}", "{places: {low: 10, high: 12}, roads: {low: 3, high: 9}, length: {low: 3, high: 5}}",
        "{kind: star}"})
    for (const Prompt& prompt : examples("path", settings, 100)) {
      const std::vector<std::string> parts = split(prompt.text, ": ");  // roads: a to d ?
      std::map<std::pair<char, char>, int> distance;
      std::set<char> places;
      for (const std::string& road : split(parts[0], " ")) {
        distance[{road[0], road[1]}] = distance[{road[1], road[0]}] = 1;
        places.insert(road[0]), places.insert(road[1]);
      }
      for (const char via : places)
        for (const char a : places)
          for (const char b : places)
            if (distance.contains({a, via}) && distance.contains({via, b}) && a != b) {
              const int through = distance[{a, via}] + distance[{via, b}];
              int& now = distance.try_emplace({a, b}, through).first->second;
              now = std::min(now, through);
            }
      const std::string answer = answer_in(full(prompt));
      ASSERT_EQ(answer.front(), parts[1][0]);
      ASSERT_EQ(answer.back(), parts[1][5]);
      ASSERT_EQ(static_cast<int>(answer.size()) - 1, (distance[{answer.front(), answer.back()}]))
          << prompt.text;
      for (size_t i = 1; i < answer.size(); ++i)
        ASSERT_EQ((distance[{answer[i - 1], answer[i]}]), 1);
      for (const std::string& step : steps_in(full(prompt))) {
        if (step.find(": ") == std::string::npos) continue;
        for (const std::string& place : split(step.substr(step.find(": ") + 2), " "))
          if (place[0] != answer[0]) {
            ASSERT_EQ((distance[{answer[0], place[0]}]), numbers_in(step)[0]) << step;
          }
      }
    }
}

TEST(PathByHand, GridStepsAvoidWalls) {
  for (const Prompt& prompt : examples(
           "path", "{kind: grid, side: {low: 4, high: 6}, length: {low: 3, high: 12}}", kRows)) {
    const std::vector<std::string> rows = split(prompt.text.substr(0, prompt.text.find(':')), "/");
    int r = 0, c = 0;
    for (size_t i = 0; i < rows.size(); ++i)
      if (rows[i].find('S') != std::string::npos)
        r = static_cast<int>(i), c = static_cast<int>(rows[i].find('S'));
    for (const char step : answer_in(full(prompt))) {
      r += step == 'D' ? 1 : step == 'U' ? -1 : 0;
      c += step == 'R' ? 1 : step == 'L' ? -1 : 0;
      ASSERT_TRUE(r >= 0 && c >= 0 && r < static_cast<int>(rows.size()) &&
                  c < static_cast<int>(rows.size()));
      ASSERT_NE(rows[static_cast<size_t>(r)][static_cast<size_t>(c)], 'x') << prompt.text;
    }
    ASSERT_EQ(rows[static_cast<size_t>(r)][static_cast<size_t>(c)], 'G');
  }
}

TEST(HanoiByHand, MovesAreLegalAndTowersNeedTheKnownNumber) {
  for (const char* style : {"full", "search"})
    for (const Prompt& prompt : examples("hanoi",
                                         fmt::format("{{disks: {{low: 2, high: 5}}, moves: {{low: "
                                                     "1, high: 31}}, expert: {{style: {}}}}}",
                                                     style),
                                         kRows)) {
      std::string pegs = split(prompt.text, " ")[0];
      const std::string goal = split(prompt.text, " ")[2];
      for (const std::string& step : steps_in(full(prompt))) {
        const size_t top = pegs.find(step[0]), under = pegs.find(step[1]);
        const bool legal = top != std::string::npos && (under == std::string::npos || under > top);
        if (step.find(" no: ") != std::string::npos) {
          ASSERT_FALSE(legal) << step << " at " << pegs;
          continue;
        }
        ASSERT_TRUE(legal) << step << " at " << pegs;
        pegs[top] = step[1];
        ASSERT_EQ(step.substr(4), pegs);
      }
      ASSERT_EQ(pegs, goal);
    }
  for (int64_t disks = 1; disks <= 6; ++disks)
    for (const Prompt& prompt :
         examples("hanoi",
                  fmt::format("{{disks: {{low: {0}, high: {0}}}, start: tower, goal: tower, moves: "
                              "{{low: 1, high: 63}}}}",
                              disks),
                  3))
      EXPECT_EQ(numbers_in(prompt.gold)[0], (1 << disks) - 1) << prompt.gold;
}

int64_t completions(std::string& grid, size_t field) {
  if (field == 16) return 1;
  if (grid[field] != '.') return completions(grid, field + 1);
  int64_t count = 0;
  for (char digit = '1'; digit <= '4'; ++digit) {
    bool fine = true;
    for (size_t i = 0; i < 16; ++i)
      if (grid[i] == digit && (i / 4 == field / 4 || i % 4 == field % 4 ||
                               (i / 8 == field / 8 && i % 4 / 2 == field % 4 / 2)))
        fine = false;
    if (!fine) continue;
    grid[field] = digit;
    count += completions(grid, field + 1);
    grid[field] = '.';
  }
  return count;
}

TEST(SudokuByHand, PuzzlesHaveOneSolutionAndAsManyEmptyFieldsAsAsked) {
  for (const Prompt& prompt : examples("sudoku", "{empty: {low: 4, high: 11}}", kRows)) {
    std::string grid = prompt.gold, answer = answer_in(full(prompt));
    std::erase(grid, '/'), std::erase(answer, '/');
    EXPECT_EQ(std::count(grid.begin(), grid.end(), '.'), numbers_in(prompt.category)[0]);
    EXPECT_EQ(static_cast<int64_t>(steps_in(full(prompt)).size()), numbers_in(prompt.category)[0]);
    EXPECT_EQ(completions(grid, 0), 1) << prompt.gold;
    for (const std::string& step : steps_in(full(prompt))) {  // r1c2=3 why
      const std::vector<int64_t> n = numbers_in(step);
      EXPECT_EQ(answer[static_cast<size_t>(4 * (n[0] - 1) + n[1] - 1)],
                static_cast<char>('0' + n[2]))
          << step;
      grid[static_cast<size_t>(4 * (n[0] - 1) + n[1] - 1)] = static_cast<char>('0' + n[2]);
    }
    EXPECT_EQ(grid, answer);
    EXPECT_EQ(completions(grid, 0), 1);
  }
}

}  // namespace
}  // namespace rlreason::data
