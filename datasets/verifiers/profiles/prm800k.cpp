// prm800k: OpenAI's grader (openai/prm800k@7ecc794).  MATH's string rule, then a second normal form; lists in order with the
// same brackets; an integer only for an integer; fractions only in lowest terms; else equality of formulas.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/profiles/peers.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

// Whole numbers go through a double, so that 10^20 + 1 is 10^20.
std::string whole_form(const std::string& text) {
  const std::optional<double> value = as_float(text);
  return value && std::abs(*value) < 1e300 && std::abs(*value - std::round(*value)) <= 1e-7 ? fmt::format("{:.0f}", std::round(*value)) : text;
}

std::string form(std::string_view raw) {
  std::string text(trimmed(raw));
  for (const std::string_view wrapper : {"\\text{", "\\mathrm{"})
    if (text.starts_with(wrapper) && text.ends_with('}')) text = text.substr(wrapper.size(), text.size() - wrapper.size() - 1);
  for (const std::string_view gone : {"\\%", "%", "\\$", "$", "^\\circ", "^{\\circ}", "\\!", "{,}"}) text = replaced(std::move(text), gone, "");
  for (const std::string_view unit : {"degree", "centimeter", "cm", "meter", "mile", "second", "minute", "hour", "day", "week", "month", "year", "foot", "feet", "inch", "yard"})
    text = replaced(replaced(std::move(text), std::string(unit) + "s", ""), unit, "");
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{{"\\left", ""}, {"\\right", ""}, {"tfrac", "frac"}, {"dfrac", "frac"}, {" or ", " , "}, {" and ", " , "}})
    text = replaced(std::move(text), from, to);
  text = lower_case(trimmed(text));
  const bool number = text.find_first_not_of("0123456789,.-") == std::string::npos;
  return number && text.find(", ") == std::string::npos ? whole_form(text) : text;
}

bool is_fraction(std::string_view text) { return text.starts_with("\\frac") || text.find('/') != std::string_view::npos; }
bool is_whole(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789-") == std::string_view::npos; }

// Guards against formulas that hang SymPy: more than two letters, or a power written with braces.
bool too_hard(std::string_view text) {
  std::string letters = replaced(replaced(std::string(text), "\\frac", ""), "\\sqrt", "");
  const auto count = std::count_if(letters.begin(), letters.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return count > 2 || letters.find("^{") != std::string::npos || letters.find("^(") != std::string::npos || letters.find('!') != std::string::npos;
}

bool items_equal(const std::string& gold, const std::string& answer) {
  if (without_spaces(gold) == without_spaces(answer)) return true;
  if (is_fraction(gold) && is_fraction(answer)) return false;  // other terms: refused, lowest or not
  if (is_whole(gold) != is_whole(answer) || is_whole(gold)) return false;
  if (too_hard(gold) || too_hard(answer) || (gold + answer).find_first_of("_=:") != std::string::npos) return false;
  const std::optional<double> a = float_value(gold), b = float_value(answer);
  if (a && b && std::abs(*a - *b) > 1e-12 * std::abs(*a)) return false;
  return equal_formulas(gold, answer);
}

}  // namespace

bool prm800k_equal(std::string_view gold_text, std::string_view answer_text) {
  if (hendrycks_form(gold_text) == hendrycks_form(answer_text)) return true;
  const std::string gold = form(gold_text), answer = form(answer_text);
  if (gold == answer) return true;
  if (answer.empty()) return false;
  const Sides a = split_items(gold), b = split_items(answer);
  if (a.items.size() != b.items.size()) return false;
  if (a.items.size() > 1 && (a.open != b.open || a.close != b.close)) return false;
  for (size_t i = 0; i < a.items.size(); ++i)
    if (!items_equal(a.items[i], b.items[i])) return false;
  return true;
}

namespace {

Verdict prm800k(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  const std::optional<std::string> box = last_box(tail(response), Unclosed::nothing);
  if (!box) return no_answer("no complete box");
  return verdict_of(prm800k_equal(question.gold, *box), "prm800k", form(*box));
}

const RegisterVerifier kEntry{{.name = "prm800k",
                               .version = "1",
                               .summary = "PRM800K's grader: the last box; strings, then ordered items, then formulas",
                               .verify = prm800k,
                               .reference = boxed_gold,
                               .known_faults = "refuses fractions not in lowest terms, sets in another order and most powers; whole numbers pass through a double, so 10^20 + 1 is 10^20"}};

}  // namespace
}  // namespace rlreason::data::profiles
