// What the reproduced graders share: finding an answer as they do, their string forms, and their ideas of equal.
//
// These are the peers' rules with their faults, not ours; the rule tables are in each profile's file.  Where a peer asks SymPy
// whether two formulas are equal, equal_formulas() asks our own comparison: a difference that is stated in docs/verifier.md.
// Not for judging anything else: the default verifier is datasets/verifiers/math.
// Thread safety: pure functions; never throw on what a model or a file wrote.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/verifiers/verifier.h"

namespace rlreason::data::profiles {

inline constexpr size_t kMostRead = size_t{1} << 16;  // of a response, from its end
std::string_view tail(std::string_view response);

std::string replaced(std::string text, std::string_view from, std::string_view to);
std::string without_spaces(std::string_view text);
std::string lower_case(std::string_view text);

// The inside of the last \boxed{} (or \fbox{}).  Unclosed: nothing, or the rest of the text.
enum class Unclosed { nothing, rest };
std::optional<std::string> last_box(std::string_view text, Unclosed unclosed, bool fbox = true);
std::optional<std::string> after_last(std::string_view text, std::string_view marker);  // behind it, to the end of the line

// The whole text as one number, as strtod reads it in every locale; commas are dropped.
std::optional<double> as_float(std::string_view text);

// \frac12 -> \frac{1}{2}, \sqrt3 -> \sqrt{3}, a/b of integers -> \frac{a}{b}.
std::string with_braces(std::string text);
std::string hendrycks_form(std::string_view text);
// Unit words removed wherever they stand between characters that are no letters.
std::string without_units_anywhere(std::string_view text);
std::string minerva_form(std::string_view text);

// Both parse and our comparison finds them equal.  `ordered`, `decimals`: see AnswerOptions.
bool equal_formulas(std::string_view gold, std::string_view answer, const AnswerOptions& options = {});
bool parses(std::string_view text);
// The formula in double arithmetic, with its overflow and underflow; nothing for what is no number.
std::optional<double> float_value(std::string_view formula);

// "1\frac{1}{2}", which several graders read as a product; a degree sign, which they do not know.
bool mixed_number(std::string_view text);
bool has_degree_sign(std::string_view text);
// "204_5" without its base.
std::string without_base(std::string_view text);

struct Sides {
  std::string open, close;
  std::vector<std::string> items;  // one when there is no comma outside brackets
};
Sides split_items(std::string_view text);

std::string boxed_gold(const Question& question);  // the reference response of a grader that reads boxes
Verdict no_answer(std::string reason);
Verdict verdict_of(bool right, std::string rule, std::string answer);

}  // namespace rlreason::data::profiles
