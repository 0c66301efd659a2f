// The texts of task `gsm`: eight situations as data, in our own words.
//
// A situation is sentences with places {N} {M} (names), {I} (things) and {a}..{e} (numbers), a program of equations over the
// running total t, and two further clauses of one equation each.  Equation: target=left op right, e.g. "t=a*b".
// Thread safety: constants.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rlreason::data {

struct Clause {
  std::string_view sentence;
  char op;      // + or -: what happens to the total
  char number;  // which number
};

struct Story {
  std::string_view name, sentences, question, request;
  std::vector<std::string_view> equations;
  std::array<Clause, 2> clauses;
  std::string_view noop;  // true, with the number {n}, and of no use
  std::vector<std::string_view> things;
};

const std::vector<Story>& stories();
// The names of people; `rare` ones never occur among the others.
const std::vector<std::string_view>& names(bool rare);

}  // namespace rlreason::data
