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

// REQUIRES: folded text.
Extracted extract(std::string_view response, const AnswerOptions& options);
// What counts as the response proper: behind the last closing think mark.  Sets `unfinished` when a think mark is still open.
std::string_view after_thinking(std::string_view response, bool& unfinished);
// The text that follows the last marker, to the end of its line; empty without one.
std::string_view after_marker(std::string_view text);

}  // namespace rlreason::data::math
