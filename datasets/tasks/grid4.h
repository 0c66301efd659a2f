// Sudoku on 4 x 4 fields: rows, columns and the four 2 x 2 boxes hold 1 to 4 once each.  Verifier `sudoku`.
//
// A gold is the puzzle: "1..4/..2./.1../4..3".  An answer is the filled grid, with or without "/"; it is right when it keeps the
// given digits and every row, column and box is complete.
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rlreason::data {

using Grid4 = std::array<char, 16>;  // '1'..'4' or '.', row by row

std::optional<Grid4> grid4_from(std::string_view text);  // bars and spaces are skipped
std::string written(const Grid4& grid);
std::string name_of_field(size_t field);  // "r1c2"
bool allowed(const Grid4& grid, size_t field, char digit);  // no equal digit in its row, column or box

struct Deduction {
  size_t field = 0;
  char digit = '1';
  std::string why;
};
// The next field that the rules fill: one digit left for a field, or one field left for a digit in a row, column or box.
std::optional<Deduction> next_deduction(const Grid4& grid);

// Depth-first in field order.  `steps`: every digit tried and every field without one ("r1c3 none no").
bool filled(Grid4& grid, std::vector<std::string>* steps);

}  // namespace rlreason::data
