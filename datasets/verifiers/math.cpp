// math: the default verifier of mathematics (datasets/verifiers/math), and of a choice's label where the row has choices.
// choice: the label of an option only.
#include "datasets/verifiers/math/judge.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data {
namespace {

Verdict judged(const Question& question, std::string_view response) {
  return math::judge_response(question, response).verdict;
}
Verdict chosen(const Question& question, std::string_view response) {
  return math::judge_choice(question, response).verdict;
}

std::string boxed(const Question& question) {
  return "\\boxed{" + std::string(question.gold) + "}";
}

const RegisterVerifier kMath{
    {.name = "math",
     .version = "1",
     .summary =
         "typed comparison of LaTeX or plain answers; exact and ball arithmetic; choices by label",
     .verify = judged,
     .reference = boxed}};
const RegisterVerifier kChoice{{.name = "choice",
                                .version = "1",
                                .summary = "the label of an option, a letter or a digit",
                                .verify = chosen,
                                .reference = boxed}};

}  // namespace
}  // namespace rlreason::data
