// The default verifier: one judgement from a question and a response, or from two bare answers.
//
// Right, wrong, or unscored with a reason: a gold that does not parse, or a decision beyond the fuel (fuel.h).  Text that
// equals the gold after light normalisation is right; everything else goes through parse() and compare().
// Thread safety: pure; never throws on what a model or a file wrote.
#pragma once

#include <string>
#include <string_view>

#include "datasets/verifiers/verifier.h"

namespace rlreason::data::math {

struct Judgement {
  Verdict verdict;
  std::string gold_form, answer_form;  // how both were read
};

Judgement judge_response(const Question& question, std::string_view response);
// Both are answers; nothing is looked for.
Judgement judge_answer(const Question& question, std::string_view answer);
// Letters and digits of options only.
Judgement judge_choice(const Question& question, std::string_view response);

}  // namespace rlreason::data::math
