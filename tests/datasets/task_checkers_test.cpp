// The verifiers of the generated tasks against what models try and against golds that are none.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "datasets/tasks/expression.h"
#include "datasets/tasks/polynomial_answer.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

struct Judged {
  const char *gold, *response;
  Outcome outcome;
};

void expect_all(const char* verifier, const std::vector<Judged>& cases) {
  for (const Judged& each : cases) {
    const Verdict verdict = verify(verifier, {.gold = each.gold}, each.response);
    EXPECT_EQ(verdict.outcome, each.outcome)
        << verifier << ": " << each.gold << " | " << each.response << " | " << verdict.reason;
    if (verdict.outcome != Outcome::right) {
      EXPECT_FALSE(verdict.reason.empty()) << each.response;
    }
  }
}

constexpr auto kRight = Outcome::right, kWrong = Outcome::wrong, kUnscored = Outcome::unscored;
constexpr const char* kNumbers = "24 from 3 5 8 with +-*/";  // (8-5)*... : 3*8 = 24 leaves 5

TEST(CountdownChecker, TakesEveryRightExpression) {
  expect_all("countdown", {{"9 from 3 5 8 with +-*/", "# 3*(8-5)", kRight},
                           {"9 from 3 5 8 with +-*/", "# (8-5)*3", kRight},
                           {"9 from 3 5 8 with +-*/", "text 1+1 # 2 # ( 8 - 5 ) * 3 \n", kRight},
                           {"24 from 3 3 8 8 with +-*/", "# 8/(3-8/3)", kRight},
                           {"16 from 3 5 8 with +-", "# 3+5+8", kRight},
                           {"8 from some of 3 5 8 with +-", "# 3+5", kRight},
                           {"8 from some of 3 5 8 with +-", "# 8", kRight},
                           {"9 from 3 5 8 with +-*/", "# ((((3))))*((8-5))", kRight}});
}

TEST(CountdownChecker, RefusesWhatIsKnownToFoolEvaluators) {
  expect_all("countdown",
             {{kNumbers, "# 24", kWrong},       // not the numbers
              {kNumbers, "# 3*8", kWrong},      // one is missing
              {kNumbers, "# 3*8*5/5", kWrong},  // one twice
              {kNumbers, "# 3*8+5-5", kWrong},
              {kNumbers, "# 3*8+0*5", kWrong},  // a number that is not given
              {kNumbers, "# 38-5-9", kWrong},   // numbers put together
              {"243 from 3 5 with +-*/", "# 3**5", kWrong},
              {"1 from 3 5 with +-*/", "# 5//3", kWrong},
              {"2 from 3 5 with +-*/", "# 5%3", kWrong},
              {"2 from 3 5 with +-*/", "# -3+5", kWrong},  // signs before a number
              {"8 from 3 5 with +-*/", "# 3--5", kWrong},
              {"8 from 3 5 with +-*/", "# 3+ +5", kWrong},
              {"8 from 3 5 with +-*/", "# +3+5", kWrong},
              {"8 from 3 5 with +-*/", "# 3+5=8", kWrong},
              {"8 from 3 5 with +-*/", "# 3+05", kWrong},
              {"8 from 3 5 with +-*/", "# 3+5.0", kWrong},
              {"8 from 3 5 with +-*/", "# 3e0+5", kWrong},
              {"8 from 3 5 with +-*/", "# 0x3+5", kWrong},
              {"8 from 3 5 with +-*/", "# (3+5", kWrong},
              {"8 from 3 5 with +-*/", "# 3+5)", kWrong},
              {"8 from 3 5 with +-*/", "# 3 5 +", kWrong},
              {"15 from 3 5 with +-*/", "# 3(5)", kWrong},
              {"15 from 3 5 with +-*/", "# (3)(5)", kWrong},
              {"8 from 3 5 with +-*/", "# 3+5 # wrong", kWrong},
              {"8 from 3 5 with +-*/", "3+5", kWrong},
              {"8 from 3 5 with +-*/", "# __import__('os')", kWrong},
              {"15 from 3 5 with +-", "# 3*5", kWrong},  // an operator that is not allowed
              {"5 from 0 5 with +-*/", "# 5/0", kWrong},
              {"8 from some of 3 5 with +-*/", "# 3+5+5-5", kWrong},
              {"24 from 4 7 8 8 with +-*/", "# (7-8/8)*4.0", kWrong}});
}

