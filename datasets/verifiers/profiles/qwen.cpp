// qwen: Qwen2.5-Math's grader (QwenLM/Qwen2.5-Math@a45202b).  The last box (unclosed: the rest), else "final answer is", else
// the last number; unit words deleted anywhere; numbers equal within 1e-4 of the gold, also times or over 100; items in order.
#include <cmath>

#include "datasets/verifiers/decimal.h"
#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

std::string form(std::string_view raw) {
  std::string text(trimmed(raw));
  for (const std::string_view gone : {"\n", "\\left", "\\right", "\\!", "^{\\circ}", "^\\circ", "\\$", "$", "\\%", "%", "\\,", "\\;"}) text = replaced(std::move(text), gone, "");
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{{"tfrac", "frac"}, {"dfrac", "frac"}, {" and ", ","}, {"\\infinity", "\\infty"}, {"\\log ", "\\ln "}})
    text = replaced(std::move(text), from, to);
  if (const size_t at = text.find("\\text{"); at != std::string::npos && at > 0) text = text.substr(0, at);  // a unit at the end
  if (text.starts_with("\\text{") && text.ends_with('}')) text = text.substr(6, text.size() - 7);
  text = without_units_anywhere(text);
  if (const size_t equals = text.find('='); equals != std::string::npos && equals == text.rfind('=') && trimmed(std::string_view(text).substr(0, equals)).size() <= 2)
    text = text.substr(equals + 1);
  while (text.ends_with('.')) text.pop_back();
  return with_braces(without_spaces(text));
}

bool near(double gold, double answer) {
  return gold == answer || (std::isfinite(gold) && std::isfinite(answer) && std::abs(gold - answer) <= 1e-4 * std::max(std::abs(gold), std::abs(answer)));
}

bool close(double gold, double answer) {
  for (const double wanted : {gold, gold / 100, gold * 100})
    if (near(wanted, answer)) return true;
  return false;
}

bool items_equal(const std::string& gold, const std::string& answer) {
  if (lower_case(gold) == lower_case(answer)) return true;
  if ((gold + answer).find('=') != std::string::npos || gold.find("{,}") != std::string::npos || mixed_number(gold) || has_degree_sign(answer)) return false;
  const std::optional<double> a = float_value(gold), b = float_value(answer);
  // Digits alone compare with percentages; formulas only by value, with the overflow of doubles.
  if (a && b) return as_float(gold) && as_float(answer) ? close(*a, *b) : near(*a, *b);
  return equal_formulas(gold, answer);
}

bool equal(std::string_view gold_text, std::string_view answer_text) {
  const std::string gold = form(gold_text), answer = form(answer_text);
  if (lower_case(gold) == lower_case(answer)) return true;
  const Sides a = split_items(gold), b = split_items(answer);
  if (a.items.size() > 1 || b.items.size() > 1) {
    const bool other = (a.open == "(" && b.open == "[") || (a.open == "[" && b.open == "(");
    if (a.items.size() != b.items.size() || other) return false;
    for (size_t i = 0; i < a.items.size(); ++i)
      if (!items_equal(a.items[i], b.items[i])) return false;
    return true;
  }
  const auto relational = [](const std::string& text) { return text.find_first_of("=<>") != std::string::npos || text.find("\\le") != std::string::npos || text.find("\\cup") != std::string::npos || text.find("\\pm") != std::string::npos; };
  if (relational(gold) || relational(answer)) return false;
  if (gold.find("\\sec") != std::string::npos || answer.find("\\sec") != std::string::npos) return false;
  return items_equal(gold, answer);
}

std::optional<std::string> found(std::string_view response) {
  if (response.rfind("boxed") != std::string_view::npos) return last_box(response, Unclosed::rest, false);
  for (const std::string_view marker : {"final answer is $", "he answer is", "final answer is"})
    if (std::optional<std::string> text = after_last(response, marker)) return text->substr(0, text->find("$. I hope"));
  if (const std::optional<Decimal> last = last_decimal(response)) return last->canonical;
  return std::nullopt;
}

Verdict qwen(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  if (!question.choices.empty()) {  // the last letter A-E that stands alone
    const std::string text(tail(response));
    for (size_t i = text.size(); i-- > 0;) {
      const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
      if (text[i] < 'A' || text[i] > 'E' || (i > 0 && word(text[i - 1])) || (i + 1 < text.size() && word(text[i + 1]))) continue;
      return verdict_of(trimmed(question.gold) == std::string_view(text).substr(i, 1), "letter", std::string(1, text[i]));
    }
    return no_answer("no letter A to E");
  }
  const std::optional<std::string> answer = found(tail(response));
  if (!answer) return no_answer("no box, marker or number");
  return verdict_of(equal(question.gold, *answer), "qwen", form(*answer));
}

const RegisterVerifier kEntry{{.name = "qwen",
                               .version = "1",
                               .summary = "Qwen2.5-Math's grader: last box, marker or number; relative tolerance 1e-4",
                               .verify = qwen,
                               .reference = boxed_gold,
                               .known_faults = "accepts what differs in the fifth digit, x for 100x and x/100, (2,5] for (2,5), 3^2025 for 2^2025; deletes letters such as a, c, d, h, m, s as units; reads a set in order"}};

}  // namespace
}  // namespace rlreason::data::profiles
