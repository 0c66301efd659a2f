#include "datasets/verifiers/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/error.h"

namespace rlreason::data {
namespace {

struct Case {
  const char *verifier, *gold, *response;
  Outcome outcome;
  const char* answer;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.verifier << ": " << c.response; }
constexpr Outcome kRight = Outcome::right, kWrong = Outcome::wrong, kUnscored = Outcome::unscored;

class Verdicts : public testing::TestWithParam<Case> {};

TEST_P(Verdicts, AreAsTheCaseSays) {
  const Case& c = GetParam();
  const Verdict verdict = verify(c.verifier, {.gold = c.gold}, c.response);
  EXPECT_EQ(verdict.outcome, c.outcome) << c.gold << " | " << c.response << " | " << verdict.reason;
  EXPECT_EQ(verdict.answer, c.answer) << c.response;
  EXPECT_FALSE(verdict.rule.empty());
  EXPECT_EQ(verdict.reason.empty(), verdict.right());
}

INSTANTIATE_TEST_SUITE_P(
    Number, Verdicts,
    testing::Values(
        Case{"number", "72", "so 48+24 = 72\n#### 72", kRight, "72"},
        Case{"number", "70,000", "#### 70000", kRight, "70000"},
        Case{"number", "70000", "#### $70,000.00", kRight, "70000"},
        Case{"number", "5", "It costs $5.", kRight, "5"},
        Case{"number", "-3", "#### -3", kRight, "-3"},
        Case{"number", "-3",
             "\xE2\x88\x92"
             "3",
             kRight, "-3"},
        Case{"number", "-5", "we lose -$5", kRight, "-5"}, Case{"number", "5", "8-5", kRight, "5"},
        Case{"number", "0.1", "#### .10", kRight, "0.1"},
        Case{"number", "0", "#### -0.0", kRight, "0"},
        Case{"number", "50", "#### 50%", kRight, "50"},
        Case{"number", "18", "#### 18 eggs a day", kRight, "18"},
        Case{"number", "18", "#### 17\nwait\n#### 18", kRight, "18"},
        Case{"number", "18", "#### 17\n18", kWrong, "17"},
        Case{"number", "9007199254740993", "#### 9007199254740992", kWrong, "9007199254740992"},
        Case{"number", "0.3", "#### 0.30000000000000004", kWrong, "0.30000000000000004"},
        Case{"number", "2", "the answer is 1/2", kWrong, ""},
        Case{"number", "1", "#### 1/2", kWrong, ""}, Case{"number", "1", "#### 1e5", kWrong, ""},
        Case{"number", "2", "#### 2^10", kWrong, ""}, Case{"number", "12", "#### 1,2", kWrong, ""},
        Case{"number", "1234567", "#### 1,234,567", kRight, "1234567"},
        Case{"number", "3", "", kWrong, ""}, Case{"number", "3", "no idea", kWrong, ""},
        Case{"number", "3", "####", kWrong, ""}, Case{"number", "", "#### 3", kUnscored, ""},
        Case{"number", "three", "#### 3", kUnscored, ""},
        Case{"number", "3 or 4", "#### 3", kUnscored, ""},
        Case{"number", "1/2", "#### 1/2", kUnscored, ""}));
INSTANTIATE_TEST_SUITE_P(Marked, Verdicts,
                         testing::Values(Case{"marked", "27", "25 3 27 # 27", kRight, "27"},
                                         Case{"marked", "27", "# 27 ", kRight, "27"},
                                         Case{"marked", "27", "# 3 # 27", kRight, "27"},
                                         Case{"marked", "27", "25 3 27", kWrong, ""},
                                         Case{"marked", "27", "# 27 27", kWrong, "27 27"},
                                         Case{"marked", "27", "# 027", kWrong, "027"},
                                         Case{"marked", "27", "# 27 # 3", kWrong, "3"},
                                         Case{"marked", "27", "27 #", kWrong, ""},
                                         Case{"marked", "27", "", kWrong, ""},
                                         Case{"marked", " ", "# 27", kUnscored, ""}));
INSTANTIATE_TEST_SUITE_P(Exact, Verdicts,
                         testing::Values(Case{"exact", "Paris", " Paris\n", kRight, "Paris"},
                                         Case{"exact", "Paris", "paris", kWrong, "paris"},
                                         Case{"exact", "Paris", "", kWrong, ""},
                                         Case{"exact", "", "", kUnscored, ""}));

TEST(VerifierNames, UnknownOnesNameTheNearest) {
  try {
    find_verifier("nunber");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("'number'"));
  }
}

TEST(VerifierGold, EveryVerifierOfNumbersAcceptsItsReferenceResponse) {
  // The tasks' verifiers, whose golds describe problems, are in task_checkers_test.cpp; choices have golds of their own.
  const std::set<std::string> of_problems = {"choice", "countdown", "hanoi",
                                             "path",   "sat",       "sudoku"};
  std::set<std::string> known;
  for (const VerifierInfo& info : all_verifiers()) {
    known.insert(info.name);
    if (of_problems.contains(info.name)) continue;
    EXPECT_TRUE(verify_gold(info.name, {.gold = "12"}).right()) << info.name;
  }
  EXPECT_THAT(known, testing::IsSupersetOf(of_problems));
  EXPECT_FALSE(verify_gold("marked", {.gold = "1 # 2"}).right());
  EXPECT_FALSE(verify_gold("number", {.gold = "twelve"}).right());
}

TEST(VerifierHostile, HugeResponsesEndQuickly) {
  const std::string digits(1 << 20, '9'), commas = [] {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += "1,234,";
    return text;
  }();
  for (const VerifierInfo& info : all_verifiers())
    for (const std::string& text :
         {digits, commas, std::string(1 << 20, '#'), std::string(1 << 20, '-'),
          std::string(1 << 20, '\0'), std::string(1 << 20, '\xff')})
      EXPECT_FALSE(info.verify({.gold = "12"}, text).right()) << info.name;
}

}  // namespace
}  // namespace rlreason::data
