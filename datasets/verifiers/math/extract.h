// Where the answer stands in a response, and which rule found it.
//
// In this order: after the last closing think mark; the last complete \boxed or \fbox (an empty or unfinished last one is no
// answer, earlier ones are never credited); <answer> tags; the last marker ("the answer is", "Answer:", "####"); a short
// text that is an answer as a whole; the last formulas; the last number.  The first rule that applies decides alone.
// Boxes or formulas joined only by "and", "or" or a comma belong to one answer.
// Not here: what the answer means (parser.h), letters of a choice (choice.h).
// Thread safety: pure, linear in the response.
#pragma once

#include <string>
#include <string_view>

#include "datasets/verifiers/options.h"

namespace rlreason::data::math {

struct Extracted {
  std::string text;      // empty: no answer
  std::string rule;      // boxed, tag, marker, whole, formula, number, or why there is none
  bool whole = false;    // the response is nothing but the answer
};

// Where an answer may stand: behind the last closing think mark, and of long texts the part with the last box, else the end.
struct Region {
  std::string_view text;
  bool unfinished = false;  // a think mark is still open
  bool thought = false;     // a think mark was closed
};
Region answer_region(std::string_view response);
// REQUIRES: the folded text of a region.
Extracted extract(const Region& region, const AnswerOptions& options);
}  // namespace rlreason::data::math
