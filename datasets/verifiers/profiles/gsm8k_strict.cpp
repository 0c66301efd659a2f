// gsm8k_strict: lm-eval's strict-match of gsm8k (EleutherAI/lm-evaluation-harness@4e7e0d4).  The first "#### " with digits, points and
// commas behind it; equal as strings without commas, dollar signs and a last full stop.
#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/profiles/gsm8k.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

Verdict strict(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  response = tail(response);
  constexpr std::string_view kMark = "#### ";
  for (size_t at = 0; (at = response.find(kMark, at)) != std::string_view::npos; at += kMark.size()) {
    const std::string_view rest = response.substr(at + kMark.size());
    const size_t digits = rest.find_first_not_of("0123456789.,", rest.starts_with('-') ? 1 : 0);
    const std::string_view run = rest.substr(0, digits);
    if (run.empty() || run == "-") continue;
    return verdict_of(gsm8k_form(run) == gsm8k_form(question.gold), "hashes", gsm8k_form(run));
  }
  return no_answer("no number behind '#### '");
}

const RegisterVerifier kEntry{{.name = "gsm8k_strict",
                               .version = "1",
                               .summary = "lm-eval's strict match of GSM8K: the number behind the first '#### ', as a string",
                               .verify = strict,
                               .mark = "#### ",
                               .known_faults = "42.0 is not 42, $42 behind the hashes is not found, a later correction is not read"}};

}  // namespace
}  // namespace rlreason::data::profiles
