// oat: LUFFY's second grader (sail-sg/understand-r1-zero@dfca49d, of which LUFFY ships a copy).  The last box or wrong; right when
// MATH's string rule, PRM800K's rule, its own string form (unit words deleted) or Math-Verify on the box says so.
#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/profiles/peers.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

std::string form(std::string_view text) {
  std::string out = without_units_anywhere(without_spaces(hendrycks_form(text)));
  for (const std::string_view gone : {"\u00B0", "<|im_end|>", "<|endoftext|>"}) out = replaced(std::move(out), gone, "");
  return out;
}

Verdict oat(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  std::string_view text = tail(response);
  if (const size_t close = text.find("</think>"); close != std::string_view::npos) text = text.substr(close + 8);
  const std::optional<std::string> box = last_box(text, Unclosed::nothing);
  if (!box) return no_answer("no complete box");
  const std::string& answer = *box;
  const bool same_string = !form(answer).empty() && form(question.gold) == form(answer);
  const bool right = hendrycks_equal(question.gold, answer) || prm800k_equal(question.gold, answer) || same_string || math_verify_equal(question.gold, answer, {});
  return verdict_of(right, "oat", form(answer));
}

const RegisterVerifier kEntry{{.name = "oat",
                               .version = "1",
                               .summary = "LUFFY's second grader: the last box by Hendrycks, PRM800K or Math-Verify",
                               .verify = oat,
                               .reference = boxed_gold,
                               .known_faults = "wrong without a box; accepts what any of three graders accepts: 10% for 10, 10^20 + 1 for 10^20, (+5)(b+2) for (a+5)(b+2) since 'a' is taken for a unit"}};

}  // namespace
}  // namespace rlreason::data::profiles