TEST(CountdownChecker, BigValuesAndDeepBracketsAreWrongNotErrors) {
  const std::string deep = "# " + std::string(1500, '(') + "3" + std::string(1500, ')');
  EXPECT_EQ(verify("countdown", {.gold = "3 from 3 with +"}, deep).outcome, kWrong);
  EXPECT_EQ(verify("countdown", {.gold = "1 from 999999999 999999999 999999999 999999999 with *"},
                   "# 999999999*999999999*999999999*999999999")
                .outcome,
            kWrong);
  EXPECT_EQ(
      verify("countdown", {.gold = "3 from 3 with +"}, "# " + std::string(200'000, '9')).outcome,
      kWrong);
}

TEST(CountdownChecker, GoldsAreReadStrictlyAndSolved) {
  for (const char* gold :
       {"", "24", "24 from with +", "24 from 3 5", "24 from 3 5 with", "24 from 3 5 with ^",
        "x from 3 with +", "24 from 1 1 1 1 1 1 1 1 1 with +", "24 from 3 5 with +- more",
        "99999999999999999999 from 3 with +"})
    EXPECT_EQ(verify("countdown", {.gold = gold}, "# 3").outcome, kUnscored) << gold;
  EXPECT_TRUE(
      verify_gold("countdown", {.gold = "24 from 3 3 8 8 with +-*/"}).right());  // needs fractions
  EXPECT_FALSE(
      verify_gold("countdown", {.gold = "1000 from 1 1 with +-*/"}).right());  // cannot be reached
}

TEST(SatChecker, BitsAreCheckedClauseByClause) {
  constexpr const char* gold = "3: a -b c, -a b c, -c b a";
  expect_all("sat", {{gold, "# 110", kRight},
                     {gold, "# 000", kRight},
                     {gold, "# 100", kWrong},
                     {gold, "# 1100", kWrong},
                     {gold, "# 11", kWrong},
                     {gold, "# 1 1 0", kWrong},
                     {gold, "# a=1 b=1 c=0", kWrong},
                     {gold, "# 112", kWrong},
                     {gold, "110", kWrong},
                     {"3: a d", "# 110", kUnscored},
                     {"27: a", "# 1", kUnscored},
                     {"0: ", "# ", kUnscored},
                     {"2: a b,", "# 11", kUnscored},
                     {"2 a b", "# 11", kUnscored}});
  EXPECT_TRUE(verify_gold("sat", {.gold = gold}).right());
  EXPECT_FALSE(verify_gold("sat", {.gold = "1: a, -a"}).right());
}

TEST(PathChecker, WaysMustExistAndBeShortest) {
  constexpr const char *graph = "graph ab bc cd bd from a to d in 2", *grid = "grid S.x/..G in 3";
  expect_all("path",
             {{graph, "# abd", kRight},
              {graph, "# abcd", kWrong},
              {graph, "# ad", kWrong},
              {graph, "# bd", kWrong},
              {graph, "# ab", kWrong},
              {graph, "# a b d", kWrong},
              {graph, "# abdbd", kWrong},
              {grid, "# DRR", kRight},
              {grid, "# RDR", kRight},
              {grid, "# RRD", kWrong},
              {grid, "# LDRRR", kWrong},
              {grid, "# DR", kWrong},
              {grid, "# DLRRR", kWrong},
              {"graph ab from a to d in 2", "# ad", kUnscored},
              {"graph ab bc from a to c in 1", "# abc", kUnscored},  // a length that is not true
              {"graph ab cd from a to d in 2", "# abd", kUnscored},
              {"grid S.x/..  in 3", "# DRR", kUnscored},
              {"grid S./.S in 2", "# DR", kUnscored},
              {"grid S.G/. in 2", "# RR", kUnscored},
              {"tree ab", "# ab", kUnscored}});
  EXPECT_TRUE(verify_gold("path", {.gold = graph}).right());
  EXPECT_TRUE(verify_gold("path", {.gold = grid}).right());
}

TEST(HanoiChecker, MovesAreMade) {
  constexpr const char* gold = "AA -> CC in 3";
  expect_all("hanoi", {{gold, "# AB AC BC", kRight},
                       {gold, "# AC AC", kWrong},  // a larger disk on a smaller one
                       {gold, "# BC AC", kWrong},  // an empty peg
                       {gold, "# AB AC", kWrong},
                       {gold, "# AB BC CB AC BC", kWrong},  // more moves than needed
                       {"AA -> CC", "# AB BC CB AC BC", kRight},
                       {gold, "# AB, AC, BC", kWrong},
                       {gold, "# AA", kWrong},
                       {gold, "# AD", kWrong},
                       {"AA -> CCC in 3", "# AB", kUnscored},
                       {"AAAAAAAAA -> CCCCCCCCC", "# AB", kUnscored},
                       {"AA CC", "# AB", kUnscored}});
  EXPECT_TRUE(verify_gold("hanoi", {.gold = gold}).right());
  EXPECT_FALSE(verify_gold("hanoi", {.gold = "AAA -> CCC in 6"}).right());
}

TEST(SudokuChecker, RulesAndGivenDigitsHold) {
  constexpr const char* gold = "1.34/34../2.41/41..";
  expect_all("sudoku", {{gold, "# 1234/3412/2341/4123", kRight},
                        {gold, "# 1234341223414123", kRight},
                        {gold, "# 1234 3412 2341 4123", kRight},
                        {gold, "# 2134/3412/1243/4321", kWrong},
                        {gold, "# 1234/3421/2341/4123", kWrong},
                        {gold, "# 1234/3412/2341/412", kWrong},
                        {gold, "# 1234/3412/2341/41235", kWrong},
                        {gold, "# 1.34/34../2.41/41..", kWrong},
                        {"12", "# 1234/3412/2341/4123", kUnscored}});
  EXPECT_TRUE(verify_gold("sudoku", {.gold = gold}).right());
  EXPECT_FALSE(verify_gold("sudoku", {.gold = "11../..../..../...."}).right());
}

TEST(PolynomialChecker, CoefficientsCount) {
  constexpr const char* gold = "2x^2-5x-12";
  expect_all("polynomial", {{gold, "# 2x^2-5x-12", kRight},
                            {gold, "# -12 - 5*x + 2*x^2", kRight},
                            {gold, "# 2x^2-5x^1-12", kRight},
                            {gold, "# 2x^2-5x-12+0x^3", kRight},
                            {gold, "# 2x^2-4x-x-12", kWrong},
                            {gold, "# (2x+3)(x-4)", kWrong},
                            {gold, "# 2x^2-5x+12", kWrong},
                            {gold, "# 2x2-5x-12", kWrong},
                            {gold, "# 2x^2-5x-12=0", kWrong},
                            {gold, "# 2x^2--5x-12", kWrong},
                            {gold, "# 2*", kWrong},
                            {gold, "# 99999999999999999999x", kWrong},
                            {"0", "# 0", kRight},
                            {"2y", "# 2y", kUnscored},
                            {"", "# 1", kUnscored}});
  EXPECT_EQ(written(*polynomial_from("3 - x + x^3")), "x^3-x+3");
}

TEST(Fractions, AreExactAndRefuseOverflow) {
  EXPECT_EQ(combined({1, 3}, '+', {1, 6}), (Fraction{1, 2}));
  EXPECT_EQ(combined({1, 3}, '/', {-2, 3}), (Fraction{-1, 2}));
  EXPECT_EQ(combined({1, 3}, '-', {1, 3}), (Fraction{0, 1}));
  EXPECT_EQ(combined({1, 3}, '/', {0, 1}), std::nullopt);
  EXPECT_EQ(combined({INT64_MAX, 1}, '+', {1, 1}), std::nullopt);
  EXPECT_EQ(combined({INT64_MAX, 1}, '*', {2, 1}), std::nullopt);
}

TEST(Solver, FindsWhatBruteForceFinds) {
  // 24 with four of 1..4: the hands that can make it, by the solver with and without fractions.
  int whole = 0, any = 0;
  for (int64_t a = 1; a <= 8; ++a)
    for (int64_t b = a; b <= 8; ++b)
      for (int64_t c = b; c <= 8; ++c) {
        const NumberPuzzle puzzle{.target = 24, .numbers = {a, b, c}};
        const auto one = solved(puzzle, true, 1'000'000), two = solved(puzzle, false, 1'000'000);
        whole += one.has_value();
        any += two.has_value();
        if (one) {
          EXPECT_EQ(fault_of(puzzle, one->expression), "") << one->expression;
          EXPECT_EQ(one->steps.size(), 2u);
        }
        // (a op b) op c over all orders, in floating point.
        std::vector<double> n{double(a), double(b), double(c)};
        bool found = false;
        std::sort(n.begin(), n.end());
        do {
          const auto all = [](double x, double y) {
            return std::vector{x + y, x - y, x * y, y != 0 ? x / y : 1e9};
          };
          for (const double x : all(n[0], n[1]))
            for (const double y : all(x, n[2])) found = found || std::abs(y - 24) < 1e-9;
          for (const double x : all(n[1], n[2]))
            for (const double y : all(n[0], x)) found = found || std::abs(y - 24) < 1e-9;
        } while (std::next_permutation(n.begin(), n.end()));
        EXPECT_EQ(two.has_value(), found) << a << " " << b << " " << c;
      }
  EXPECT_GT(whole, 10);
  EXPECT_GE(any, whole);
}

}  // namespace
}  // namespace rlreason::data
