// dapo: the reward of DAPO (verl's math_dapo).  The last "Answer:" within the last 300 characters, to the end of its line; Minerva's
// list of deletions; equal as strings.
#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

Verdict dapo(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  if (response.size() > 300) response = response.substr(response.size() - 300);
  const std::optional<std::string> said = after_last(response, "Answer:");
  if (!said) return no_answer("no 'Answer:' in the last 300 characters");
  const std::string answer = minerva_form(*said);
  return verdict_of(!answer.empty() && answer == minerva_form(question.gold), "string", answer);
}

const RegisterVerifier kEntry{{.name = "dapo",
                               .version = "1",
                               .summary = "DAPO's reward: the last 'Answer:' of the last 300 characters, equal as a string",
                               .verify = dapo,
                               .mark = "Answer: ",
                               .known_faults = "an answer more than 300 characters before the end is wrong; equal values in another form are wrong"}};

}  // namespace
}  // namespace rlreason::data::profiles
