// marked: the response ends with "# ANSWER"; what follows the last '#', without white space at both ends, equals the gold.
//
// No other reading: an answer without the mark, or with words after it, is wrong.
#include "datasets/verifiers/register.h"

namespace rlreason::data {
namespace {

Verdict marked(const Question& question, std::string_view response) {
  const std::string wanted{trimmed(question.gold)};
  if (wanted.empty()) return unscored("marked", "the gold answer is empty");
  const size_t mark = response.rfind('#');
  if (mark == std::string_view::npos)
    return {.outcome = Outcome::wrong, .rule = "no_answer", .reason = "no '#' in the response"};
  const std::string answer{trimmed(response.substr(mark + 1))};
  if (answer.empty())
    return {.outcome = Outcome::wrong, .rule = "no_answer", .reason = "nothing after the last '#'"};
  return compared("marked", wanted, answer);
}

const RegisterVerifier kEntry{{.name = "marked",
                               .version = "1",
                               .summary = "the response ends with \"# gold\"",
                               .verify = marked,
                               .mark = "# "}};

}  // namespace
}  // namespace rlreason::data
