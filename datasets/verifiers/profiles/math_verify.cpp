// math_verify: Math-Verify 0.8.0 as LUFFY calls it (huggingface/Math-Verify@5d148cf).  "final answer is … I hope", boxes (joined
// when near), "answer is", formulas, the last number, in this order; the first candidate that parses decides, and of one that
// does not parse a number inside is taken.  A decimal is compared after rounding both sides to six places.
#include <cmath>

#include "datasets/verifiers/decimal.h"
#include "datasets/verifiers/profiles/grading.h"
#include "datasets/verifiers/profiles/peers.h"
#include "datasets/verifiers/register.h"

namespace rlreason::data::profiles {
namespace {

bool has_point(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == '.' && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0) return true;
  return false;
}

// Boxes less than 10 characters apart, or less than 70 with "and", "or", "," or ";" between, are one list.
std::optional<std::string> joined_boxes(std::string_view text) {
  std::string out;
  size_t end = text.size();
  size_t next = std::string_view::npos;
  for (;;) {
    const size_t at = text.substr(0, end).rfind("\\boxed");
    if (at == std::string_view::npos) break;
    const std::optional<std::string> inside = last_box(text.substr(at, end - at), out.empty() ? Unclosed::rest : Unclosed::nothing, false);
    if (!inside) break;
    if (next != std::string_view::npos) {
      const size_t behind = std::min(next, at + 8 + inside->size());
      const std::string_view gap = text.substr(behind, next - behind);
      const bool joins = gap.find("and") != std::string_view::npos || gap.find("or") != std::string_view::npos || gap.find_first_of(",;") != std::string_view::npos;
      if (!(gap.size() < 10 || (gap.size() < 70 && joins))) break;
    }
    out = *inside + (out.empty() ? "" : "," + out);
    next = end = at;
  }
  return out.empty() ? std::nullopt : std::optional<std::string>(out);
}

std::vector<std::string> candidates(std::string_view text) {
  std::vector<std::string> out;
  if (const auto said = after_last(text, "inal answer is"); said && said->find("I hope") != std::string::npos) out.push_back(said->substr(0, said->find(". I hope")));
  if (auto boxes = joined_boxes(text)) out.push_back(std::move(*boxes));
  if (auto said = after_last(text, "answer is")) out.push_back(std::move(*said));
  for (size_t end = text.rfind('$'); end != std::string_view::npos && end > 0 && out.size() < 8;) {
    const size_t begin = text.rfind('$', end - 1);
    if (begin == std::string_view::npos) break;
    out.emplace_back(text.substr(begin + 1, end - begin - 1));
    end = begin == 0 ? std::string_view::npos : text.rfind('$', begin - 1);
  }
  if (const auto last = last_decimal(text)) out.push_back(last->canonical);
  return out;
}

bool spaced_digits(std::string_view text) {
  const size_t at = text.find("\\,");
  return at != std::string_view::npos && at > 0 && at + 2 < text.size() && std::isdigit(static_cast<unsigned char>(text[at - 1])) != 0 && std::isdigit(static_cast<unsigned char>(text[at + 2])) != 0;
}

Verdict math_verify(const Question& question, std::string_view response) {
  if (trimmed(question.gold).empty()) return unscored("gold", "the gold answer is empty");
  const std::vector<std::string> found = candidates(tail(response));
  if (found.empty()) return no_answer("no formula and no number");
  for (const std::string& candidate : found) {
    if (math_verify_equal(question.gold, candidate, question.options)) return verdict_of(true, "math_verify", candidate);
    if (parses(candidate)) return verdict_of(false, "math_verify", candidate);
    if (const auto inside = last_decimal(candidate); inside && math_verify_equal(question.gold, inside->canonical, question.options))
      return verdict_of(true, "number_inside", inside->canonical);
  }
  return verdict_of(false, "math_verify", found.front());
}

const RegisterVerifier kEntry{{.name = "math_verify",
                               .version = "1",
                               .summary = "Math-Verify as LUFFY calls it: any formula or number, first that parses; six decimals",
                               .verify = math_verify,
                               .reference = boxed_gold,
                               .known_faults = "takes a number out of a formula it cannot parse; differences below 1e-15 count as none (1/2004! = 1/2006!); {1,3} equals (1,3); joins boxes that are near"}};

}  // namespace

bool math_verify_equal(std::string_view gold_text, std::string_view answer_text, const AnswerOptions& options) {
  const std::string gold = without_spaces(gold_text), answer = without_spaces(answer_text);
  if (gold.empty() || answer.empty()) return false;
  if (gold == answer) return true;
  if (spaced_digits(gold_text) != spaced_digits(answer_text) || has_degree_sign(answer) || answer.find("<|") != std::string::npos) return false;
  if (const size_t equals = gold.find('='); equals != std::string::npos && as_float(gold.substr(0, equals))) return false;  // "2 = x" assigns nothing
  const std::optional<double> a = float_value(gold_text), b = float_value(answer_text);
  if (a && b && std::abs(*a) < 1e-15 && std::abs(*b) < 1e-15) return true;  // evalf with chop
  const bool decimal = has_point(gold) || has_point(answer);
  if (a && b && decimal && std::abs(*a) < 1e9) return std::round(*a * 1e6) == std::round(*b * 1e6);
  if (a && b && std::abs(*a - *b) > 1e-9 * std::abs(*a)) return false;
  const Sides g = split_items(gold), p = split_items(answer);
  if (g.open == "(" && p.open == "\\{") return equal_formulas("(" + gold.substr(1, gold.size() - 2) + ")", "(" + answer.substr(2, answer.size() - 4) + ")", options);
  AnswerOptions theirs = options;
  theirs.allow_set_relation_comp = gold.find_first_of("<>") != std::string::npos || gold.find("\\le") != std::string::npos || gold.find("\\ge") != std::string::npos;
  if (without_base(gold) == answer) return true;
  return equal_formulas(gold_text, answer_text, theirs);
}

}  // namespace rlreason::data::profiles
