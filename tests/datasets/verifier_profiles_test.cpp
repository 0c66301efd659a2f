// The reproduced graders against the table of their measured verdicts (evaluation.md 2.5), and their ways of finding an answer.
#include <gtest/gtest.h>

#include <map>

#include "datasets/verifiers/cases.h"
#include "datasets/verifiers/verifier.h"

namespace rlreason::data {
namespace {

const std::map<char, std::string> kGraders = {{'V', "math_verify"}, {'Q', "qwen"}, {'P', "prm800k"}, {'O', "oat"}, {'H', "hendrycks"}, {'M', "minerva"}};

struct Row {
  const char *gold, *answer;
  const char* accepted;        // by the graders themselves, as measured
  const char* differing = "";  // our reproductions that say the other thing; each is a known gap
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.gold << " | " << row.answer; }

class PeerTable : public testing::TestWithParam<Row> {};

TEST_P(PeerTable, EachReproductionDecidesAsItsPeerDid) {
  const Row& row = GetParam();
  for (const auto& [letter, name] : kGraders) {
    const VerifierInfo& info = find_verifier(name);
    const bool peer = std::string_view(row.accepted).find(letter) != std::string_view::npos;
    const bool gap = std::string_view(row.differing).find(letter) != std::string_view::npos;
    const Verdict verdict = info.verify({.gold = row.gold}, as_response(info, row.answer));
    EXPECT_EQ(verdict.right(), peer != gap) << name << (gap ? " (a known gap that is none any more)" : "") << " read " << verdict.answer;
  }
}

const char* const kTwenty = "100000000000000000000";

INSTANTIATE_TEST_SUITE_P(
    Measured, PeerTable,
    testing::Values(Row{"10\\%", "10", "QPOH"}, Row{"0.6", "60\\%", "VQO"}, Row{"\\frac{1}{2}", "\\frac{2}{4}", "VQOM"}, Row{"\\frac{1}{3}", "0.33333", "Q"},
                    Row{"\\frac{100}{3}", "33.3", ""}, Row{"10, 4, -2", "4, 10, -2", "VO"}, Row{"(1,3)", "\\{1,3\\}", "VQO"}, Row{"(2,5)", "(2,5]", "Q"},
                    Row{"[0,1) \\cup (2,3]", "(2,3] \\cup [0,1)", "VO"}, Row{"-2 \\le x \\le 7", "[-2,7]", "VO"}, Row{"[-2,7]", "-2 \\le x \\le 7", ""},
                    Row{"2x+4y-3=0", "y=-\\frac{1}{2}x+\\frac{3}{4}", "VO"}, Row{"x^2+y^2=1", "2x^2+2y^2=2", "VO"}, Row{"2=x", "2", ""}, Row{"p=5,q=2", "(5,2)", "VO"},
                    Row{"\\pm 3", "3,-3", "VO"}, Row{"7:32", "\\frac{7}{32}", "VQOM"}, Row{"1 \\frac{1}{2}", "1.5", "VPO"}, Row{"10{,}000", "10000", "VPOM"},
                    Row{"1234", "1\\,234", "QM"}, Row{kTwenty, "100000000000000000001", "QPO"}, Row{"1/2004!", "1/2006!", "VQO"}, Row{"3^{2025}", "2^{2025}", "Q"},
                    Row{"10001_2", "10001", "VOM"}, Row{"(a+5)(b+2)", "(+5)(b+2)", "QO"}, Row{"\\tan^2(y)+1", "\\sec^2(y)", "VOM"}, Row{"\\ln 2", "\\log 2", "QM"},
                    Row{"\\frac{\\pi}{4}", "45^\\circ", ""}, Row{"\\begin{pmatrix}1\\\\2\\end{pmatrix}", "(1,2)", ""}, Row{"\\text{C}", "(C)", "VQPOM"},
                    Row{"\\text{June 20}", "\\text{20 June}", "QM", "QM"}, Row{"42", "\\boxed{10} and then \\boxed{42}", "QPOHM", "M"}, Row{"74^\\circ", "74\u00B0", "O"}, Row{"42", "42<|im_end|>", "O"}));

struct Found {
  const char *grader, *gold, *response;
  bool right;
};
void PrintTo(const Found& c, std::ostream* out) { *out << c.grader << ": " << c.response; }
class Extraction : public testing::TestWithParam<Found> {};

TEST_P(Extraction, IsTheirs) {
  const Found& c = GetParam();
  const Verdict verdict = verify(c.grader, {.gold = c.gold}, c.response);
  EXPECT_EQ(verdict.right(), c.right) << verdict.rule << " " << verdict.answer;
}

const std::string kLong = "Answer: 42\n" + std::string(320, 'x');

INSTANTIATE_TEST_SUITE_P(
    Rules, Extraction,
    testing::Values(Found{"math_verify", "42", "so it is 42", true}, Found{"math_verify", "42", "\\boxed{42", true}, Found{"math_verify", "3,4", "\\boxed{3} and \\boxed{4}", true},
                    Found{"math_verify", "42", "\\boxed{41} which is not at all like the number 42, and far from the second one: \\boxed{42}", true},
                    Found{"math_verify", "42", "Final answer is 42. I hope it is correct. \\boxed{41}", true}, Found{"math_verify", "42", "\\boxed{??? 42 @@@}", true},
                    Found{"math_verify", "0.333333", "\\boxed{1/3}", true}, Found{"math_verify", "42", "nothing", false}, Found{"oat", "42", "so it is 42", false},
                    Found{"oat", "42", "<think>a</think>\\boxed{42}", true}, Found{"oat", "42", "\\boxed{42}</think> hm", false}, Found{"oat", "42", "\\boxed{42", false},
                    Found{"qwen", "42", "The answer is 42", true}, Found{"qwen", "42", "first 41, then 42", true}, Found{"qwen", "42", "\\boxed{42", true}, Found{"qwen", "50", "\\boxed{0.5}", true},
                    Found{"qwen", "10000", "\\boxed{10000.9}", true}, Found{"qwen", "10000", "\\boxed{10003}", false}, Found{"prm800k", "42", "42", false}, Found{"prm800k", "3", "\\boxed{6/2}", false},
                    Found{"prm800k", "\\sqrt{8}", "\\boxed{2\\sqrt{2}}", true}, Found{"hendrycks", "\\frac{1}{2}", "\\fbox{1/2}", true}, Found{"hendrycks", "\\frac{1}{2}", "\\boxed{\\dfrac12}", true},
                    Found{"hendrycks", "4", "\\boxed{x=4}", true}, Found{"hendrycks", "4", "\\boxed{4", false}, Found{"dapo", "42", "Answer: 41\nAnswer: $42$", true},
                    Found{"dapo", "42", kLong.c_str(), false}, Found{"dapo", "1234", "Answer: 1,234", true}, Found{"dapo", "\\frac{1}{2}", "Answer: 0.5", false}, Found{"dapo", "42", "\\boxed{42}", false},
                    Found{"minerva", "42", "Final Answer: The final answer is $42$. I hope it is correct.", true}, Found{"minerva", "42", "\\boxed{42}", false},
                    Found{"minerva", "5", "The final answer is 5 km. I hope it is correct.", true}, Found{"gsm8k_strict", "72", "so\n#### 72", true}, Found{"gsm8k_strict", "72", "#### 72\n#### 71", true},
                    Found{"gsm8k_strict", "72", "#### $72", false}, Found{"gsm8k_strict", "72", "it is 72", false}, Found{"gsm8k_strict", "1,234", "#### 1234.", true}, Found{"gsm8k_strict", "42", "#### 42.0", false},
                    Found{"gsm8k_flexible", "72", "it is 72", true}, Found{"gsm8k_flexible", "72", "#### 72 because 7 is", false}, Found{"gsm8k_flexible", "72", "$72.", true}, Found{"gsm8k_flexible", "-3", "so -3", true}));

TEST(Profiles, SayWhatTheyGetWrongAndNeverThrow) {
  const std::string deep(200'000, '{');
  for (const char* name : {"math_verify", "oat", "qwen", "prm800k", "hendrycks", "dapo", "minerva", "gsm8k_strict", "gsm8k_flexible"}) {
    const VerifierInfo& info = find_verifier(name);
    EXPECT_FALSE(info.known_faults.empty()) << name;
    EXPECT_EQ(verify(name, {.gold = " "}, "42").outcome, Outcome::unscored) << name;
    for (const std::string& text : std::vector<std::string>{"", "\\boxed{", "\\boxed", "\\fbox ", "#### ", "#### -", "$", "\xFF\xC3", std::string(3, '\0'), deep, "\\boxed{" + deep, "Answer:", "The final answer is", ".....", ",,,,", "\\boxed{(}", "\\boxed{\\frac}", "\\boxed{1e999}", "\\boxed{\\{\\}}"})
      EXPECT_FALSE(verify(name, {.gold = "42"}, text).right()) << name << " " << text.substr(0, 20);
    EXPECT_TRUE(verify_gold(name, {.gold = "42"}).right()) << name;
  }
}

}  // namespace
}  // namespace rlreason::data
