// An answer, in LaTeX or plain text, to its typed tree.  A recursive descent with bounds on depth and nodes.
//
// Readings that two conventions share are options: "1,234" is a number or a list, "1,22" a list or a decimal.
// Juxtaposition multiplies; an integer before a proper fraction of integers is a mixed number; "a = b = c" keeps all sides.
// Errors: Unparsable (words, broken syntax), Limit (too large).  Both stay inside this folder.
// Thread safety: pure.
#pragma once

#include <string_view>

#include "datasets/verifiers/math/expression.h"
#include "datasets/verifiers/math/lexer.h"

namespace rlreason::data::math {

// REQUIRES: folded and stripped text (text_form.h), at most kMostAnswerBytes.
Expression parse(std::string_view text, const LexerOptions& options = {});

}  // namespace rlreason::data::math
