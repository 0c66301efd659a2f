// hendrycks: the grader published with the MATH data set (hendrycks/math@985bdc1).  The last \boxed or \fbox; equal as strings
// after a fixed list of replacements.
#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/profiles/peers.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {

bool hendrycks_equal(std::string_view gold, std::string_view answer) { return hendrycks_form(gold) == hendrycks_form(answer); }

namespace {

Verdict hendrycks(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  const std::optional<std::string> box = last_box(tail(response), Unclosed::nothing);
  if (!box) return no_answer("no complete box");
  return verdict_of(hendrycks_equal(question.gold, *box), "string", hendrycks_form(*box));
}

const RegisterVerifier kEntry{{.name = "hendrycks",
                               .version = "1",
                               .summary = "MATH's own grader: the last box, equal as a string after fixed replacements",
                               .verify = hendrycks,
                               .reference = boxed_gold,
                               .known_faults = "rejects equal values in another form (2/4, 1.5 for a mixed number, 10{,}000, other orders of a set); reads 10% as 10"}};

}  // namespace
}  // namespace rlreason::data::profiles
