// Characters before syntax: Unicode folded into ASCII and LaTeX commands, and words in a form that can be compared.
//
// A closed table: minus signs, full-width ASCII, Greek letters, operators, superscripts, fractions.  What is not in it stays
// as it is and is no mathematics.  Invisible and direction-changing characters are reported, never dropped silently.
// Thread safety: pure functions, linear in the text.
#pragma once

#include <string>
#include <string_view>

namespace rlreason::data::math {

struct Folded {
  std::string text;
  bool hidden = false;  // has control, zero-width or bidirectional characters, or invalid UTF-8
};
Folded fold(std::string_view text);

// Without white space, special end tokens, dollar signs and emphasis around it, and without a full stop at its end;
// "1 000 000" as one number.
std::string stripped(std::string_view text);

// For comparing words: \text{...} opened, spacing and quotes gone, lower case, one space between words.
std::string words_form(std::string_view text);

}  // namespace rlreason::data::math
