// gsm8k_flexible: lm-eval's flexible-extract of gsm8k (EleutherAI/lm-evaluation-harness@4e7e0d4).  The last run of digits with "$",
// points and commas; equal as strings without commas, dollar signs and a last full stop.
#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/profiles/gsm8k.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

// From the left, as a search by a regular expression goes: two or more of "$0-9.,", or digits; each may have a minus.
std::optional<std::string> last_run(std::string_view text) {
  std::optional<std::string> last;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at + (text[at] == '-' ? 1 : 0);
    size_t end = text.find_first_not_of("$0123456789.,", begin);
    if (end == std::string_view::npos) end = text.size();
    const bool digit = begin < text.size() && text[begin] >= '0' && text[begin] <= '9';
    if (end >= begin + 2 || (digit && end > begin)) {
      last = std::string(text.substr(at, end - at));
      at = end;
    } else {
      ++at;
    }
  }
  return last;
}

Verdict flexible(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  const std::optional<std::string> run = last_run(tail(response));
  if (!run) return no_answer("no number");
  return verdict_of(gsm8k_form(*run) == gsm8k_form(question.gold), "last_number", gsm8k_form(*run));
}

const RegisterVerifier kEntry{{.name = "gsm8k_flexible",
                               .version = "1",
                               .summary = "lm-eval's flexible extract of GSM8K: the last number, as a string",
                               .verify = flexible,
                               .mark = "#### ",
                               .known_faults = "any last number counts, also one mentioned after the answer; 42.0 is not 42"}};

}  // namespace
}  // namespace rlreason::data::profiles
