// minerva: the exact_match of lm-eval's minerva_math (EleutherAI/lm-evaluation-harness@4e7e0d4).  "The final answer is X. I hope it is
// correct."; the text behind the last "=", words deleted, commas of digits dropped; equal as strings or as formulas.
// Deviation: the closing sentence may be missing; then X goes to the end of the line.
#include <cmath>

#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

Verdict minerva(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  std::optional<std::string> said = after_last(tail(response), "The final answer is");
  if (!said) return no_answer("no 'The final answer is'");
  if (const size_t hope = said->find(". I hope it is correct"); hope != std::string::npos) said->resize(hope);
  while (said->ends_with('.')) said->pop_back();
  const std::string gold = minerva_form(question.gold), answer = minerva_form(*said);
  bool right = gold == answer && !answer.empty();
  const bool list = gold.find(',') != std::string::npos || answer.find(',') != std::string::npos || (gold + answer).find_first_of("%<>[{") != std::string::npos;
  const std::optional<double> a = float_value(gold), b = float_value(answer);
  const bool apart = a && b && std::abs(*a - *b) > 1e-12 * std::abs(*a);
  if (without_base(gold) == answer) right = true;
  if (mixed_number(gold) || has_degree_sign(answer)) return verdict_of(right, "minerva", answer);
  // SymPy's log is the natural one.
  const auto natural = [](const std::string& text) { return text.find("\\log_") == std::string::npos ? replaced(text, "\\log", "\\ln") : text; };
  if (!right && !apart && (!list || answer.find("\\frac") != std::string::npos || gold.find("\\frac") != std::string::npos)) right = equal_formulas(natural(gold), natural(answer));
  return verdict_of(right, "minerva", answer);
}

const RegisterVerifier kEntry{{.name = "minerva",
                               .version = "1",
                               .summary = "lm-eval's minerva_math: 'The final answer is X. I hope it is correct.', strings or formulas",
                               .verify = minerva,
                               .mark = "Final Answer: The final answer is ",
                               .known_faults = "wrong without its sentence; deletes words such as 'ft' and 'km' inside others; 10001_2 equals 10001; percent signs and sets are strings"}};

}  // namespace
}  // namespace rlreason::data::profiles
