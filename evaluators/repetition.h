// Does the end of a response go in circles?  A decoder that is caught in a loop does so until the limit.
//
//   ends_in_circles: the text ends in at least 4 copies of one block of 1 to 256 bytes, and the copies are at least 64 bytes
//   long together, letters or digits among them (a ruled line or trailing blanks are no loop)
//
// A byte test: the same for every language and tokenizer.  Not here: n-gram diversity inside a text.
// Thread safety: pure function; time is linear in 256 * the length of the copies.
#pragma once

#include <string_view>

namespace rlreason::eval {

bool ends_in_circles(std::string_view text);

}  // namespace rlreason::eval
