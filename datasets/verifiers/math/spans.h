// Boxes and formulas in a text: where they begin and end, and which of them belong to one answer.
//
// Bounded: a box is looked for from the last 32 marks only; everything else is one pass.
// Not here: which of them is the answer (extract.h).
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rlreason::data::math {

struct Span {
  size_t begin = 0, end = 0;              // with its marks
  size_t inner_begin = 0, inner_end = 0;  // without
};

// Outermost boxes from left to right; only the last one may be unfinished.
std::vector<Span> boxes(std::string_view text, bool& last_complete);
// Formulas in $…$, $$…$$, \(…\), \[…\], from left to right; not what stands between two prices.
std::vector<Span> formulas(std::string_view text);
// What stands between two spans only joins them: "and", ", ", "\quad \text{or} \quad", "and y_2 =".
bool joins(std::string_view gap);
// The last span with those joined to it, separated by commas.
std::string joined_spans(std::string_view text, const std::vector<Span>& spans);

}  // namespace rlreason::data::math
